"""A job's state as text: redrawn in place on a terminal, plain lines everywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, Self

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from core.events import Data
from core.figures import duration
from core.jobs.state.job_state import JobState
from core.jobs.state.stage_text import stage_figures
from core.printable import printable_lines
from tui.cli.echo import EchoSwitch

MARKS = {"waiting": "·", "running": "▶", "succeeded": "✓", "failed": "✗", "cancelled": "■"}
STYLES = {"waiting": "dim", "running": "bold", "succeeded": "green", "failed": "red", "cancelled": "yellow"}


BAR_WIDTH = 12
"""Maximum width of a progress bar, in columns."""

NARROWEST_BAR = 4
"""If titles and figures leave fewer columns, no bar is shown."""


class View(Protocol):
    """Shows a job's progress. As a context manager it is in place while the block runs."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *details: object) -> None: ...

    def show(self, state: JobState) -> None:
        """The job's state has changed."""

    def say(self, line: str) -> None:
        """Print a line of its own."""


def view_for(title: str, job: str, *, quiet: bool) -> View:
    """What suits stderr and the user's wish."""
    console = Console(stderr=True)
    if quiet:
        return WarningLines(console)
    live = console.is_terminal and not console.is_dumb_terminal
    return (LivePicture if live else PlainLines)(console, title, job)


class LivePicture:
    """The stages with their bars and figures, redrawn in place on a terminal."""

    def __init__(self, console: Console, title: str, job: str) -> None:
        self._live = Live(console=console, refresh_per_second=4, transient=False)
        self._echo = EchoSwitch()
        self._title = title
        self._job = job

    def __enter__(self) -> Self:
        self._echo.off()
        self._live.__enter__()
        return self

    def __exit__(self, *details: object) -> None:
        self._live.__exit__(None, None, None)
        self._echo.restore()

    def show(self, state: JobState) -> None:
        self._live.update(picture(state, self._title, self._job, self._live.console.width))

    def say(self, line: str) -> None:
        """Print a line above the picture."""
        self._live.console.print(printable_lines(line), markup=False, highlight=False, soft_wrap=True)


def picture(state: JobState, title: str, job: str, width: int) -> RenderableType:
    """The state of a job, at most about 20 lines high; the bar gets the width that titles and figures leave."""
    known = state.estimate
    rows = [(stage, stage_figures(stage, state, known)) for stage in state.stages.values()]
    titles = max((cell_len(stage.title) for stage, _ in rows), default=0)
    room = max(1, width - len("▶ ") - titles - len("  "))
    bar_width = min(BAR_WIDTH, room - max((cell_len(figures) for _, figures in rows), default=0))
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    if has_bar := bar_width >= NARROWEST_BAR:
        table.add_column(width=bar_width)
    table.add_column(no_wrap=True, overflow="ellipsis", max_width=room)
    for stage, figures in rows:
        style = STYLES[stage.status]
        cells: list[RenderableType] = [Text(MARKS[stage.status], style), Text(stage.title, style)]
        if has_bar:
            running = stage.status == "running"
            cells.append(ProgressBar(total=1.0, completed=stage.fraction, width=bar_width) if running else "")
        table.add_row(*cells, Text(figures, "dim"))
    left = known.seconds_left
    head = f"{title}  {job}  {duration(state.seconds)}" + (f", about {duration(left)} left" if left else "")
    parts: list[RenderableType] = [Text(head, "bold"), table]
    if state.stage is not None and state.stage.purpose:
        parts.append(Text(state.stage.purpose, "italic"))
    parts.extend(Text(line, "dim", no_wrap=True, overflow="ellipsis") for line in _newest_sample(state))
    notes = [note for note in state.notes if note.get("level") != "info" or note.get("stage") == state.current]
    parts.extend(Text(_note(note), "dim" if note.get("level") == "info" else "yellow") for note in notes[-3:])
    return Group(*parts)


def _note(note: Data) -> str:
    """A note as a line; only what needs attention is marked."""
    mark = "  " if note.get("level") == "info" else "! "
    return f"{mark}{note['message']}" + (f" {note['hint']}" if note.get("hint") else "")


def _newest_sample(state: JobState) -> Iterator[str]:
    if state.stage is None or not state.stage.id.startswith("generate") or not state.samples:
        return
    sample = state.samples[-1]
    if "question" in sample:
        yield f"Q> {sample['question']}"
        yield f"A> {sample.get('answer', '')}"


FIRST_PAUSE = 10.0
"""Seconds until the first line about a stage's figures; pauses grow to `LONGEST_PAUSE`, which keeps logs short."""

PAUSE_GROWTH = 1.5

LONGEST_PAUSE = 300.0


class PlainLines:
    """One line for each change, for logs and pipes."""

    def __init__(self, console: Console, title: str, job: str) -> None:
        self._console = console
        self._shown: set[tuple[str, str]] = set()
        self._notes = 0
        self._stage: str | None = None
        self._figures: tuple[object, object] = (None, None)
        self._pause = FIRST_PAUSE
        self._due = FIRST_PAUSE
        self._head = f"{title}: job {job}"

    def __enter__(self) -> Self:
        self.say(self._head)
        return self

    def __exit__(self, *details: object) -> None:
        pass

    def show(self, state: JobState) -> None:
        for stage in state.stages.values():
            if stage.status == "waiting" or (stage.id, stage.status) in self._shown:
                continue
            self._shown.add((stage.id, stage.status))
            done = "" if stage.status == "running" else f" ({stage_figures(stage, state)})"
            self.say(f"{MARKS[stage.status]} {stage.title}{done}")
        self._show_figures(state)
        new = state.note_count - self._notes
        for note in state.notes[-new:] if new else ():
            self.say(_note(note))
        self._notes = state.note_count

    def _show_figures(self, state: JobState) -> None:
        """Print the running stage's figures if they have changed, at growing intervals."""
        stage = state.stage
        if stage is None:
            return
        if stage.id != self._stage:
            self._stage, self._figures, self._pause = stage.id, (None, None), FIRST_PAUSE
            self._due = state.seconds + self._pause
        loss = state.metrics.get(stage.id, {}).get("loss")
        figures = (stage.progress and (stage.progress.done, stage.progress.total), loss and loss.newest)
        if state.seconds < self._due or figures == self._figures or not (line := stage_figures(stage, state)):
            return
        self._figures = figures
        self._pause = min(LONGEST_PAUSE, self._pause * PAUSE_GROWTH)
        self._due = state.seconds + self._pause
        self.say(f"  {line}")

    def say(self, line: str) -> None:
        self._console.print(printable_lines(line), markup=False, highlight=False, soft_wrap=True)


class WarningLines:
    """The notes that need attention, and nothing else."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._notes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        pass

    def show(self, state: JobState) -> None:
        new = state.note_count - self._notes
        for note in state.notes[-new:] if new else ():
            if note.get("level") != "info":
                self.say(_note(note))
        self._notes = state.note_count

    def say(self, line: str) -> None:
        self._console.print(printable_lines(line), markup=False, highlight=False, soft_wrap=True)
