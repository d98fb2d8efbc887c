"""Leaves that hypothesis lays out: valid YAML with any white space."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

WORDS = st.sampled_from(["bird", "sings: loud", "# no comment", "- item", "a  b", "'", '"', "é😀", "?", "[x]", "\\ "])

COMMENTS = st.sampled_from(["", "", "", "", "# note", "#", "#  note  "])


class Layout:
    """Draws one leaf's text; every line has the white space that hypothesis likes."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.lines: list[str] = []

    def number(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def chance(self, one_in: int) -> bool:
        return self.draw(st.integers(1, one_in)) == one_in

    def add(self, line: str) -> None:
        trailing = " " * self.number(1, 2) if line and self.chance(12) else ""
        self.lines.append(line + trailing)

    def between(self) -> None:
        """Blank lines and comments between two lines."""
        if self.chance(8):
            self.lines += [self.draw(st.sampled_from(["", "", " ", "     "]))] * self.number(1, 4)
        if self.chance(12):
            self.lines.append(" " * self.number(0, 9) + self.draw(COMMENTS))

    def text(self, margin: int, head: str) -> None:
        """A text after a key or a dash, in any of YAML's styles; its further lines are indented beyond `margin`."""
        lines = self.draw(st.lists(WORDS, min_size=1, max_size=3))
        style = self.number(0, 5)
        spaces = " " * self.number(1, 3)
        inner = margin + self.number(1, 4)
        if style == 0:
            return self.add(f"{head}{spaces}plain words{self.comment()}")
        if style == 1:
            quoted = f"\n{' ' * inner}".join(line.replace("'", "''") for line in lines)
            return self.extend(f"{head}{spaces}'{quoted}'")
        if style == 2:
            quoted = f"\\n\\\n{' ' * inner}".join(line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
            return self.extend(f'{head}{spaces}"{quoted}"')
        if style == 3:
            folded = f"\n{' ' * inner}".join(["plain", *("words" for _ in lines)])
            return self.extend(f"{head}{spaces}{folded}")
        counted = self.chance(4)
        sign = self.draw(st.sampled_from(["|", "|-", "|+", ">", ">-", ">+"]))
        self.add(f"{head}{spaces}{sign}{inner - margin if counted else ''}{self.comment()}")
        for number, line in enumerate(lines):
            more = " " * self.number(0, 3) if number or counted else ""
            self.add(f"{' ' * inner}{more}{line}")
            if self.chance(5):
                self.lines.append(" " * self.number(0, inner + 2))
        return None

    def extend(self, text: str) -> None:
        for line in text.split("\n"):
            self.lines.append(line)

    def comment(self) -> str:
        comment = self.draw(COMMENTS)
        return f" {comment}" if comment else ""

    def mapping(self, value: dict[str, Any], column: int, head: str | None = None) -> None:
        """The keys of a mapping in a column, the first one after `head`."""
        for key, item in value.items():
            if head is None:
                self.between()
            start, head = head if head is not None else " " * column, None
            before = " " if self.chance(20) else ""
            self.value(item, column, f"{start}{key}{before}:")

    def value(self, item: Any, column: int, head: str) -> None:
        if item is None:
            self.text(column, head)
        elif isinstance(item, str):
            self.add(f"{head} {item}")
        elif isinstance(item, dict):
            self.add(f"{head}{self.comment()}")
            self.mapping(item, column + self.number(1, 4))
        else:
            self.add(f"{head}{self.comment()}")
            self.sequence(item, column + self.number(0, 3))

    def sequence(self, items: list[Any], column: int) -> None:
        for item in items:
            self.between()
            dash = f"{' ' * column}-{' ' * self.number(1, 3)}"
            if isinstance(item, dict):
                self.mapping(item, len(dash), dash)
            elif item is None:
                self.text(column, dash.rstrip())
            else:
                self.add(dash + item)


@st.composite
def leaves(draw: st.DrawFn) -> str:
    """A knowledge leaf that parses, its rules of style broken here and there. None is a text of any style."""
    layout = Layout(draw)
    pair = {"question": None, "answer": None}
    seeds = [{"context": None, "questions_and_answers": [pair] * layout.number(1, 3)}] * layout.number(1, 3)
    patterns = draw(st.sampled_from(["a.md", "'*.md'", "[a.md,  b.md]", "[ a.md ,b.md  ]", ["a.md", "'*.md'"], None]))
    layout.mapping(
        {
            "version": "3",
            "created_by": None,
            "seed_examples": seeds,
            "document": {"repo": None, "commit": "abc", "patterns": patterns},
            "document_outline": None,
        },
        draw(st.sampled_from([0, 0, 0, 2])),
    )
    layout.lines += [""] * layout.number(0, 2)
    end = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    return draw(st.sampled_from(["", "", "\ufeff"])) + end.join(layout.lines) + draw(st.sampled_from(["", end]))
