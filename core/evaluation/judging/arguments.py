"""The arguments of a judged benchmark's session and of its workers, as data that a job's files hold."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from core.config.options.base import Options, Positive, Texts
from core.config.options.serve import BackendOptions
from core.config.options.tls import TlsOptions
from core.config.worker_arguments import parse
from core.evaluation.judging.answers import Answering
from core.evaluation.judging.judgements import Judging


class Target(Options):
    """A model that is asked."""

    model: str
    """Its folder, builtin:extractive, or its name at the endpoint."""
    endpoint_url: Texts = ()
    """Where it is served; without any, the session serves it."""

    @property
    def is_local(self) -> bool:
        return not self.endpoint_url


class Contestant(Target):
    """A model whose answers are rated."""

    name: str
    """In results."""
    questions: Path
    """A file of questions in MT-Bench's format."""
    folder: Path
    """For its files."""


class SessionOptions(TlsOptions):
    """A judged benchmark of some models."""

    benchmark: str
    contestants: tuple[Contestant, ...]
    answering: Answering = Answering()
    judge: Target
    judging: Judging
    referenced: bool = False
    """Whether only turns with a reference answer are rated."""
    baselines: bool = True
    """Whether answers without content are rated, too."""
    output_dir: Path
    """For the caches of all models, and the results."""
    serving: BackendOptions = BackendOptions()
    judge_serving: BackendOptions = BackendOptions()
    max_workers: Positive | None = None
    """Requests in flight; None adapts their number."""


class AskArguments(TlsOptions):
    """What both workers need."""

    endpoint_url: Texts
    served_name: str
    """The model's name at the endpoint."""
    identity: str
    """Of the model, for its cache."""
    cache_dir: Path
    max_workers: Positive | None = None

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        return parse(cls, data, "Evaluation")


class AnswerArguments(AskArguments):
    """The arguments of `core.evaluation.judging.worker:answer`."""

    questions: Path
    answering: Answering


class Answered(Options):
    """A model whose answers are in its cache."""

    name: str
    identity: str
    questions: Path


class JudgeArguments(AskArguments):
    """The arguments of `core.evaluation.judging.worker:judge`."""

    answered: tuple[Answered, ...]
    answering: Answering
    judging: Judging
    referenced: bool = False
    baselines: bool = True
