"""The workbench: panes as modes, the watch over the jobs, help, palette, and leaving."""

from __future__ import annotations

import asyncio
import re
import signal
import termios
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.events import Event
from textual.filter import LineFilter
from textual.screen import Screen
from textual.signal import Signal
from textual.worker import Worker, WorkerState

from core import paths
from core.errors import LabtopError
from core.jobs.board import JobBoard
from core.jobs.folder import JobStore
from core.taxonomy.git.changes import DEFAULT_BASE
from core.taxonomy.rules.options import AdviceOptions
from tui.ahead import prepare_panes
from tui.context import Context
from tui.defects import as_labtop_error
from tui.fast_painting import joined, make_caches_when_used
from tui.garbage import collect_in_quiet_moments
from tui.guide import GuideActions
from tui.input_queue import InputQueue, UserInput
from tui.job_ends import JobEnds
from tui.panes import PANES, PaneEntry, pane_entry
from tui.screens.shared.pane import Pane
from tui.steps import StepActions
from tui.themes import DEFAULT_THEME, themes_for
from tui.watch import watch_jobs, watch_pulse
from widgets.glyphs import ASCII, UNICODE
from widgets.shell.plain_filter import PlainFilter
from widgets.shell.scroll_bars import use_plain_scroll_bars

ASCII_KEYS = {"↑": "up", "↓": "down", "←": "left", "→": "right", "⌫": "backspace", "␣": "space"}

PLAIN = PlainFilter()

make_caches_when_used()

BASE_URL = "http://127.0.0.1:8000/v1"
"""Where `labtop model serve` listens by default."""


def _is_closed_without_loss(dialog: Screen[Any]) -> bool:
    return getattr(dialog, "CLOSES_WITHOUT_LOSS", False)


