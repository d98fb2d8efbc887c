"""How many requests one endpoint gets at a time: more while that raises its throughput, fewer when it is overloaded.

The limit is doubled and the throughput measured again; where it did not grow, the limit goes back to a little more than
it was, and the next attempt comes later each time. Replies to requests that were sent under an earlier limit say
nothing about the present one and are not counted.
"""

from __future__ import annotations

LARGEST = 1024
"""Requests in flight to one endpoint, at most."""

GROWTH = 2.0

GAIN = 1.1
"""Throughput must grow by this factor for a higher limit to be kept."""

SPARE = 1.25
"""What is kept above the limit that throughput needs, so that no slot idles while a reply travels."""

ROUNDS = 2
"""A measurement takes this many replies for each request in flight."""

LEAST_SECONDS = 1.0
"""A measurement takes at least so long."""

LONGEST_HOLD = 32
"""Measurements between two attempts to grow, at most."""


class ConcurrencyLimit:
    """The limit of one endpoint. A `fixed` one never changes."""

    def __init__(self, start: int, *, largest: int = LARGEST, fixed: bool = False) -> None:
        self.value = min(start, largest) if not fixed else start
        self._largest = largest
        self._fixed = fixed
        self._changed = 0.0
        """When the limit was last changed, on the clock of the callers."""
        self._grown_from: int | None = None
        self._rate: float | None = None
        """Throughput at the limit before."""
        self._settled = False
        """Whether the limit is what an attempt to grow came back to, and so has its spare already."""
        self._hold = self._next_hold = 0
        self._restart(None)

    def _restart(self, now: float | None) -> None:
        self._since = now
        self._replies = 0
        self._full = 0
        self._work = 0.0

    def reached(self) -> None:
        """Note that a request had to wait because of the limit."""
        self._full += 1

    def replied(self, sent: float, now: float, work: float) -> None:
        """Count a reply to a request sent at `sent`; `work` is its size."""
        if self._fixed or sent < self._changed:
            return
        if self._since is None:
            self._restart(now)
            return
        self._replies += 1
        self._work += work
        seconds = now - self._since
        if self._replies < ROUNDS * self.value or seconds < LEAST_SECONDS:
            return
        if self._full >= ROUNDS:
            self._decide(self._work / seconds, now)
        else:  # too few requests were wanted to learn from
            self._restart(now)

    def _decide(self, rate: float, now: float) -> None:
        if self._grown_from is not None and self._rate is not None and rate < GAIN * self._rate:
            spare = 1.0 if self._settled else SPARE
            self._back_off(int(spare * self._grown_from), now)
            self._settled = True
            return
        if self._grown_from is None and self._hold > 0:
            self._hold -= 1
            self._restart(now)
            return
        if self._grown_from is not None:
            self._settled = False
        self._rate = rate
        grown = min(self._largest, int(GROWTH * self.value))
        if grown > self.value:
            self._grown_from = self.value
            self._change(grown, now)
        else:
            self._grown_from = None
            self._restart(now)

    def _back_off(self, value: int, now: float) -> None:
        """Lower the limit, and wait longer with the next attempt to grow."""
        self._next_hold = min(LONGEST_HOLD, 2 * self._next_hold + 1)
        self._hold = self._next_hold
        self._grown_from = None
        self._rate = None
        self._change(value, now)

    def _change(self, value: int, now: float) -> None:
        self.value = value
        self._changed = now
        self._restart(None)

    def overloaded(self, sent: float, now: float, factor: float) -> None:
        """Shrink by a factor; once for all the requests that were sent under one limit."""
        if not self._fixed and sent >= self._changed:
            self._settled = False
            self._back_off(max(1, int(factor * self.value)), now)
