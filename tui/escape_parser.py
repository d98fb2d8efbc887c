"""Recognises the escape key when another key arrives together with it, as on a slow line.

A terminal sends alt plus a character as the escape character and the character. Depending on what follows, Textual
reads the two as alt, drops the escape, or reports it as `^`. Alt plus a digit switches panes; nothing else is bound to
alt plus a character, so anything else is the escape key, followed by the character. An escape that a person presses
before a digit arrives at least 0.1 seconds (`textual.constants.ESCAPE_DELAY`) earlier, and stays a key of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from string import digits

from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver

ESCAPE = "\x1b"

_SEQUENCE_STARTS = "[O]P_^X\\" + ESCAPE
"""Characters that may follow an escape in a longer sequence."""


class EscapeFirstParser(XTermParser):
    """Reports an escape and a character that begin no sequence as two keys, and an escape and a digit as alt."""

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        known = isinstance(ANSI_SEQUENCES_KEYS.get(sequence), tuple)
        if len(sequence) != 2 or sequence[0] != ESCAPE or sequence[1] in _SEQUENCE_STARTS or known:
            yield from super()._sequence_to_key_events(sequence, alt)
            return
        if sequence[1] in digits:
            yield events.Key(f"alt+{sequence[1]}", None)
            return
        yield events.Key("escape", ESCAPE)
        yield from super()._sequence_to_key_events(sequence[1])


def install_escape_parser() -> None:
    """Use this parser in the whole process; Textual's driver offers no parameter for it."""
    linux_driver.XTermParser = EscapeFirstParser  # type: ignore[attr-defined]
