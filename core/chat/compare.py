"""Comparing models: the same question to two to four of them, and votes for the best answer, which are kept.

Votes are lines of JSON in one file, only ever appended: time, question, the models in the order in which they were
shown with their answers, the settings of the requests, whether the names were hidden, and the verdict.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from core import paths
from core.chat.session import Session
from core.chat.target import Target
from core.chat.turns import ChatSettings
from core.errors import LabtopError, disk_error

MIN_MODELS, MAX_MODELS = 2, 4

LETTERS = "ABCD"
"""What the models are called, in the order in which they are shown."""

Verdict = Literal["A", "B", "C", "D", "tie", "none"]
"""The best answer; equally good ones; or that none is good."""

MAX_VOTES_BYTES = 2**26
"""Of the file, so much is counted, its end."""


@dataclass(frozen=True)
class Answer:
    """What one model answered."""

    letter: str
    model: str
    url: str
    path: str | None
    """The model's folder on this machine, if it is known."""
    text: str
    tokens: int
    seconds: float

    @property
    def identity(self) -> str:
        """What votes are counted for."""
        return self.path or self.model


@dataclass(frozen=True)
class Vote:
    """One verdict."""

    question: str
    answers: tuple[Answer, ...]
    verdict: Verdict
    blind: bool
    """Whether the models' names were hidden."""
    temperature: float | None = None
    seed: int | None = None
    max_tokens: int | None = None
    system_prompt: str = ""
    time: float = field(default_factory=time.time)
    """Seconds since 1970."""


@dataclass(frozen=True)
class Tally:
    """The votes between the same models."""

    wins: tuple[tuple[str, int], ...]
    """Names and votes, in the order in which the models were given."""
    ties: int = 0
    none: int = 0

    @property
    def total(self) -> int:
        return sum(count for _, count in self.wins) + self.ties + self.none


@dataclass
class Contender:
    """A model that takes part, with its own conversation."""

    target: Target
    path: str | None = None
    session: Session = field(default_factory=Session)

    @property
    def identity(self) -> str:
        return self.path or self.target.model


class Comparison:
    """The models that are compared, in the order in which they are shown."""

    def __init__(self, contenders: Sequence[Contender], *, blind: bool, shuffle: random.Random | None = None) -> None:
        """With `blind` the order is drawn again for each question, and every question begins a new conversation."""
        if not MIN_MODELS <= len(contenders) <= MAX_MODELS:
            raise LabtopError(
                f"{len(contenders)} models cannot be compared.", hint=f"Choose {MIN_MODELS} to {MAX_MODELS} models."
            )
        self.contenders = list(contenders)
        self.blind = blind
        self.hidden = blind
        """Whether the names are hidden now; a vote shows them."""
        self._random = shuffle or random.SystemRandom()
        self._question: str | None = None

    @property
    def can_vote(self) -> bool:
        """Whether a question was answered by two models at least, and not voted on."""
        answered = [each for each in self.contenders if each.session.turns and each.session.unanswered is None]
        return self._question is not None and len(answered) >= MIN_MODELS

    def title(self, number: int) -> str:
        """What a model is called on the screen."""
        contender = self.contenders[number]
        return LETTERS[number] if self.hidden else f"{LETTERS[number]} {contender.target.model}"

    def begin(self, question: str, settings: ChatSettings) -> None:
        """Get ready for a question: with hidden names in another order, and without the turns before."""
        if self.blind:
            self._random.shuffle(self.contenders)
            self.hidden = True
            self.clear()
        self._question = question
        for contender in self.contenders:
            contender.session.change(**settings.model_dump())

    def clear(self) -> None:
        """Forget all turns."""
        self._question = None
        for contender in self.contenders:
            contender.session = Session()

    def vote(self, verdict: Verdict, store: VoteStore) -> Vote:
        """Keep a verdict, and show the names. Raises LabtopError when it cannot be written."""
        settings = self.contenders[0].session.settings
        vote = Vote(
            question=self._question or "",
            answers=tuple(self._answer(number) for number in range(len(self.contenders))),
            verdict=verdict,
            blind=self.blind,
            temperature=settings.temperature,
            seed=settings.seed,
            max_tokens=settings.max_tokens,
            system_prompt=settings.system_prompt,
        )
        store.add(vote)
        self._question = None
        self.hidden = False
        return vote

    def _answer(self, number: int) -> Answer:
        contender = self.contenders[number]
        last = contender.session.turns[-1] if contender.session.turns else None
        answer = last if last is not None and last.role == "assistant" else None
        figures = answer.figures if answer is not None else None
        return Answer(
            letter=LETTERS[number],
            model=contender.target.model,
            url=contender.target.url,
            path=contender.path,
            text=answer.content if answer is not None else "",
            tokens=figures.tokens if figures is not None else 0,
            seconds=round(figures.seconds, 3) if figures is not None else 0.0,
        )


