"""Progress of a generation run: counts for each leaf and block, and the expected number of requests."""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass, field

from core.events import Reporter

RATE_SECONDS = 10.0
"""The window in which a rate is measured."""


@dataclass
class Tally:
    """Running totals of one block on one leaf."""

    produced: int = 0
    """Replies."""
    parsed: int = 0
    """Outputs read from them."""
    kept: int = 0
    """Those that passed the filters after the block."""
    rejected: Counter[str] = field(default_factory=Counter)
    reported: bool = True

    def add(self, *, produced: int = 0, parsed: int = 0, kept: int = 0) -> None:
        self.produced += produced
        self.parsed += parsed
        self.kept += kept
        self.reported = False

    def reject(self, reason: str, number: int = 1) -> None:
        if number:
            self.rejected[reason] += number
            self.reported = False

    def drop(self, reason: str, number: int) -> None:
        """Reject what was already counted as kept."""
        self.kept -= number
        self.reject(reason, number)


class Tallies:
    """The totals of all blocks on all leaves."""

    def __init__(self) -> None:
        self._tallies: dict[tuple[str, str], Tally] = {}

    def at(self, leaf: str, block: str) -> Tally:
        """The totals of one block on one leaf. They are listed in the order of their first use."""
        return self._tallies.setdefault((leaf, block), Tally())

    def report(self, reporter: Reporter) -> None:
        """Report the totals that changed since the last report."""
        for (leaf, block), tally in self._tallies.items():
            if not tally.reported:
                tally.reported = True
                reporter.count(
                    {"leaf": leaf, "block": block},
                    produced=tally.produced,
                    parsed=tally.parsed,
                    kept=tally.kept,
                    rejected=tally.rejected,
                )

    def rejected(self) -> dict[str, int]:
        """What was rejected, by reason."""
        total: Counter[str] = Counter()
        for tally in self._tallies.values():
            total.update(tally.rejected)
        return dict(sorted(total.items()))

    @property
    def produced(self) -> int:
        """All replies."""
        return sum(tally.produced for tally in self._tallies.values())

    def to_data(self) -> list[dict[str, object]]:
        return [
            {
                "leaf": leaf,
                "block": block,
                "produced": tally.produced,
                "parsed": tally.parsed,
                "kept": tally.kept,
                "rejected": dict(sorted(tally.rejected.items())),
            }
            for (leaf, block), tally in self._tallies.items()
        ]


class TokenRate:
    """Tokens per second of the latest replies."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque([(time.monotonic(), 0)])
        self._total = 0

    def add(self, tokens: int) -> None:
        self._total += tokens

    def rate(self) -> float | None:
        """None as long as servers report no token counts. Call it a few times a second."""
        now = time.monotonic()
        self._marks.append((now, self._total))
        while now - self._marks[0][0] > RATE_SECONDS and len(self._marks) > 2:
            self._marks.popleft()
        since, before = self._marks[0]
        return (self._total - before) / (now - since) if self._total and now > since else None


class Forecast:
    """The expected number of requests of a run, from how many each block's replies have led to so far.

    Blocks are numbered along a pipeline; a reply of one leads to requests of the next only.
    """

    def __init__(self) -> None:
        self.done = 0
        self.is_counted = False
        """Whether it is known how many rows there are."""
        self._to_enter: Counter[str] = Counter()
        self._waiting: Counter[tuple[str, int]] = Counter()
        self._answered: Counter[tuple[str, int]] = Counter()
        self._led_to: Counter[tuple[str, int]] = Counter()
        self._last: dict[str, int] = {}

    def pipeline(self, kind: str, blocks: int) -> None:
        self._last[kind] = blocks - 1

    def starts(self, kind: str, requests: int) -> None:
        """New rows of this kind will send so many requests of the first block."""
        self._to_enter[kind] += requests

    def entered(self, kind: str, requests: int) -> None:
        """A row has started, with so many requests."""
        self._to_enter[kind] -= requests

    def asked(self, kind: str, block: int) -> None:
        self._waiting[kind, block] += 1
        if block:
            self._led_to[kind, block - 1] += 1

    def answered(self, kind: str, block: int) -> None:
        self._waiting[kind, block] -= 1
        self._answered[kind, block] += 1
        self.done += 1

    def total(self) -> int | None:
        """None until every block with waiting requests has had a reply."""
        if not self.is_counted:
            return None
        total = float(self.done)
        for kind, last in self._last.items():
            following = 0.0
            for block in reversed(range(last + 1)):
                answered = self._answered[kind, block]
                waiting = self._waiting[kind, block] + (0 if block else self._to_enter[kind])
                if block < last:
                    if waiting and not answered:
                        return None
                    following = self._led_to[kind, block] / max(1, answered) * (1 + following)
                total += waiting * (1 + following)
        return round(total)
