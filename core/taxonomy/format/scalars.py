"""Texts as YAML writes them: as they are where that is safe, in quotes where it is not."""

from __future__ import annotations

import re

import yaml

_BLOCK_UNSAFE = re.compile("[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""What YAML does not allow in a block of text, and what it reads as the end of a line, unlike editors."""

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}

_TRAILING = re.compile(r"[ \t\v\f]+$", re.MULTILINE)
_MANY_BLANK_LINES = re.compile(r"\n{4,}")


def fits_block(text: str) -> bool:
    """Whether a block scalar can hold a text character for character."""
    return not _BLOCK_UNSAFE.search(text)


def scalar(text: str) -> str:
    """A text as the value of a key, on one line."""
    if text.strip() == text and text.isprintable() and not text.startswith("?"):
        try:
            if yaml.load(f"key: {text}\n", Loader=yaml.CSafeLoader) == {"key": text}:
                return text
        except (yaml.YAMLError, ValueError):
            pass
    return f'"{escaped(text)}"'


def quoted(text: str) -> str:
    """A text of one or more lines in quotes: in double ones, unless that would need escapes that single ones do not."""
    if ('"' in text or "\\" in text) and "'" not in text and text.replace("\n", "").isprintable():
        return f"'{text}'"
    return '"' + "\n".join(map(escaped, text.split("\n"))) + '"'


def escaped(text: str) -> str:
    """A text between double quotes."""
    return "".join(map(_escape, text))


def _escape(letter: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    if not _BLOCK_UNSAFE.match(letter):
        return letter
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def tidied(passage: str) -> str:
    """A passage without what the style rules forbid in a leaf: white space at the ends of lines, and blank lines.

    Of these, up to two stay between others. Line ends become newlines.
    """
    text = _TRAILING.sub("", passage.replace("\r\n", "\n").replace("\r", "\n"))
    ended = "\n" if text.endswith("\n") else ""
    text = _MANY_BLANK_LINES.sub("\n\n\n", text).strip("\n")
    return text + ended if text else ""


def context_block(passage: str, indent: int) -> str:
    """A passage as the value of a key, to be written after `context: `; ends with a newline.

    `indent` is the column of the text, two more than that of its key. No line is wrapped, and what is read back is
    `tidied(passage)`. It is a literal block, in which markdown stays readable; a passage with a character that no block
    can hold goes into double quotes, line by line.
    """
    text = tidied(passage)
    if not text:
        return '""\n'
    margin = " " * indent
    lines = text.removesuffix("\n").split("\n")
    if not fits_block(text):
        ended = "\\n" if text.endswith("\n") else ""
        parts = [_continued(line) if number else escaped(line) for number, line in enumerate(lines)]
        return '"' + f"\\n\\\n{margin}".join(parts) + f'{ended}"\n'
    # Without the number, the white space before the first line would count as indentation.
    head = "|" + ("2" if text[0] in " \t" else "") + ("" if text.endswith("\n") else "-")
    return "\n".join([head, *(margin + line if line else "" for line in lines)]) + "\n"


def _continued(line: str) -> str:
    """A line of a quoted text, after a line break that does not count."""
    return f"\\{escaped(line)}" if line.startswith(" ") else escaped(line)