class Workbench(StepActions, GuideActions, JobEnds):
    """Shows one pane at a time; each is built once, when it is opened or in a quiet moment before."""

    TITLE = "labtop"
    CSS_PATH = "app.tcss"
    ESCAPE_TO_MINIMIZE = False
    DEFAULT_MODE = "first"
    """Textual opens this mode at start; it is the first pane, so no empty screen is shown before it."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide"), (160, "-widest")]  # noqa: RUF012
    """For one, two or three columns. A pane that is -widest is -wide, too."""

    VERTICAL_BREAKPOINTS = [(0, "-low"), (22, "-high")]  # noqa: RUF012

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(
                key,
                f"show_pane('{pane.name}')",
                pane.title,
                show=False,
                id=f"view.show-{pane.name}",
                priority=key != pane.key,  # alt and a digit work in text fields and dialogs, too
                tooltip=f"Show the {pane.title} pane.",
            )
            for pane in PANES
            for key in (pane.key, f"alt+{pane.key}")
        ),
        # F1 works in dialogs and text fields, too.
        Binding("f1", "show_help", "Help", id="view.help", priority=True, tooltip="Show this help."),
        Binding("question_mark", "show_help", "Help", show=False, id="view.help", tooltip="Show this help."),
        Binding(
            "ctrl+p,colon",
            "command_palette",
            "Commands",
            id="view.commands",
            tooltip="Find any command, leaf, job, model or conversation by name.",
        ),
        Binding(
            "ctrl+q",
            "quit",
            "Quit",
            id="view.quit",
            priority=True,
            tooltip="Quit the workbench; jobs keep running.",
        ),
        Binding("ctrl+c", "help_quit", show=False, system=True),
    ]

    def __init__(
        self,
        *,
        ascii_only: bool = False,
        taxonomy_path: Path | None = None,
        taxonomy_base: str = DEFAULT_BASE,
        lint: AdviceOptions | None = None,
        base_url: str = BASE_URL,
        model: str | None = None,
        theme: str = DEFAULT_THEME,
        bell: bool = True,
        few_colors: bool = False,
        store: JobStore | None = None,
        settings_file: Path | None = None,
        load_ahead: bool = False,
    ) -> None:
        """With `load_ahead` all panes are built in quiet moments soon after the first one is shown."""
        super().__init__()
        self._themes = themes_for(few_colors=few_colors, no_color=self.no_color)
        for each in self._themes.values():
            self.register_theme(each)
        self.theme = self._themes[theme].name
        use_plain_scroll_bars(ascii_only)
        self.context = Context(
            glyphs=ASCII if ascii_only else UNICODE,
            store=store or JobStore(),
            taxonomy_path=taxonomy_path or paths.current().taxonomy_dir,
            taxonomy_base=taxonomy_base,
            settings_file=settings_file or paths.current().config_file,
            lint=lint or AdviceOptions(),
            base_url=base_url,
            model=model,
            bell=bell,
            tabs=[(pane.key, pane.title, pane.name) for pane in PANES],
            jobs_changed=Signal(self, "jobs changed"),
            pulse_changed=Signal(self, "pulse changed"),
        )
        self._load_ahead = load_ahead
        self._input_queue = InputQueue(self)
        self._board = JobBoard(self.context.store)
        self.context.jobs = self._board.read()
        self._first = PANES[0].name
        self.panes: dict[str, Pane] = {}
        """The panes built so far."""
        for pane in PANES:
            if pane.target:
                self.add_mode(self._mode(pane.name), partial(self._load, pane))

    def _mode(self, name: str) -> str:
        return self.DEFAULT_MODE if name == self._first else name

    def _load(self, entry: PaneEntry) -> Screen[None]:
        pane = self.panes[entry.name] = entry.load(self.context)
        return pane

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [joined((PLAIN, *super().get_line_filters()))]

    def on_notify(self) -> None:
        """Show only the newest notification; several would cover what they are about."""
        self.clear_notifications()
        self.screen.query("ToastHolder").remove()  # Textual leaves it behind, an empty line above the next message

    async def on_event(self, event: Event) -> None:
        if isinstance(event, UserInput) and not event.is_forwarded and not self._input_queue.accept(event):
            return
        await super().on_event(event)

    def on_mount(self) -> None:
        for number in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._terminate, number)
        self.run_worker(self._input_queue.dispatch(), group="keys")
        self.watch_ends()
        self.run_worker(watch_jobs(self.context, self._board), group="jobs", exit_on_error=False)
        self.run_worker(watch_pulse(self.context), group="pulse", exit_on_error=False)
        if self._load_ahead:
            self._prepare_panes()
            quiet = collect_in_quiet_moments(lambda: self._input_queue.quiet_seconds, self._lasting_screens)
            self.run_worker(quiet, group="garbage", exit_on_error=False)

    @work(group="load", exclusive=True, exit_on_error=False)
    async def _prepare_panes(self) -> None:
        modes = [self._mode(pane.name) for pane in PANES if pane.target]
        await prepare_panes(self, modes, lambda: self._input_queue.quiet_seconds)

    def _lasting_screens(self) -> int:
        """How many panes were built; 0 while a dialog is open."""
        return len(self.panes) if len(self.screen_stack) == 1 else 0

    def on_unmount(self) -> None:
        self.context.machine.end()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Report an error of the workbench's own background work as a message."""
        if event.state is WorkerState.ERROR and event.worker.error is not None and self.pane is not None:
            self.pane.show_error(as_labtop_error(event.worker.error))

    async def action_show_pane(self, name: str) -> None:
        """Show a pane. A dialog in which something may have been typed stays open, and the pane behind it, too."""
        if not isinstance(self.screen, Pane):
            if len(self.screen_stack) > 2 or not _is_closed_without_loss(self.screen):
                self.notify("First close this dialog with esc; what was typed in it is lost then.", timeout=3)
                return
            await self.screen.dismiss(None)
        await self.switch_to(pane_entry(name))

    async def switch_to(self, entry: PaneEntry) -> None:
        """Show a pane; one that does not exist yet is the Jobs pane with the jobs of its kinds."""
        shown = entry if entry.target else pane_entry("jobs")
        await self.show_mode(self._mode(shown.name))
        if shown.name == "jobs":
            self.panes["jobs"].show_kinds(entry.name, entry.kinds)  # type: ignore[attr-defined]

    async def use_taxonomy(self, folder: Path, base: str) -> None:
        """Work on another taxonomy from now on; unsaved text of the one before is kept for it."""
        self.context.taxonomy_path, self.context.taxonomy_base = folder, base
        if is_shown := self.current_mode == "taxonomy":
            await self.switch_to(PANES[0])
        async with self._building:
            if "taxonomy" in self.panes:
                self.panes["taxonomy"].keep_unsaved()
                del self.panes["taxonomy"]
                await self.remove_mode("taxonomy")
                self.add_mode("taxonomy", partial(self._load, pane_entry("taxonomy")))
        if is_shown:
            await self.switch_to(pane_entry("taxonomy"))
        elif self._load_ahead:
            self._prepare_panes()

    async def action_show_job(self, job: str) -> None:
        """Show a job in the Jobs pane."""
        await self.switch_to(pane_entry("jobs"))
        self.panes["jobs"].show_job(job)  # type: ignore[attr-defined]

    async def action_show_training(self, job: str) -> None:
        """Show a training in the Train pane."""
        await self.switch_to(pane_entry("train"))
        self.panes["train"].show_training(job)  # type: ignore[attr-defined]

    def get_key_display(self, binding: Binding) -> str:
        """Keys as they are written everywhere, such as F8 and enter, in ASCII if requested."""
        shown = super().get_key_display(binding).replace("⏎", "enter")
        if self.context.glyphs.ascii_only:
            shown = ASCII_KEYS.get(shown, shown)
        return re.sub(r"\bf(?=\d)", "F", shown)

    def _terminate(self, number: int) -> None:
        """Exit because the terminal is gone or the process is being ended: no user can be asked."""
        for pane in self.panes.values():
            with suppress(LabtopError):
                pane.keep_unsaved()
        try:
            termios.tcgetattr(0)
        except termios.error:  # the terminal is gone: writing to it would block forever
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        self.exit(return_code=128 + number)

    async def action_quit(self) -> None:
        """Quit, after asking about unsaved text."""
        from tui.screens.shared.confirm import ConfirmDialog

        if not isinstance(self.screen, ConfirmDialog):  # already asking
            self._quit()

    @work(group="quit", exclusive=True, exit_on_error=False)
    async def _quit(self) -> None:
        from tui.screens.shared.confirm import ConfirmDialog

        for pane in self.panes.values():
            lost = pane.unsaved()
            if lost is None:
                continue
            dialog = ConfirmDialog(
                f"{lost} is not saved.",
                [
                    ("save", "Save and quit"),
                    ("discard", "Quit without saving"),
                ],
                self.context.glyphs,
                safe=["save"],
            )
            answer = await self.push_screen_wait(dialog)
            if answer is None or (answer == "save" and not await pane.save_all()):
                return
        self.exit()
