"""The escape key in front of others that come in with it, as on a slow line.

A terminal sends alt and a letter as the escape key's character and the letter. Textual takes the two for alt, or drops
the escape, or tells it as `^`, by what follows; here, where nothing is bound to alt and a letter, it is the escape key.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver

ESCAPE = "\x1b"

_GOES_ON = "[O]P_^X\\" + ESCAPE
"""What may stand behind an escape in a longer sequence."""


class EscapeFirstParser(XTermParser):
    """Tells an escape and a character that begin no sequence as two keys."""

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        known = isinstance(ANSI_SEQUENCES_KEYS.get(sequence), tuple)
        if len(sequence) != 2 or sequence[0] != ESCAPE or sequence[1] in _GOES_ON or known:
            yield from super()._sequence_to_key_events(sequence, alt)
            return
        yield events.Key("escape", ESCAPE)
        yield from super()._sequence_to_key_events(sequence[1])


def heed_escape() -> None:
    """Choose this for the whole process: Textual's driver makes its parser itself."""
    linux_driver.XTermParser = EscapeFirstParser  # type: ignore[attr-defined]
