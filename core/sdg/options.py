"""The arguments of a generation worker: the options that decide which data come out, and what they are made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from core.config.options.base import Natural, Options, Texts
from core.config.options.generate import GenerationOptions
from core.config.worker_arguments import parse
from core.errors import LabtopError
from core.serving.credentials import ClientTls
from core.taxonomy.format.leaf import Leaf
from core.tokens import TOKENS_PER_WORD

SYSTEM_PROMPT = "You are a knowledgeable assistant who answers carefully, truthfully and to the point."
"""Stands first in every record, unless the student has one of its own; an empty one leaves the turn out."""

SKILLS_PER_LEAF = 30
"""Records that each skill gives to the mix, so that one with many does not drown the others."""


class MixOptions(Options):
    """What the training files are mixed of."""

    document_rows: bool = True
    """Questions with their chunk, or several, in the user's turn."""
    closed_book: bool = False
    """Each question also without any document."""
    document_text: bool = False
    """Rows of the documents' own text."""
    skills_per_leaf: Natural = SKILLS_PER_LEAF

    def switches(self) -> dict[str, bool]:
        """What differs from the usual mix, for the recipe."""
        switches = {name: True for name in ("closed_book", "document_text") if getattr(self, name)}
        return switches if self.document_rows else {**switches, "document_rows": False}


class GenerateSource(GenerationOptions):
    """What data are made from and by whom."""

    endpoint_url: Texts = ()
    """Endpoints that serve the model; without one, the job serves it itself."""
    model: str
    """The name that is sent to the endpoint."""
    leaves: tuple[Leaf, ...] | None = None
    """What to generate from; else the changed leaves of a taxonomy."""
    taxonomy_path: Path | None = None
    system_prompt: str = SYSTEM_PROMPT
    mix: MixOptions = MixOptions()
    fresh: bool | str = False
    """Forget what the folder holds. A text does so once: the same text again continues what it made."""

    def tls(self, password: str | None) -> ClientTls:
        """How endpoints are connected to."""
        return ClientTls(self.tls_insecure, self.tls_client_cert, self.tls_client_key, password)

    @property
    def chunk_tokens(self) -> int:
        """The most tokens of a chunk."""
        return round(self.chunk_word_count * TOKENS_PER_WORD)


class GenerateJob(GenerateSource):
    """What a job is started with."""

    output_dir: Path
    exclude_questions: tuple[str, ...] = ()

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """The options of a job or a worker. Raises LabtopError for what makes no sense."""
        options = parse(cls, data, "Generation")
        options.check()
        return options

    def check(self) -> None:
        if not (self.mix.document_rows or self.mix.closed_book or self.mix.document_text):
            raise LabtopError(
                "The mix leaves out everything of knowledge.", hint="Leave document_rows on, or turn closed_book on."
            )
        if self.leaves is None and self.taxonomy_path is None:
            raise LabtopError("There is nothing to generate from.", hint="Give --taxonomy-path.")

    def inputs(self, leaves: Sequence[Leaf], pipeline_digests: Mapping[str, str]) -> dict[str, Any]:
        """All that the files of a run depend on, by name. Where and how fast does not matter."""
        return {
            "leaves": [leaf.to_data() for leaf in leaves],
            "pipelines": dict(pipeline_digests),
            "mix": self.mix.model_dump(),
            "exclude_questions": self.exclude_questions,
            "model": self.model,
            "scale": self.sdg_scale_factor,
            "chunk_tokens": self.chunk_tokens,
            "max_tokens": self.max_num_tokens,
            "seed": self.seed,
            "system_prompt": self.system_prompt,
        }

    def fingerprint(self, leaves: Sequence[Leaf], pipeline_digests: Mapping[str, str]) -> str:
        """The same for two runs that must give the same files."""
        return hashlib.sha256(json.dumps(self.inputs(leaves, pipeline_digests), sort_keys=True).encode()).hexdigest()


class GenerateArguments(GenerateJob):
    """The arguments of `core.sdg.worker:generate`."""

    endpoint_url: Texts
