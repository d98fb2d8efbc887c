"""The whole LAB method on the sample taxonomy, as one job: from questions and answers to a model that is talked to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import LabtopError
from core.evaluation.held_out import QuestionAnswer, alike, choice_rows, read_held_out
from core.events import StagePlan
from core.jobs.context import JobContext
from core.quickstart.sandbox import Sandbox, make_sandbox
from core.sdg.jsonl import read_lines, write_lines
from core.serving.lifecycle import start_server
from core.serving.names import BUILTIN_TEACHER
from core.training.phases import PhaseOptions, PhasesOptions, run_phases

LOADING_SECONDS = 120.0
"""How long a stage may be quiet while torch and transformers are imported on a busy machine."""

SHOWN_ANSWERS = 4
"""Questions that base and tuned model answer side by side at the end."""


@dataclass(frozen=True)
class Recipe:
    """What decides how long the quickstart takes and how much the student learns."""

    phase1_epochs: int
    phase1_learning_rate: float
    phase2_epochs: int
    phase2_learning_rate: float
    batch_size: int
    checkpoints: int
    """At most so many of each phase are kept and evaluated."""
    task_questions: int
    """Generated questions of each leaf that checkpoints are chosen by."""
    seconds: Mapping[str, float]
    """What each stage takes on two cores, for the time left."""


FULL = Recipe(
    phase1_epochs=4,
    phase1_learning_rate=4e-3,
    phase2_epochs=2,
    phase2_learning_rate=1e-3,
    batch_size=16,
    checkpoints=3,
    task_questions=100,
    seconds={
        "prepare": 1,
        "generate": 10,
        "student": 8,
        "train.phase1": 50,
        "evaluate.phase1": 12,
        "train.phase2": 25,
        "evaluate.phase2": 12,
        "score": 12,
        "answer": 15,
    },
)

SHORT = Recipe(
    phase1_epochs=1,
    phase1_learning_rate=4e-3,
    phase2_epochs=1,
    phase2_learning_rate=1e-3,
    batch_size=32,
    checkpoints=1,
    task_questions=20,
    seconds={
        "prepare": 1,
        "generate": 10,
        "student": 8,
        "train.phase1": 15,
        "evaluate.phase1": 15,
        "train.phase2": 15,
        "evaluate.phase2": 15,
        "score": 15,
        "answer": 15,
    },
)
"""Walks through every stage, and stops long before the student has learnt much."""

STAGES = (
    ("prepare", "Write the taxonomy", "", "Two knowledge leaves with their documents and two skills, each in git."),
    ("generate", "Generate data", "requests", "The teacher reads the documents and writes questions and answers."),
    ("student", "Make the student", "", "A tiny language model that knows nothing yet, and its tokenizer."),
    ("train.phase1", "Train phase 1: knowledge", "samples", "The student learns what the documents say."),
    (
        "evaluate.phase1",
        "Evaluate phase 1",
        "questions",
        "Checkpoints answer generated questions; the best goes on.",
    ),
    ("train.phase2", "Train phase 2: skills", "samples", "The student learns the skills, and keeps what it knows."),
    ("evaluate.phase2", "Evaluate phase 2", "questions", "Again every checkpoint; the best is the model."),
    ("score", "Score base and tuned", "questions", "Questions that training never saw, asked once, at the end."),
    ("answer", "Serve and ask", "answers", "Both models are served, and answer the same questions."),
)


def run(context: JobContext) -> dict[str, Any]:
    """Walk the loop in `dir`; done again on the same folder it goes on where it was stopped.

    Returns base, tuned and free scores, answers side by side, and where everything lies.
    """
    options = context.options
    recipe = SHORT if options.get("short") else FULL
    seed = int(options.get("seed", 42))
    tell = context.reporter
    tell.plan([StagePlan(i, title, None, unit, recipe.seconds[i], purpose) for i, title, unit, purpose in STAGES])

    with tell.stage("prepare", "Write the taxonomy"):
        sandbox = make_sandbox(Path(options["dir"]), Path(options["sample"]) if options.get("sample") else None)
        questions = _write_questions(sandbox, seed)
    data = _generate(context, sandbox, seed)
    with tell.stage("student", "Make the student", quiet_seconds=LOADING_SECONDS):
        texts = [data["files"]["knowledge_train"], data["files"]["skills_train"]]
        arguments = {"data_path": texts, "output_dir": str(sandbox.student), "seed": seed}
        student = context.work("core.quickstart.student_worker:make_student", arguments, "student")
    phases = run_phases(context, _phases(sandbox, data, recipe, seed))
    with tell.stage("score", "Score base and tuned", quiet_seconds=LOADING_SECONDS):
        scores = _score(context, sandbox, {"base": str(sandbox.student), "tuned": phases["best"]}, questions)
        seen = _seen_in_training(sandbox, texts)
    with tell.stage("answer", "Serve and ask", quiet_seconds=LOADING_SECONDS):
        answers = _answer(context, sandbox, phases["best"])
    return {
        **{name: scores[name].get("plain") for name in ("base", "tuned")},
        "free": {name: scores[name].get("free") for name in ("base", "tuned")},
        "seen_in_training": seen,
        "answers": answers,
        "parameters": student["parameters"],
        "phases": phases["phases"],
        "paths": {
            "dir": str(sandbox.root),
            "taxonomy": str(sandbox.taxonomy),
            "datasets": str(sandbox.datasets),
            "knowledge": data["files"]["knowledge_train"],
            "skills": data["files"]["skills_train"],
            "tuned": phases["best"],
            "evaluation": str(sandbox.evaluation),
        },
    }


def _generate(context: JobContext, sandbox: Sandbox, seed: int) -> dict[str, Any]:
    """The teacher is a server as any other, so that what runs here is what runs with a large one."""
    with (
        context.reporter.stage("generate", "Generate data"),
        start_server(BUILTIN_TEACHER, log_file=context.folder.path / "teacher.log") as teacher,
    ):
        arguments = {
            "taxonomy_path": str(sandbox.taxonomy),
            "taxonomy_base": "main",
            "output_dir": str(sandbox.datasets),
            "endpoint_url": teacher.base_url,
            "model": BUILTIN_TEACHER,
            "seed": seed,
            "system_prompt": "",
            "mix": {"document_rows": False, "closed_book": True, "document_text": True},
            "exclude_questions": [question for question, _ in _held_out_pairs(sandbox)],
        }
        return context.work("core.sdg.worker:generate", arguments, "generate")


def _phases(sandbox: Sandbox, data: Mapping[str, Any], recipe: Recipe, seed: int) -> PhasesOptions:
    files = data["files"]
    evaluation = {"tasks_dir": str(sandbox.datasets), "limit": recipe.task_questions}

    def phase(name: str, epochs: int, learning_rate: float) -> PhaseOptions:
        training = {
            "data_path": [files[f"{name}_train"]],
            "num_epochs": epochs,
            "learning_rate": learning_rate,
            "effective_batch_size": recipe.batch_size,
            "warmup_steps": 20,
            "max_seq_len": 512,
            "max_batch_len": 4096,
            "max_checkpoints": recipe.checkpoints,
            "random_seed": seed,
        }
        return PhaseOptions(training, evaluation)

    return PhasesOptions(
        model_path=str(sandbox.student),
        base_dir=str(sandbox.phased),
        phase1=phase("knowledge", recipe.phase1_epochs, recipe.phase1_learning_rate),
        phase2=phase("skills", recipe.phase2_epochs, recipe.phase2_learning_rate),
    )


def _held_out_pairs(sandbox: Sandbox) -> Iterable[tuple[str, str]]:
    for file in sandbox.question_files().values():
        held_out = read_held_out(file)
        for pair in (*held_out.plain, *held_out.free):
            yield pair.question, pair.answer


def _write_questions(sandbox: Sandbox, seed: int) -> dict[str, str]:
    """The rows of the plain and of the free set, those of all leaves together; a set may be missing."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for file in sandbox.question_files().values():
        for kind, kind_rows in choice_rows(read_held_out(file), seed).items():
            rows.setdefault(kind, []).extend(kind_rows)
    if not rows:
        raise LabtopError(
            f"{sandbox.questions} holds no held-out questions.", hint="Delete the folder; quickstart writes it anew."
        )
    files = {}
    for kind, kind_rows in rows.items():
        files[kind] = str(sandbox.evaluation / f"{kind}.jsonl")
        write_lines(Path(files[kind]), kind_rows)
    return files


