"""The workers of a judged benchmark: one asks a model all questions, one asks the judge about all answers.

Replies go to the caches in the output folder, from which the session reads them; a worker returns only what failed.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

from core.evaluation.answered import AnswerCache
from core.evaluation.judging.answers import Answer, answer_all, known_answer
from core.evaluation.judging.arguments import AnswerArguments, AskArguments, JudgeArguments
from core.evaluation.judging.asking import Asker
from core.evaluation.judging.baselines import baseline_answers
from core.evaluation.judging.judgements import Case, Judgement, UnreadableReplies, cases, judge_all
from core.evaluation.judging.questions import read_questions
from core.events import Reporter
from core.serving.completions.pool import CompletionsPool
from core.serving.credentials import API_KEY_VARIABLE, judge_key
from core.serving.tls.client import TLS_PASSWORD_VARIABLE, client_tls


def answer(arguments: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Ask a model all questions that its cache has no answers to; the arguments are those of AnswerArguments.

    Returns {failures: [{question_id, turn, reason, message}], requests, prompt_tokens, completion_tokens}.
    """
    options = AnswerArguments.from_data(arguments)
    questions = read_questions(options.questions)

    async def ask(pool: CompletionsPool, cache: AnswerCache) -> tuple[list[Answer], Asker]:
        asker = Asker(pool, cache, reporter, empty_allowed=True)
        return await answer_all(asker, questions, options.answering), asker

    key = os.environ.get(API_KEY_VARIABLE)
    answers, asker, pool = asyncio.run(_with_pool(options, key, reporter, ask))
    failures = [
        {"question_id": each.question.id, "turn": len(each.turns) + 1, **vars(each.failure)}
        for each in answers
        if each.failure
    ]
    return {"failures": failures, **_used(asker, pool)}


def judge(arguments: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Ask the judge about all answers that it has not rated yet; the arguments are those of JudgeArguments.

    Returns {failures: [{model, question_id, turn, reason, message}], requests, prompt_tokens, completion_tokens}.
    """
    options = JudgeArguments.from_data(arguments)
    chosen = all_cases(options)

    async def ask(pool: CompletionsPool, cache: AnswerCache) -> tuple[list[Judgement], Asker]:
        asker = Asker(pool, cache, reporter, accept=UnreadableReplies(options.judging).check)
        return await judge_all(asker, chosen, options.judging), asker

    key = judge_key(options.endpoint_url, os.environ)
    judgements, asker, pool = asyncio.run(_with_pool(options, key, reporter, ask))
    failures = [
        {
            "model": each.case.model,
            "question_id": each.case.answer.question.id,
            "turn": each.case.turn + 1,
            **vars(each.failure),
        }
        for each in judgements
        if each.failure
    ]
    return {"failures": failures, **_used(asker, pool)}


def all_cases(options: JudgeArguments) -> list[Case]:
    """What the judge is asked about: the answers of all models, and those of the baselines."""
    found: list[Case] = []
    for model in options.answered:
        questions = read_questions(model.questions)
        with AnswerCache(options.cache_dir, model.identity) as cache:
            answers = [known_answer(cache, question, options.answering) for question in questions]
        found += cases(model.name, answers, options.judging, referenced=options.referenced)
    return found + (baseline_cases(options) if options.baselines else [])


def baseline_cases(options: JudgeArguments) -> list[Case]:
    """The answers of the baselines to some questions of the last model."""
    questions = read_questions(options.answered[-1].questions)
    usable = [question for question in questions if question.reference(0) or not options.referenced]
    return [
        case for name, answers in baseline_answers(usable).items() for case in cases(name, answers, options.judging)
    ]


async def _with_pool(
    options: AskArguments, key: str | None, reporter: Reporter, work: Any
) -> tuple[Any, Asker, CompletionsPool]:
    pool = CompletionsPool(
        options.endpoint_url,
        options.served_name,
        api_key=key,
        tls=client_tls(options, os.environ.get(TLS_PASSWORD_VARIABLE)),
        concurrency=options.max_workers,
        note=lambda text: reporter.note("warning", text),
    )
    with AnswerCache(options.cache_dir, options.identity) as cache:
        async with pool:
            await pool.learn()
            found, asker = await work(pool, cache)
    return found, asker, pool


def _used(asker: Asker, pool: CompletionsPool) -> dict[str, int]:
    return {
        "requests": asker.sent,
        "prompt_tokens": pool.prompt_tokens,
        "completion_tokens": pool.completion_tokens,
    }
