"""A job's result as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import Any

from textual.content import Content

from core.workflow.score_tables import score_tables
from widgets.glyphs import Glyphs
from widgets.text_width import cut, fit

RESULT_LINES = 24
"""The most figures that are shown; the command line prints all of them."""

COMPARED = (
    "benchmark", "base", "tuned", "plain", "free", "answers", "phases", "seen_in_training", "multiple_choice", "stages",
    "files",
)  # fmt: skip
"""Parts of a run's result that are shown by the comparison or the stages."""

Data = Mapping[str, Any]


def result_lines(result: Data, width: int, glyphs: Glyphs) -> Iterator[Content]:
    """The comparison of base and tuned model, if any, then the other figures by name."""
    compared = {"benchmark", "base", "tuned", "free"} <= result.keys() and result["base"] is not None
    if compared:
        yield from _comparison(result, width, glyphs)
    flat = list(_flat({name: value for name, value in result.items() if not compared or name not in COMPARED}))
    name_width = min(28, max((len(name) for name, _ in flat), default=0))
    for name, value in flat[:RESULT_LINES]:
        room = max(10, width - name_width - 2)
        yield Content.assemble((fit(name, name_width, glyphs), "$foreground-muted"), "  ", cut(value, room, glyphs))
    if len(flat) > RESULT_LINES:
        yield Content.styled(f"and {len(flat) - RESULT_LINES} more", "$foreground-muted")


def _comparison(result: Data, width: int, glyphs: Glyphs) -> Iterator[Content]:
    """Scores of base and tuned model on the held-out questions, and some of their answers."""
    for table in score_tables(result):
        scores = table.in_ascii() if glyphs.ascii_only else table
        yield Content.styled(cut(scores.title, width, glyphs), "bold")
        head = "".join(f"{name:>16}" for name in scores.columns)
        yield Content.styled(f"{'':<9}{'questions':>10}{head}", "$foreground-muted")
        for kind, questions, figures in scores.rows:
            yield Content(f"{kind:<9}{questions:>10}" + "".join(f"{figure:>16}" for figure in figures))
        if scores.note is not None:
            yield from (Content.styled(line, "italic $foreground-muted") for line in wrap(scores.note, max(20, width)))
        yield Content("")
    for answer in result.get("answers", ()):
        kind = f" ({answer['kind']})" if "kind" in answer else ""
        question = cut(answer["question"], max(10, width - len(kind)), glyphs)
        yield Content.assemble((question, "bold"), (kind, "$foreground-muted"))
        for name in ("base", "tuned", "expected"):
            yield Content.assemble((f"  {name:<10}", "$foreground-muted"), cut(answer[name], width - 12, glyphs))
        yield Content("")


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Figures, one per line, named by their path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and value and not isinstance(value[0], (dict, list)):
        yield name, ", ".join(map(str, value))
    elif isinstance(value, list):
        yield name, f"{len(value)} items"
    elif isinstance(value, float):
        yield name, f"{value:.4g}"
    elif isinstance(value, int) and not isinstance(value, bool):
        yield name, f"{value:,}"
    elif value is not None:
        yield name, str(value)
