"""Adaptive concurrency of one endpoint: more requests while that raises its throughput, fewer when it is overloaded.

The limit is doubled and the throughput measured again. Without a gain the limit returns to slightly more than before,
and the next attempt is made later each time. Replies to requests sent under an earlier limit do not count.
"""

from __future__ import annotations

MAX_LIMIT = 1024
"""Requests in flight to one endpoint, at most."""

GROWTH = 2.0

GAIN = 1.1
"""Throughput must grow by this factor for a higher limit to be kept."""

MARGIN = 1.25
"""The margin above the limit that throughput needs, so that no slot is idle while a reply is in transit."""

ROUNDS = 2
"""A measurement takes this many replies for each request in flight."""

MIN_SECONDS = 1.0
"""The shortest measurement."""

MAX_HOLD = 32
"""The most measurements between two attempts to grow."""


class ConcurrencyLimit:
    """The limit of one endpoint; a `fixed` one never changes."""

    def __init__(self, start: int, *, largest: int = MAX_LIMIT, fixed: bool = False) -> None:
        self.value = min(start, largest) if not fixed else start
        self._largest = largest
        self._fixed = fixed
        self._changed = 0.0
        """When the limit was last changed, on the clock of the callers."""
        self._grown_from: int | None = None
        self._rate: float | None = None
        """Throughput at the previous limit."""
        self._settled = False
        """Whether the limit is the result of a failed attempt to grow, and so includes the margin."""
        self._hold = self._next_hold = 0
        self._restart(None)

    def _restart(self, now: float | None) -> None:
        self._since = now
        self._replies = 0
        self._full = 0
        self._work = 0.0

    def reached(self) -> None:
        """Record that a request had to wait because of the limit."""
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
        if self._replies < ROUNDS * self.value or seconds < MIN_SECONDS:
            return
        if self._full >= ROUNDS:
            self._decide(self._work / seconds, now)
        else:  # too few requests to conclude anything
            self._restart(now)

    def _decide(self, rate: float, now: float) -> None:
        if self._grown_from is not None and self._rate is not None and rate < GAIN * self._rate:
            margin = 1.0 if self._settled else MARGIN
            self._back_off(int(margin * self._grown_from), now)
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
        """Lower the limit, and wait longer until the next attempt to grow."""
        self._next_hold = min(MAX_HOLD, 2 * self._next_hold + 1)
        self._hold = self._next_hold
        self._grown_from = None
        self._rate = None
        self._change(value, now)

    def _change(self, value: int, now: float) -> None:
        self.value = value
        self._changed = now
        self._restart(None)

    def overloaded(self, sent: float, now: float, factor: float) -> None:
        """Shrink by a factor, only once for all requests sent under the same limit."""
        if not self._fixed and sent >= self._changed:
            self._settled = False
            self._back_off(max(1, int(factor * self.value)), now)
