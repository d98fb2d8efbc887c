"""Rating answers by a judge: one request for each turn that was answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

from core.errors import LabtopError
from core.evaluation.answered import AnswerCache
from core.evaluation.judging.answers import Answer
from core.evaluation.judging.asking import Asker, Failure, Reply, Request, known
from core.evaluation.judging.prompts import JudgePrompt, judge_prompt
from core.evaluation.judging.rating import TEN, Rating, Scale, read_rating
from core.serving.completions.prompts import text_of

MAX_JUDGEMENT_TOKENS = 2048
"""MT-Bench's limit of a judgement's length."""

MAX_UNREADABLE = 20
"""After so many replies in a row without a rating, the judge is given up."""

QUOTED = 160
"""Characters of a reply without a rating that the error shows."""


@dataclass(frozen=True)
class Judging:
    """How the judge is asked."""

    judge: str
    """Its name, for messages and files."""
    merged: bool = False
    """Whether the instructions are in the user's message."""
    scale: Scale = TEN
    seed: int = 0
    max_tokens: int = MAX_JUDGEMENT_TOKENS

    def request(self, prompt: JudgePrompt) -> Request:
        messages = tuple(prompt.messages(merged=self.merged))
        return Request(messages, 0.0, self.max_tokens, self.seed)

    def rating(self, request: Request, reply: Reply) -> Rating:
        return read_rating(reply.text, self.scale, truncated=reply.truncated, prompt=text_of(request.messages))


@dataclass(frozen=True)
class Case:
    """An answered turn to rate."""

    model: str
    answer: Answer
    turn: int
    """Counted from 0."""
    prompt: JudgePrompt


@dataclass(frozen=True)
class Judgement:
    """What the judge said about an answered turn."""

    case: Case
    score: float | None
    text: str = ""
    failure: Failure | None = None


def cases(model: str, answers: Sequence[Answer], judging: Judging, *, referenced: bool = False) -> Iterator[Case]:
    """What can be rated: every answered turn; only those with a reference answer where that is needed."""
    for answer in answers:
        for turn in range(len(answer.turns)):
            if not referenced or answer.question.reference(turn):
                yield Case(model, answer, turn, judge_prompt(answer.question, answer.turns, turn, judging.scale))


def known_judgement(cache: AnswerCache, case: Case, judging: Judging) -> Judgement | None:
    """The judgement in the cache."""
    request = judging.request(case.prompt)
    reply = known(cache, request)
    return None if reply is None else Judgement(case, judging.rating(request, reply).value, reply.text)


class UnreadableReplies:
    """Counts the judge's replies, and gives it up when too many in a row have no rating."""

    def __init__(self, judging: Judging) -> None:
        self._judging = judging
        self._in_a_row = self._unreadable = self._all = 0

    def check(self, request: Request, reply: Reply) -> Failure | None:
        """What is wrong with a reply. Raises LabtopError when the judge is given up."""
        rating = self._judging.rating(request, reply)
        self._all += 1
        if rating.value is not None:
            self._in_a_row = 0
            return None
        self._in_a_row += 1
        self._unreadable += 1
        if self._in_a_row >= MAX_UNREADABLE:
            raise self.error(reply.text)
        return Failure(rating.reason, reply.text)

    def error(self, text: str) -> LabtopError:
        scale = self._judging.scale
        shown = " ".join(text.split())
        shown = shown if len(shown) <= QUOTED else f"{shown[:QUOTED]}…"
        share = self._unreadable / self._all
        return LabtopError(
            f"The judge {self._judging.judge} does not rate: {self._in_a_row} of its replies in a row, and {share:.0%} "
            f"of all {self._all}, have no rating from {scale.low} to {scale.high}. The last one: {shown!r}",
            hint="Choose a model that follows instructions: --judge-model, or --judge-endpoint-url. "
            "All answers and ratings so far are kept.",
            code="judge-unreadable",
        )


async def judge_all(asker: Asker, chosen: Sequence[Case], judging: Judging) -> list[Judgement]:
    """A judgement for each case, in their order. Raises LabtopError when the judge rates none of the first ones."""
    found: list[Judgement | None] = [None] * len(chosen)
    rated = failed = 0

    def work(number: int) -> Callable[[], Awaitable[None]]:
        async def ask() -> None:
            nonlocal rated, failed
            case = chosen[number]
            request = judging.request(case.prompt)
            reply, failure = await asker.ask(request)
            rated, failed = rated + (failure is None), failed + (reply is None)
            if failure and failed >= MAX_UNREADABLE and not rated:
                raise _no_ratings(judging, failure)
            text = reply.text if reply else ""
            score = judging.rating(request, reply).value if reply and not failure else None
            found[number] = Judgement(case, score, text, failure)
            asked, answer = case.answer.question.turns[case.turn], case.answer.turns[case.turn]
            asker.show("judgement", question=asked, answer=answer, judgement=text, score=score)

        return ask

    await asker.run(map(work, range(len(chosen))), len(chosen), "judgements")
    return [judgement for judgement in found if judgement is not None]


def _no_ratings(judging: Judging, failure: Failure) -> LabtopError:
    return LabtopError(
        f"The judge {judging.judge} rated none of the first {MAX_UNREADABLE} answers: {failure.message.rstrip('.')}.",
        hint="Check that it can chat, and that its context is long enough for a question with its answers.",
        job_command="resume",
    )
