"""How far a generation run is: counts for each leaf and block, and how many requests are to come."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from core.events import Reporter


@dataclass
class Tally:
    """Running totals of one block on one leaf."""

    produced: int = 0
    """Replies."""
    parsed: int = 0
    """Outputs read from them."""
    kept: int = 0
    """Those that went on, past the filters that follow."""
    rejected: Counter[str] = field(default_factory=Counter)
    told: bool = True

    def add(self, *, produced: int = 0, parsed: int = 0, kept: int = 0) -> None:
        self.produced += produced
        self.parsed += parsed
        self.kept += kept
        self.told = False

    def reject(self, reason: str, number: int = 1) -> None:
        if number:
            self.rejected[reason] += number
            self.told = False

    def drop(self, reason: str, number: int) -> None:
        """Reject what was already counted as kept."""
        self.kept -= number
        self.reject(reason, number)


class Tallies:
    """The totals of all blocks on all leaves."""

    def __init__(self) -> None:
        self._tallies: dict[tuple[str, str], Tally] = {}

    def at(self, leaf: str, block: str) -> Tally:
        """The totals of one; they are listed in the order in which they are first asked for."""
        return self._tallies.setdefault((leaf, block), Tally())

    def tell(self, reporter: Reporter) -> None:
        """Report those that have changed since they were told."""
        for (leaf, block), tally in self._tallies.items():
            if not tally.told:
                tally.told = True
                reporter.count(
                    {"leaf": leaf, "block": block},
                    produced=tally.produced,
                    parsed=tally.parsed,
                    kept=tally.kept,
                    rejected=tally.rejected,
                )

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


class Forecast:
    """How many requests a run will need, from how many each block's replies have led to so far.

    Blocks are numbered along a pipeline; a reply of one leads to requests of the next only.
    """

    def __init__(self) -> None:
        self.done = 0
        self._waiting: Counter[tuple[str, int]] = Counter()
        self._answered: Counter[tuple[str, int]] = Counter()
        self._led_to: Counter[tuple[str, int]] = Counter()
        self._last: dict[str, int] = {}

    def pipeline(self, kind: str, blocks: int) -> None:
        self._last[kind] = blocks - 1

    def asked(self, kind: str, block: int) -> None:
        self._waiting[kind, block] += 1
        if block:
            self._led_to[kind, block - 1] += 1

    def answered(self, kind: str, block: int) -> None:
        self._waiting[kind, block] -= 1
        self._answered[kind, block] += 1
        self.done += 1

    def total(self) -> int | None:
        """None as long as there are requests of which it is not known what they lead to."""
        total = float(self.done)
        for kind, last in self._last.items():
            following = 0.0
            for block in reversed(range(last + 1)):
                answered = self._answered[kind, block]
                waiting = self._waiting[kind, block]
                if block < last:
                    if waiting and not answered:
                        return None
                    following = self._led_to[kind, block] / max(1, answered) * (1 + following)
                total += waiting * (1 + following)
        return round(total)
