"""Output in ASCII only, for terminals and fonts that have no other characters."""

from __future__ import annotations

import codecs
import io
import sys

TWINS = {
    "─": "-", "━": "=", "╌": "-", "│": "|", "·": ".", "○": "o", "▶": ">", "✓": "+", "✗": "x", "■": "#", "▲": "!",
    "●": "*", "…": "...", "–": "-", "—": "-", "×": "x", "±": "+-", "“": '"', "”": '"', "‘": "'", "’": "'", "°": "",
}  # fmt: skip
"""What our own output is drawn with, and what says the same."""

NAME = "labtop_ascii"
"""Of the codec and of its error handler. Click takes a stream whose codec is named ascii for a misconfigured one, and
writes UTF-8 to it."""


def use_ascii() -> None:
    """Write only ASCII from now on; other characters become twins, or escapes of their code."""
    ascii_codec = codecs.lookup("ascii")
    codec = codecs.CodecInfo(
        ascii_codec.encode, ascii_codec.decode, incrementalencoder=ascii_codec.incrementalencoder, name=NAME
    )
    codecs.register(lambda name: codec if name == NAME else None)
    codecs.register_error(NAME, _replace)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=NAME, errors=NAME)


def _replace(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    signs = error.object[error.start : error.end]
    return "".join(TWINS[sign] if sign in TWINS else _escape(sign) for sign in signs), error.end


def _escape(sign: str) -> str:
    """The code as JSON writes it, so that an escape within a JSON string is still read rightly."""
    units = sign.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{int.from_bytes(units[at : at + 2]):04x}" for at in range(0, len(units), 2))
