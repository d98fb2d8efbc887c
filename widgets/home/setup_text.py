"""The set-up as lines of text."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap

from textual.content import Content

from widgets.glyphs import STATUS_STYLES, Glyphs
from widgets.text_width import cut, cut_start

NAME_WIDTH = 22


@dataclass(frozen=True)
class SetupPoint:
    """One point of the set-up, which can be done, or is done already."""

    key: str
    name: str
    detail: str
    """What it does, or once it is done its result."""
    done: bool = False
    is_point: bool = True
    """False for a row that only leads on."""


def point_line(point: SetupPoint, width: int, glyphs: Glyphs) -> Content:
    """Symbol, name and detail."""
    status = "succeeded" if point.done else "queued"
    sign = glyphs.status[status] if point.is_point else " "
    word = "done: " if point.done else ""
    room = max(0, width - NAME_WIDTH - 5)
    return Content.assemble(
        (f" {sign} ", STATUS_STYLES[status]),
        (f"{point.name:<{NAME_WIDTH}}", "bold"),
        (" " + word, STATUS_STYLES[status]),
        ((cut_start if point.done else cut)(point.detail, max(0, room - len(word)), glyphs), "$foreground-muted"),
    )


def welcome_lines(glyphs: Glyphs, *, first: bool) -> list[Content]:
    """What labtop is for, and its five steps."""
    arrow = ">" if glyphs.ascii_only else "▶"
    steps = ("write a taxonomy", "generate data", "train", "evaluate", "serve, chat")
    line = f" {arrow} ".join(f"{number} {step}" for number, step in enumerate(steps, 2))
    return [
        Content("labtop teaches a language model what you write down, by the LAB method:"),
        Content.styled(line, "bold"),
        Content.styled(
            "Nothing is set up on this machine yet. Each point below may be skipped."
            if first
            else "What is set up on this machine. Each point below may be done again.",
            "$foreground-muted",
        ),
    ]


def wrapped_lines(text: str, width: int, style: str = "$foreground-muted") -> list[Content]:
    """A text in lines of a width."""
    return [Content.styled(line, style) for line in wrap(text, max(10, width))]