class VoteStore:
    """The file of votes."""

    def __init__(self, file: Path | None = None) -> None:
        self.file = file or paths.current().data_dir / "votes.jsonl"

    def add(self, vote: Vote) -> None:
        """Append a vote. Raises LabtopError when the disk is full."""
        line = json.dumps(asdict(vote), ensure_ascii=False) + "\n"
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                size = os.fstat(descriptor).st_size
                broken = size and os.pread(descriptor, 1, size - 1) != b"\n"  # a writer was killed during a line
                os.write(descriptor, (("\n" if broken else "") + line).encode(errors="replace"))
            finally:
                os.close(descriptor)
        except OSError as error:
            raise disk_error(error, f"writing the vote to {self.file}") from error

    def tally(self, contenders: Iterable[Contender]) -> Tally:
        """The votes between exactly these models, in any order."""
        names = {contender.identity: contender.target.model for contender in contenders}
        wins: Counter[str] = Counter()
        ties = none = 0
        for vote in self.read():
            shown = {answer.letter: answer.identity for answer in vote.answers}
            verdict = vote.verdict
            if set(shown.values()) != set(names) or len(shown) != len(names):
                continue
            if verdict in shown:
                wins[shown[verdict]] += 1
            ties += verdict == "tie"
            none += verdict == "none"
        return Tally(tuple((name, wins[identity]) for identity, name in sorted(names.items())), ties, none)

    def standings(self) -> dict[str, tuple[int, int]]:
        """For each model ever voted on, by its identity, in how many votes it was the best, and of how many."""
        won: Counter[str] = Counter()
        shown: Counter[str] = Counter()
        for vote in self.read():
            shown.update({answer.identity for answer in vote.answers})
            won.update(answer.identity for answer in vote.answers if answer.letter == vote.verdict)
        return {identity: (won[identity], count) for identity, count in shown.items()}

    def read(self) -> list[Vote]:
        """All votes, the oldest first; lines that are none are skipped."""
        try:
            with self.file.open("rb") as stream:
                stream.seek(max(0, self.file.stat().st_size - MAX_VOTES_BYTES))
                lines = stream.read(MAX_VOTES_BYTES).split(b"\n")
        except OSError:
            return []
        return [vote for line in lines if (vote := _decode(line)) is not None]


def _decode(line: bytes) -> Vote | None:
    try:
        record: Any = json.loads(line)
        answers = tuple(Answer(**{name: each.get(name) for name in _ANSWER_FIELDS}) for each in record["answers"])
        vote = Vote(**{**{name: record[name] for name in _VOTE_FIELDS if name in record}, "answers": answers})
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    valid = all(answer.letter and isinstance(answer.identity, str) for answer in answers)
    return vote if valid and vote.verdict in get_args(Verdict) else None


_ANSWER_FIELDS = tuple(each.name for each in fields(Answer))
_VOTE_FIELDS = tuple(each.name for each in fields(Vote))
