"""Reading questions and commands: one line, or several, with a history."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

PROMPT = ">>> "

_SEVERAL_LINES = (
    '"\\C-m": "\\C-v\\C-j"',
    '"\\C-j": "\\C-v\\C-j"',
    '"\\e\\C-m": accept-line',
    '"\\e\\C-j": accept-line',
)
_ONE_LINE = ('"\\C-m": accept-line', '"\\C-j": accept-line')
"""What Enter does, in readline's notation: inserts a line feed, and Alt+Enter or Esc Enter ends; or ends."""


class LineReader:
    """Reads from the terminal, or the lines of a pipe."""

    def __init__(self, console: Console, *, vi_mode: bool = False) -> None:
        self._console = console
        self._vi_mode = vi_mode
        self._history: Path | None = None
        self._prefill = ""
        self.interactive = sys.stdin.isatty() and sys.stdout.isatty()
        self.several_lines = False
        """Whether questions have several lines."""
        self._once = False
        self._cancels = False
        """Whether Ctrl+C ends the reading in place of clearing the line."""

    def open_history(self, file: Path) -> None:
        """Let the arrow keys recall lines of this and earlier chats."""
        if not self.interactive:
            return
        import readline

        # Python switches it off; with it, pasted line ends do not end the question.
        readline.parse_and_bind("set enable-bracketed-paste on")
        if self._vi_mode:
            readline.parse_and_bind("set editing-mode vi")
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)
            readline.read_history_file(file)
            self._history = file

    def read_several_lines_once(self) -> None:
        """The next question has several lines."""
        self._once = True

    def edit(self, text: str) -> str | None:
        """The text after the user has edited it; None if they cancelled with Ctrl+C or Ctrl+D."""
        self._prefill = text
        self._once = "\n" in text
        self._cancels = True
        try:
            return self.read("edit")
        finally:
            self._cancels = self._once = False
            self._prefill = ""

    def read(self, context: str) -> str | None:
        """The next line or lines, with the context's name at the right; None at the end of input.

        Ctrl+C clears what was typed.
        """
        several = self.several_lines or self._once
        if not self.interactive:
            self._once = False
            return self._read_pipe(several)
        while True:
            label = f"[{'M' if several else 'S'}][{context}]"
            try:
                self._console.print(Text(label.rjust(self._console.width - 1), style="dim", end=""), end="\r")
                line = self._input(several)
            except EOFError:
                click.echo()
                return None
            except KeyboardInterrupt:
                if self._cancels:
                    click.echo()
                    return None
                click.echo("\n(to leave, type exit or press Ctrl+D)")
                continue
            self._once = False
            self._remember(line)
            return line

    def _read_pipe(self, several: bool) -> str | None:
        """A line; with `several` all lines until an empty one."""
        lines: list[str] = []
        while line := sys.stdin.readline():
            text = line.rstrip("\n")
            if not several:
                return text
            if not text and lines:
                break
            lines.append(text)
        return "\n".join(lines) if lines else None

    def _input(self, several: bool) -> str:
        import readline

        if "libedit" in (readline.__doc__ or ""):  # has no such bindings
            return _until_empty_line() if several else input(PROMPT)
        prefill, self._prefill = self._prefill, ""
        for binding in _SEVERAL_LINES if several else _ONE_LINE:
            readline.parse_and_bind(binding)
        readline.set_startup_hook(lambda: readline.insert_text(prefill) if prefill else None)
        try:
            return input(PROMPT)
        finally:
            readline.set_startup_hook(None)

    def _remember(self, line: str) -> None:
        if self._history is not None and line.strip() and "\n" not in line:
            import readline

            with suppress(OSError):
                readline.append_history_file(1, self._history)


def _until_empty_line() -> str:
    lines = [input(PROMPT)]
    while line := input("... "):
        lines.append(line)
    return "\n".join(lines)
