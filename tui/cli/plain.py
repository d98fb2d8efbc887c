"""Output in ASCII only, for terminals and fonts without other characters."""

from __future__ import annotations

import codecs
import io
import sys

REPLACEMENTS = {
    "─": "-", "━": "=", "╌": "-", "│": "|", "·": ".", "○": "o", "▶": ">", "✓": "+", "✗": "x", "■": "#", "▲": "!",
    "●": "*", "…": "...", "–": "-", "—": "-", "×": "x", "±": "+-", "“": '"', "”": '"', "‘": "'", "’": "'", "°": "",
}  # fmt: skip
"""The characters that our own output uses, each with its replacement."""

NAME = "labtop_ascii"
"""Name of the codec and of its error handler. Click considers a stream whose codec is named ascii misconfigured, and
writes UTF-8 to it."""


def use_ascii() -> None:
    """Write only ASCII from now on; other characters are replaced, or escaped by their code."""
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
    characters = error.object[error.start : error.end]
    return "".join(map(_replacement, characters)), error.end


def _replacement(character: str) -> str:
    return REPLACEMENTS[character] if character in REPLACEMENTS else _escape(character)


def _escape(character: str) -> str:
    """The code as JSON writes it, so that an escape within a JSON string stays valid."""
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{int.from_bytes(units[at : at + 2]):04x}" for at in range(0, len(units), 2))
