"""A judged benchmark from its first answer to its scores, in the order that starts the fewest servers.

All models answer first, one server after the other; then one judge rates all answers. So N models take N + 1 servers,
and the judge is loaded once. A model whose answers are all in its cache gets no server, nor does a judge that has rated
everything.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import LabtopError
from core.evaluation.answered import FOLDER, AnswerCache
from core.evaluation.judging.answers import Answer, known_answer
from core.evaluation.judging.arguments import (
    AnswerArguments,
    Answered,
    AskArguments,
    Contestant,
    JudgeArguments,
    SessionOptions,
    Target,
)
from core.evaluation.judging.asking import Failure
from core.evaluation.judging.baselines import SUSPICIOUS_SHARE
from core.evaluation.judging.identity import endpoint_identity, local_identity
from core.evaluation.judging.judgements import Case, Judgement, known_judgement
from core.evaluation.judging.questions import read_questions
from core.evaluation.judging.scores import Mean, ModelScore, score_model
from core.evaluation.judging.served import Served, served
from core.evaluation.judging.worker import all_cases
from core.events import StagePlan
from core.jobs.context import JobContext
from core.models.local import check_model_folder
from core.serving.client import list_models
from core.serving.credentials import judge_key
from core.serving.names import BUILTIN_TEACHER
from core.serving.tls.client import TLS_PASSWORD_VARIABLE, ClientTls, client_tls

ANSWER, JUDGE = "answer", "judge"

SERVER_LOG = "servers.log"
"""In the job's folder: the output of all servers that the session starts."""

QUIET_SECONDS = 600.0
"""The longest time without events: loading a model, or a long reply."""

STOP_SECONDS = 10.0
"""How long a stop may take: replies are stored as they arrive."""


@dataclass(frozen=True)
class SessionResult:
    """What a session found."""

    scores: tuple[ModelScore, ...]
    """In the order of the contestants."""
    answers: tuple[tuple[Answer, ...], ...]
    judgements: tuple[tuple[Judgement, ...], ...]
    identities: tuple[str, ...]
    baselines: dict[str, Mean] = field(default_factory=dict)
    """The ratings of answers without content, by the kind of answer."""


def planned_stages(options: SessionOptions) -> list[StagePlan]:
    """The stages of a session, for the job's plan."""
    answers = [
        StagePlan(f"{ANSWER}.{number}", f"Answers of {Path(each.name).name}", unit="questions")
        for number, each in enumerate(options.contestants, 1)
    ]
    return [*answers, StagePlan(JUDGE, f"Judge with {options.judging.judge}", unit="judgements")]


def run_session(context: JobContext, options: SessionOptions) -> SessionResult:
    """Answers, judgements and scores. Raises LabtopError before the first answer if the judge cannot be used."""
    check_judge(options)
    identities = [_identity_of_contestant(each, options.output_dir) for each in options.contestants]
    answers = [
        _answers(context, options, number, contestant, identity)
        for number, (contestant, identity) in enumerate(zip(options.contestants, identities, strict=True), 1)
    ]
    judgements = _judgements(context, options, identities)
    keys = _keys(options)
    by_model = [tuple(each for each in judgements if each.case.model == key) for key in keys]
    scores = [
        score_model(contestant.name, own, rated, referenced=options.referenced)
        for contestant, own, rated in zip(options.contestants, answers, by_model, strict=True)
    ]
    baselines: dict[str, list[float]] = {}
    for each in judgements:
        if each.case.model not in keys and each.score is not None:
            baselines.setdefault(each.case.model, []).append(each.score)
    means = {name: Mean.of([[rating] for rating in ratings]) for name, ratings in baselines.items()}
    _check_rated(scores, answers, by_model)
    _warn_of_judge(context, options, means)
    return SessionResult(tuple(scores), tuple(map(tuple, answers)), tuple(by_model), tuple(identities), means)


def _identity_of_contestant(target: Target, output_dir: Path) -> str:
    """What a model's cache is known by: the digest of its files, or its name and address at an endpoint."""
    return (
        local_identity(target.model, output_dir) if target.is_local else " ".join((target.model, *target.endpoint_url))
    )


def _identity_of_judge(options: SessionOptions) -> str:
    judge = options.judge
    if judge.is_local:
        return local_identity(judge.model, options.output_dir)
    return endpoint_identity(judge, *_access(options))


def _access(options: SessionOptions) -> tuple[str | None, ClientTls]:
    """The key for the judge's endpoints, and how to connect."""
    key = judge_key(options.judge.endpoint_url, os.environ)
    return key, client_tls(options, os.environ.get(TLS_PASSWORD_VARIABLE))


def check_judge(options: SessionOptions) -> None:
    """Raise LabtopError if the judge does not answer or is not complete: hours of answers would be of no use."""
    judge = options.judge
    if judge.is_local:
        if judge.model != BUILTIN_TEACHER:
            check_model_folder(Path(judge.model))
        return
    key, tls = _access(options)
    for url in judge.endpoint_url:
        names = list_models(url, key, tls=tls)
        if names and judge.model not in names:
            raise LabtopError(
                f"The judge's endpoint {url} does not serve {judge.model}; it serves {', '.join(names[:20])}.",
                hint="Pass one of these with --judge-model.",
            )


