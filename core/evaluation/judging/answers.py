"""A model's answers to the turns of questions, one conversation a question."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from core.errors import LabtopError
from core.evaluation.answered import AnswerCache
from core.evaluation.judging.asking import Asker, Failure, Request, known, transcript
from core.evaluation.judging.questions import Question

MAX_ANSWER_TOKENS = 1024
"""MT-Bench's limit of an answer's length."""

MAX_FAILURES = 20
"""After so many failures without any answer, the model is given up."""


@dataclass(frozen=True)
class Answering:
    """How a model is asked."""

    seed: int = 0
    max_tokens: int = MAX_ANSWER_TOKENS
    system_prompt: str = ""
    temperature: float | None = None
    """For all questions; None for that of each question."""

    def request(self, question: Question, replies: Sequence[str]) -> Request:
        """The request for the turn after these replies."""
        return Request(
            transcript(self.system_prompt, question.turns, replies),
            question.temperature if self.temperature is None else self.temperature,
            self.max_tokens,
            self.seed,
        )


@dataclass(frozen=True)
class Answer:
    """The replies to the turns of one question."""

    question: Question
    turns: tuple[str, ...] = ()
    truncated: tuple[bool, ...] = ()
    """By turn, whether the reply reached the token limit."""
    failure: Failure | None = None
    """Why the next turn has no reply."""

    @property
    def complete(self) -> bool:
        return len(self.turns) == len(self.question.turns)

    def with_reply(self, text: str, truncated: bool) -> Answer:
        return replace(self, turns=(*self.turns, text), truncated=(*self.truncated, truncated))


def started(question: Question) -> Answer:
    """An answer without replies, or the one that the question brings."""
    return Answer(question).with_reply(question.response, False) if question.response else Answer(question)


def known_answer(cache: AnswerCache, question: Question, answering: Answering) -> Answer:
    """As much of an answer as the cache holds, or the one that the question brings."""
    answer = started(question)
    while not answer.complete:
        reply = known(cache, answering.request(question, answer.turns))
        if reply is None:
            return answer
        answer = answer.with_reply(reply.text, reply.truncated)
    return answer


async def answer_all(asker: Asker, questions: Sequence[Question], answering: Answering) -> list[Answer]:
    """The answers to all questions, in their order. Raises LabtopError when the model answers none."""
    answers = list(map(started, questions))
    failed = 0

    def work(number: int) -> Callable[[], Awaitable[None]]:
        async def ask() -> None:
            nonlocal failed
            while not answers[number].complete:
                before = answers[number]
                later = before.question.turns[len(before.turns) + 1 :]
                reply, failure = await asker.ask(answering.request(before.question, before.turns), later)
                if reply is None:
                    answers[number] = replace(before, failure=failure)
                    failed += 1
                    if failed >= MAX_FAILURES and not any(answer.turns for answer in answers):
                        raise _no_answers(answers)
                    return
                answers[number] = before.with_reply(reply.text, reply.truncated)
                asker.show("answer", question=before.question.turns[len(before.turns)], answer=reply.text)

        return ask

    await asker.run(map(work, range(len(questions))), len(questions), "questions")
    if not any(answer.turns for answer in answers):
        raise _no_answers(answers)
    return answers


def _no_answers(answers: Sequence[Answer]) -> LabtopError:
    failure = next(answer.failure for answer in answers if answer.failure)
    return LabtopError(
        f"The model answered none of the questions: {failure.message.rstrip('.')}.",
        hint="Check that it can chat, and that its context is long enough for the questions.",
        job_command="resume",
    )
