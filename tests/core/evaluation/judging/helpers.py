"""What the tests of judged benchmarks share: a judge in a process of its own, questions, and a context of a job."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from core.evaluation.judging.answers import Answering
from core.evaluation.judging.arguments import Answered, Contestant, JudgeArguments, SessionOptions, Target
from core.evaluation.judging.judgements import Judging
from core.evaluation.judging.questions import Question
from core.evaluation.judging.session import SERVER_LOG, SessionResult, run_session
from core.jobs.context import JobContext
from core.jobs.folder import JobStore
from core.jobs.spec import new_spec
from core.jobs.writer import EventWriter
from core.sdg.datasets.jsonl import write_lines
from core.serving.announcement import ready_models, ready_url
from core.serving.names import BUILTIN_TEACHER
from tests.core.sdg.helpers import RuleServer, rule_server

judge_server = partial(rule_server, module="tests.core.evaluation.judging.judge_server")
"""Start a judge; its server counts the prompts, too."""


def question(number: int, category: str = "writing", turns: int = 2, reference: str = "") -> Question:
    texts = tuple(f"Question {number}, turn {turn + 1}." for turn in range(turns))
    return Question(number, category, texts, (reference,) * turns if reference else ())


def write(file: Path, questions: Sequence[Question]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    write_lines(file, (each.to_data() for each in questions))
    return file


def run(options: SessionOptions) -> tuple[SessionResult, list[str]]:
    """The session's result, and the models of the servers that it started, in their order."""
    folder = JobStore().create(new_spec("evaluate", "none:none", {}, title="An evaluation"))
    result = run_session(JobContext(folder, EventWriter(folder)), options)
    log = folder.path / SERVER_LOG
    lines = log.read_text().splitlines() if log.exists() else []
    return result, [Path(ready_models(line)[0]).name for line in lines if ready_url(line)]


def checkpoints(model: Path, folder: Path, number: int) -> list[Path]:
    """Copies of a model that differ in a value without effect."""
    models = []
    for place in range(number):
        models.append(Path(shutil.copytree(model, folder / f"samples_{place}")))
        config = json.loads((models[-1] / "config.json").read_text())
        (models[-1] / "config.json").write_text(json.dumps({**config, "checkpoint": place}))
    return models


def local_session(folder: Path, models: Sequence[Path]) -> SessionOptions:
    """Two short questions for each model, rated by the rule-based judge."""
    questions = [question(number, "math", reference="The dome turns at night.") for number in range(2)]
    file = write(folder / "question.jsonl", questions)
    return SessionOptions(
        benchmark="mt_bench",
        contestants=tuple(
            Contestant(model=str(model), name=str(model), questions=file, folder=folder / "files") for model in models
        ),
        answering=Answering(max_tokens=4),
        judge=Target(model=BUILTIN_TEACHER),
        judging=Judging(BUILTIN_TEACHER, merged=True),
        referenced=True,
        output_dir=folder / "out",
    )


def session(
    folder: Path, judge: RuleServer, questions: Sequence[Question], models: Sequence[str] = ("judge",), **more: Any
) -> SessionOptions:
    """A session in which the judge's server also answers, as the models."""
    file = write(folder / "question.jsonl", questions)
    return SessionOptions(
        benchmark="mt_bench",
        contestants=tuple(
            Contestant(model=name, name=name, endpoint_url=(judge.url,), questions=file, folder=folder / "files")
            for name in models
        ),
        judge=Target(model="judge", endpoint_url=(judge.url,)),
        judging=Judging("judge"),
        output_dir=folder / "out",
        **more,
    )


def judgements_of(folder: Path, server: RuleServer, number: int, **more: Any) -> JudgeArguments:
    """The judge's work on so many answers, which the questions bring."""
    questions = [
        Question(each, "writing", (f"Question {each}.",), response=f"Answer {each}.") for each in range(number)
    ]
    file = write(folder / "question.jsonl", questions)
    return JudgeArguments(
        endpoint_url=(server.url,),
        served_name="judge",
        identity="judge",
        cache_dir=folder / "answers",
        answered=(Answered(name="m", identity="m", questions=file),),
        answering=Answering(),
        judging=Judging("judge"),
        baselines=False,
        **more,
    )
