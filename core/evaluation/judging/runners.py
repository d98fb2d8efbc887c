"""The judged benchmarks in the job of `model evaluate`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from core.evaluation.answered import answer_key
from core.evaluation.arguments import EvaluateJob
from core.evaluation.judging.answers import Answering
from core.evaluation.judging.arguments import Contestant, SessionOptions, Target
from core.evaluation.judging.branch import branch_questions
from core.evaluation.judging.dk_bench import MAX_DK_TOKENS, dk_questions, write_dk_results
from core.evaluation.judging.files import file_name, write_answers, write_judgements, write_questions
from core.evaluation.judging.judgements import Judging
from core.evaluation.judging.prompts import merges_messages
from core.evaluation.judging.questions import Question, own_questions, read_questions
from core.evaluation.judging.rating import FIVE, TEN, Scale
from core.evaluation.judging.scores import ModelScore, answer_records
from core.evaluation.judging.session import SessionResult, planned_stages, run_session
from core.evaluation.results import ModelResult, TaskResult, result_file, write_result
from core.jobs.context import JobContext
from core.serving.names import BUILTIN_TEACHER

OWN_QUESTIONS = "labtop's own 80 questions; not comparable with published MT-Bench scores"


def run_mt_bench(context: JobContext, options: EvaluateJob) -> list[dict[str, Any]]:
    """Conversations of two turns: those of a file in MT-Bench's format, or labtop's own."""
    models = [model for model in (options.base_model, options.model) if model]
    return _run(context, mt_bench_session(options, models), {"questions": _about(options)})


def rate_models(
    context: JobContext, options: EvaluateJob, models: Sequence[str], names: Sequence[str], stage: str
) -> list[dict[str, Any]]:
    """MT-Bench of several models, such as all checkpoints of a training, inside a stage of a larger job.

    Their scores are reported in that stage, under these names.
    """
    results = rate(context, mt_bench_session(options, models), {"questions": _about(options)}, report=False)
    for name, result in zip(names, results, strict=True):
        context.reporter.at(stage).score(
            options.benchmark, name, result["score"], stderr=result.get("stderr"), n=result.get("n")
        )
    return results


def mt_bench_session(options: EvaluateJob, models: Sequence[str]) -> SessionOptions:
    """A session of MT-Bench for any number of models; its questions are written to the output folder."""
    questions = read_questions(options.input_questions) if options.input_questions else own_questions()
    folder = options.output_dir / "mt_bench"
    file = write_questions(folder, questions)
    return _session(options, [_contestant(options, model, file, folder) for model in models])


def _about(options: EvaluateJob) -> str:
    return str(options.input_questions) if options.input_questions else OWN_QUESTIONS


def run_mt_bench_branch(context: JobContext, options: EvaluateJob) -> list[dict[str, Any]]:
    """The skills of a taxonomy: the model answers those of its branch, the base model those of the base branch.

    The base model also answers those of leaves that only the model's branch has, to show what they are worth.
    """
    assert options.taxonomy_path is not None and options.branch is not None, "checked by the command"
    taxonomy = options.taxonomy_path

    def read(branch: str) -> tuple[Question, ...]:
        return branch_questions(taxonomy, branch, lambda text: context.reporter.note("warning", text))

    def contestant(model: str, branch: str, questions: Sequence[Question]) -> Contestant:
        folder = options.output_dir / "mt_bench_branch" / quote(branch, safe="")
        return _contestant(options, model, write_questions(folder, questions), folder)

    questions = read(options.branch)
    contestants = [contestant(options.model, options.branch, questions)]
    details: dict[str, Any] = {"branches": [options.branch]}
    if options.base_model is not None and options.base_branch is not None:
        before = read(options.base_branch)
        leaves = {question.leaf for question in before}
        new = [question for question in questions if question.leaf not in leaves]
        contestants.insert(0, contestant(options.base_model, options.base_branch, [*before, *new]))
        details["branches"].insert(0, options.base_branch)
        details["new_leaves"] = sorted({question.leaf for question in new})
    return _run(context, _session(options, contestants), details)


def run_dk_bench(context: JobContext, options: EvaluateJob) -> list[dict[str, Any]]:
    """The user's own questions, rated from 1 to 5 by how much of the reference answer the answer says."""
    assert options.input_questions is not None, "checked by the command"
    questions = dk_questions(options.input_questions)
    folder = options.output_dir / "dk_bench"
    file = write_questions(folder, questions)
    models = [model for model in (options.base_model, options.model) if model]
    contestants = [_contestant(options, model, file, folder) for model in models]
    answering = Answering(
        seed=42,
        max_tokens=MAX_DK_TOKENS,
        system_prompt=options.system_prompt or "",
        temperature=options.temperature,
    )
    session = _session(options, contestants, answering=answering, scale=FIVE)
    formats = tuple(name for name in options.formats if name in ("jsonl", "csv")) or ("jsonl",)

    def extra(number: int, found: SessionResult) -> dict[str, Any]:
        written = write_dk_results(options.output_dir, contestants[number].name, found.judgements[number], formats)
        ratings = [judgement.score for judgement in found.judgements[number]]
        return {"ratings": ratings, "files": [str(file) for file in written]}

    return _run(context, session, {}, extra)


