"""The turns of a conversation: question, reply with its figures, and remarks."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Markdown, Static
from textual.widgets.markdown import MarkdownStream

from core.figures import duration
from widgets.glyphs import Glyphs


class Question(Static):
    """The user's question, as typed."""

    DEFAULT_CSS = """
    Question { padding: 0 2; margin-top: 1; color: $text-primary; text-style: bold; }
    """

    def __init__(self, text: str) -> None:
        super().__init__(text, markup=False)


class Remark(Static):
    """A message of the workbench between the turns."""

    DEFAULT_CSS = """
    Remark { padding: 0 2; margin-top: 1; color: $foreground-muted; }
    Remark.-error { color: $text-error; }
    """

    def __init__(self, text: str, *, is_error: bool = False) -> None:
        super().__init__(text, markup=False, classes="-error" if is_error else "")


class PlainMarkdown(Markdown):
    """Markdown with bullets that every terminal can show."""

    BULLETS = ["* ", "- "]  # noqa: RUF012


class Reply(Vertical):
    """The model's reply, as it arrives. Links in it are plain text, so nothing a model writes can be opened."""

    DEFAULT_CSS = """
    Reply { height: auto; margin-top: 1; }
    Reply .reply-figures { padding: 0 2; color: $foreground-muted; height: 1; }
    """

    def __init__(self, glyphs: Glyphs, text: str = "") -> None:
        super().__init__()
        kind = PlainMarkdown if glyphs.ascii_only else Markdown
        self._markdown = kind(text, open_links=False)
        self._figures = Static("", classes="reply-figures")

    def compose(self) -> ComposeResult:
        yield self._markdown
        yield self._figures

    def stream(self) -> MarkdownStream:
        """The stream to write pieces to; pieces are drawn together, as fast as the screen allows."""
        return Markdown.get_stream(self._markdown)

    def show_figures(self, seconds: float, tokens: int, rate: float | None, ended: str = "") -> None:
        """Show the time since the question, the tokens so far (servers send about one per piece), and tokens/s."""
        self._figures.update(Content(figures_text(seconds, tokens, rate, ended)))


def figures_text(seconds: float, tokens: int, rate: float | None, ended: str = "") -> str:
    """The line below a reply."""
    parts = [f"{seconds:.1f} s" if seconds < 60 else duration(seconds)]
    if tokens:
        parts.append("1 token" if tokens == 1 else f"{tokens:,} tokens")
    if rate is not None:
        parts.append(f"{rate:.0f} tokens/s" if rate >= 10 else f"{rate:.1f} tokens/s")
    if ended:
        parts.append(ended)
    return ", ".join(parts)