def _answers(
    context: JobContext, options: SessionOptions, number: int, contestant: Contestant, identity: str
) -> list[Answer]:
    """A model's answers to its questions: from its cache, or by asking it."""
    questions = read_questions(contestant.questions)
    stage_id = f"{ANSWER}.{number}"

    def cached() -> list[Answer]:
        with AnswerCache(options.output_dir / FOLDER, identity) as cache:
            return [known_answer(cache, question, options.answering) for question in questions]

    answers = cached()
    if all(answer.complete for answer in answers):
        return answers
    title = f"Answers of {Path(contestant.name).name}"
    log_file = context.folder.path / SERVER_LOG
    with (
        context.reporter.stage(stage_id, title, quiet_seconds=QUIET_SECONDS, stop_seconds=STOP_SECONDS) as stage,
        served(contestant, options.serving, log_file, stage) as server,
    ):
        arguments = AnswerArguments(
            **_asking(options, server, identity),
            questions=contestant.questions,
            answering=options.answering,
        )
        found = _work(context, ANSWER, arguments, stage_id, server)
    failures = {each["question_id"]: Failure(each["reason"], each["message"]) for each in found["failures"]}
    return [
        answer
        if answer.complete
        else Answer(answer.question, answer.turns, answer.truncated, failures.get(answer.question.id))
        for answer in cached()
    ]


def _judgements(context: JobContext, options: SessionOptions, identities: Sequence[str]) -> list[Judgement]:
    """The judgements of all answers: from the judge's cache, or by asking it."""
    identity = _identity_of_judge(options)
    log_file = context.folder.path / SERVER_LOG
    judging = options.judging
    nowhere = Served((), options.judge.model)
    answered = tuple(
        Answered(name=key, identity=own, questions=each.questions)
        for key, each, own in zip(_keys(options), options.contestants, identities, strict=True)
    )

    def arguments(server: Served) -> JudgeArguments:
        return JudgeArguments(
            **_asking(options, server, identity),
            answered=answered,
            answering=options.answering,
            judging=judging,
            referenced=options.referenced,
            baselines=options.baselines,
        )

    chosen = all_cases(arguments(nowhere))

    def cached() -> list[Judgement | None]:
        with AnswerCache(options.output_dir / FOLDER, identity) as cache:
            return [known_judgement(cache, case, judging) for case in chosen]

    known = cached()
    failures: dict[tuple[str, object, int], Failure] = {}
    if None in known:
        title = f"Judge with {judging.judge}"
        with (
            context.reporter.stage(JUDGE, title, quiet_seconds=QUIET_SECONDS, stop_seconds=STOP_SECONDS) as stage,
            served(options.judge, options.judge_serving, log_file, stage) as server,
        ):
            found = _work(context, JUDGE, arguments(server), JUDGE, server)
        for each in found["failures"]:
            place = each["model"], each["question_id"], each["turn"] - 1
            failures[place] = Failure(each["reason"], each["message"])
        known = cached()
    return [judgement or _failed(case, failures) for case, judgement in zip(chosen, known, strict=True)]


def _keys(options: SessionOptions) -> list[str]:
    """What the contestants' judgements are identified by: a model may take part twice, with other questions."""
    return [f"model {number}" for number in range(1, len(options.contestants) + 1)]


def _failed(case: Case, failures: dict[tuple[str, object, int], Failure]) -> Judgement:
    place = case.model, case.answer.question.id, case.turn
    return Judgement(case, None, failure=failures.get(place, Failure("no answer", "")))


def _asking(options: SessionOptions, server: Served, identity: str) -> dict[str, Any]:
    """The fields of AskArguments."""
    return {
        **{
            name: getattr(options, name)
            for name in ("tls_insecure", "tls_ca_cert", "tls_client_cert", "tls_client_key")
        },
        "endpoint_url": server.urls,
        "served_name": server.name,
        "identity": identity,
        "cache_dir": options.output_dir / FOLDER,
        "max_workers": options.max_workers,
    }


def _work(context: JobContext, name: str, arguments: AskArguments, stage: str, server: Served) -> dict[str, Any]:
    target = f"core.evaluation.judging.worker:{name}"
    return context.work(target, arguments.model_dump(mode="json"), stage, check=server.check)


def _check_rated(
    scores: Sequence[ModelScore], answers: Sequence[Sequence[Answer]], judgements: Sequence[Sequence[Judgement]]
) -> None:
    """Raise LabtopError for a model without any rating."""
    for score, rated, own in zip(scores, judgements, answers, strict=True):
        if score.overall.score is None:
            found = [*(answer.failure for answer in own), *(judgement.failure for judgement in rated)]
            failures = [failure for failure in found if failure]
            why = f"{failures[0].reason}: {failures[0].message}" if failures else "there was nothing to rate"
            raise LabtopError(
                f"No answer of {score.model} has a rating: {why.rstrip('.')}.",
                hint="The same command asks only for what is missing.",
                job_command="resume",
            )


def _warn_of_judge(context: JobContext, options: SessionOptions, baselines: dict[str, Mean]) -> None:
    """Report a judge that rates answers without content highly."""
    judging = options.judging
    low, high = judging.scale.low, judging.scale.high
    for name, mean in baselines.items():
        if mean.score is not None and (mean.score - low) / (high - low) > SUSPICIOUS_SHARE:
            context.reporter.note(
                "warning",
                f"The judge {judging.judge} rates an answer without content ({name}) {mean.score:.1f} of {high} on"
                " average: its scores cannot be trusted.",
                hint="Choose a stronger judge: --judge-model, or --judge-endpoint-url.",
            )
