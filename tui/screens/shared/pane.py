"""The base class of all panes: tabs at the top, keys at the bottom, and hooks for unsaved work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, ClassVar, Self, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.events import ScreenResume
from textual.signal import Signal
from textual.widget import Widget
from textual.worker import Worker, WorkerState

from core.errors import LabtopError
from core.jobs.observe import Observation
from core.system.pulse import Pulse
from tui.context import Context
from tui.defects import as_labtop_error
from tui.fast_screens import FastScreen
from tui.screens.shared.shapes import shape_classes
from widgets.shell.key_footer import KeyFooter
from widgets.shell.pane_tabs import PaneTabs

Data = TypeVar("Data")


class Pane(FastScreen[None]):
    """One pane of the workbench."""

    NAME: ClassVar[str]
    """As in `tui.panes`; also the part before the dot in the ids of the pane's bindings."""

    ABOUT: ClassVar[str]
    """What the pane is for and how it is used, in a few sentences, for the help."""

    PARTS: ClassVar[tuple[type[Widget], ...]] = ()
    """The widgets of the pane that have actions of their own, which the palette lists."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self._missed: dict[Callable[[Any], object], object] = {}
        """What was published while the pane was hidden."""
        self._opening = asyncio.Event()
        """Set when the pane is opened, and then replaced by a new one."""
        self.set_class(context.glyphs.ascii_only, "-ascii")

    def compose(self) -> ComposeResult:
        self.update_classes(shape_classes(self.app), update=False)
        yield PaneTabs(self.context.tabs, self.NAME, self.context.glyphs)
        yield from self.compose_body()
        yield KeyFooter()

    def update_classes(self, classes: Mapping[str, bool], update: bool = True, animate: bool = True) -> Self:
        """Change classes; a screen of the widest shape also has the class of the wide one."""
        if classes.get("-widest"):
            classes = {**classes, "-wide": True}
        return super().update_classes(classes, update, animate)

    def compose_body(self) -> ComposeResult:
        """The widgets between tabs and footer."""
        raise NotImplementedError

    def on_mount(self) -> None:
        self._show_running(self.context.jobs)
        self.follow(self.context.jobs_changed, self._show_running)
        self._show_pulse(self.context.pulse)
        self.follow(self.context.pulse_changed, self._show_pulse)

    def follow(self, signal: Signal[Data], callback: Callable[[Data], object]) -> None:
        """Call it with what a signal publishes, but while the pane is hidden, only with the newest when it is shown."""

        def take(data: Data) -> None:
            if self in self.app.screen_stack:
                self._missed.pop(callback, None)  # the pane may not have handled yet that it is shown
                callback(data)
            else:
                self._missed[callback] = data

        signal.subscribe(self, take)

    @on(ScreenResume)
    def _catch_up(self) -> None:
        missed, self._missed = self._missed, {}
        for callback, data in missed.items():
            callback(data)

        self._opening.set()
        self._opening = asyncio.Event()

    async def pause(self, seconds: float) -> None:
        """Wait so long, or until the pane is opened, since what it shows is old then."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._opening.wait()

    @on(ScreenResume)
    def _keep_styles(self, event: ScreenResume) -> None:
        """Keep the styles of all widgets, since what changes them applies to hidden panes, too. It saves 20 ms."""
        event.refresh_styles = False

    def _show_pulse(self, pulse: Pulse) -> None:
        self.query_one(PaneTabs).pulse = pulse

    def on_screen_resume(self) -> None:
        for footer in self.query(KeyFooter):  # none before the first composition
            footer.update_soon()

    def _show_running(self, _jobs: tuple[Observation, ...]) -> None:
        self.query_one(PaneTabs).running = self.context.running

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show the error of a failed worker, without ending the workbench."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self.show_error(as_labtop_error(event.worker.error))

    def is_ready(self) -> bool:
        """Whether the pane has read what its actions apply to."""
        return True

    async def wait_until_ready(self) -> None:
        """Wait until a pane that was just opened is ready, for two seconds at most."""
        for _ in range(40):
            if self.is_ready():
                return
            await asyncio.sleep(0.05)

    def unsaved(self) -> str | None:
        """What would be lost if the workbench closed now, in a few words; None if nothing would be."""
        return None

    async def save_all(self) -> bool:
        """Save all unsaved text; return whether everything is saved."""
        return True

    def keep_unsaved(self) -> None:
        """Store unsaved text for the next start, since the user can no longer be asked. Raises LabtopError."""

    def show_error(self, error: LabtopError) -> None:
        """Show an error's message and hint as a notification."""
        text = error.message if error.hint is None else f"{error.message}\n{error.hint}"
        self.notify(text, severity="error", timeout=8, markup=False)