def _score(
    context: JobContext, sandbox: Sandbox, models: Mapping[str, str], questions: Mapping[str, str]
) -> dict[str, dict[str, dict[str, Any]]]:
    """For each model and set: score, standard error and number of questions."""
    arguments = {
        "models": list(models.values()),
        "names": list(models),
        "questions": dict(questions),
        "benchmark": "held-out questions",
        "output_dir": str(sandbox.evaluation),
    }
    results = context.work("core.evaluation.worker:evaluate", arguments, "score")["results"]
    return {
        result["model"]: {
            kind: {"score": task["score"], "stderr": task["stderr"], "questions": task["n"]}
            for kind, task in result["tasks"].items()
        }
        for result in results
    }


def _seen_in_training(sandbox: Sandbox, files: Iterable[str]) -> int:
    """How many held-out questions stand in the training files, as they are or 0.9 alike; it must be none."""
    rows = (row for file in files for row in read_lines(Path(file)))
    return len(alike([question for question, _ in _held_out_pairs(sandbox)], rows))


def _answer(context: JobContext, sandbox: Sandbox, tuned: str) -> list[dict[str, Any]]:
    """The same questions, spread over the leaves, put to the served base and the served tuned model."""
    files = list(sandbox.question_files().values())
    each = -(-SHOWN_ANSWERS // len(files))
    held_out = [read_held_out(file) for file in files]
    pairs = [pair for leaf in held_out for pair in _spread(leaf.plain or leaf.free, each)][:SHOWN_ANSWERS]
    log = context.folder.path / "servers.log"
    with (
        start_server(sandbox.student, log_file=log, served_name="base") as base,
        start_server(tuned, log_file=log, served_name="tuned") as server,
    ):
        arguments = {
            "endpoints": {"base": base.base_url, "tuned": server.base_url},
            "questions": [pair.question for pair in pairs],
        }
        replies = context.work("core.quickstart.answers:ask", arguments, "answer")["replies"]
    return [
        {"question": pair.question, "expected": pair.answer, **reply}
        for pair, reply in zip(pairs, replies, strict=True)
    ]


def _spread(items: Sequence[QuestionAnswer], count: int) -> list[QuestionAnswer]:
    """`count` items evenly from the whole."""
    return [items[len(items) * (2 * number + 1) // (2 * count)] for number in range(min(count, len(items)))]