def _contestant(options: EvaluateJob, model: str, questions: Path, folder: Path) -> Contestant:
    """A model; only `model` itself may be at an endpoint."""
    urls = options.endpoint_url if model == options.model else ()
    return Contestant(model=model, name=model, endpoint_url=urls, questions=questions, folder=folder)


def _session(
    options: EvaluateJob,
    contestants: Sequence[Contestant],
    *,
    answering: Answering | None = None,
    scale: Scale = TEN,
) -> SessionOptions:
    judge = options.judge_model
    name = judge if judge == BUILTIN_TEACHER else Path(judge).name
    merged = merges_messages(name, options.merge_system_user_message)
    changed = {} if options.judge_backend is None else {"backend": options.judge_backend}
    tls = ("tls_insecure", "tls_ca_cert", "tls_client_cert", "tls_client_key")
    return SessionOptions(
        **{name: getattr(options, name) for name in tls},
        benchmark=options.benchmark,
        contestants=tuple(contestants),
        answering=answering or Answering(),
        judge=Target(model=judge, endpoint_url=options.judge_endpoint_url),
        judging=Judging(name, merged=merged, scale=scale),
        referenced=judge == BUILTIN_TEACHER,
        output_dir=options.output_dir,
        serving=options.serving,
        judge_serving=options.serving.model_copy(update=changed),
        max_workers=None if options.max_workers == "auto" else options.max_workers,
    )


def _run(
    context: JobContext,
    options: SessionOptions,
    details: dict[str, Any],
    extra: Any = lambda _number, _found: {},
) -> list[dict[str, Any]]:
    """Plan and run a session."""
    context.reporter.plan(planned_stages(options))
    return rate(context, options, details, extra)


def rate(
    context: JobContext,
    options: SessionOptions,
    details: dict[str, Any],
    extra: Any = lambda _number, _found: {},
    *,
    report: bool = True,
) -> list[dict[str, Any]]:
    """Run a session, write its files, and return a result for each contestant; `report` its score, too."""
    found = run_session(context, options)
    results = []
    for number, score in enumerate(found.scores):
        files = _write_files(options, number, found)
        more = {**details, **_details(options, score, found), **files, **extra(number, found)}
        result = model_result(score, more)
        key = answer_key(options.benchmark, found.identities[number], options.judging.judge, files)[:16]
        file = result_file(options.output_dir, score.model, key)
        records = answer_records(found.answers[number], found.judgements[number])
        write_result(file, key, result, answers=records)
        context.reporter.artifact("report", str(file), size=file.stat().st_size, model=score.model, score=result.score)
        if report:
            context.reporter.score(options.benchmark, score.model, result.score, stderr=result.stderr, n=result.n)
        results.append({**result.summary(), "file": str(file)})
    return results


def _write_files(options: SessionOptions, number: int, found: SessionResult) -> dict[str, str]:
    """Write a contestant's answers and judgements in MT-Bench's format; where they are."""
    contestant = options.contestants[number]
    name = file_name(contestant.name, found.identities[number])
    answers = write_answers(contestant.folder, name, found.answers[number])
    judged = [(name, judgement) for judgement in found.judgements[number]]
    judgements = write_judgements(contestant.folder, options.judging.judge, judged)
    return {"answers": str(answers), "judgements": str(judgements)}


def _details(options: SessionOptions, score: ModelScore, found: SessionResult) -> dict[str, Any]:
    """What a result has besides its scores."""
    return {
        "judge": options.judging.judge,
        "scale": [options.judging.scale.low, options.judging.scale.high],
        "turns": [turn.to_data() for turn in score.turns],
        "error_rate": score.error_rate,
        "expected": score.expected,
        "turns_asked": score.asked,
        "failed_answers": score.failed_answers,
        "failed_judgements": score.failed_judgements,
        "truncated": score.truncated,
        "baselines": {name: mean.to_data() for name, mean in found.baselines.items()},
        "only_with_reference": options.referenced,
    }


def model_result(score: ModelScore, details: dict[str, Any]) -> ModelResult:
    """A model's score as the result that all benchmarks have."""
    overall = score.overall
    assert overall.score is not None and overall.stderr is not None, "checked by the session"
    tasks = {}
    for name, mean in score.groups.items():
        if mean.score is not None and mean.stderr is not None:
            ratings = score.ratings[name]
            tasks[name] = TaskResult(
                mean.score, mean.stderr, mean.n, ratings=tuple(ratings.values()), ids=tuple(ratings)
            )
    return ModelResult(score.model, "rating", overall.score, overall.stderr, overall.n, tasks, details)
