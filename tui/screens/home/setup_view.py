"""The guided set-up: the settings, a taxonomy, or the quickstart."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Protocol, cast

from textual import getters, on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.worker import Worker, WorkerState

from core.paths import expanded
from core.quickstart.options import FOLDER
from core.setup.first_run import chosen_settings, remember_taxonomy, write_settings
from core.setup.profile import fitting_profile
from core.setup.state import SetupState, read_setup
from core.system.gpu import GpuReading
from tui.context import Context
from tui.defects import as_labtop_error
from tui.screens.shared.confirm import ConfirmDialog
from tui.screens.shared.pane import Pane
from tui.screens.shared.quickstart import start_quickstart
from widgets.home.framed_lines import FramedLines
from widgets.home.setup_text import SetupPoint, point_line, welcome_lines, wrapped_lines
from widgets.lists.row_list import Row, RowList
from widgets.shell.frames import set_frame

TAXONOMY_POINTS = ("create", "clone", "use")


def shown_path(path: Path) -> str:
    """A path with the home folder as ~."""
    home = expanded("~")
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


class Host(Protocol):
    """The application, which can open another taxonomy."""

    async def use_taxonomy(self, folder: Path, base: str) -> None:
        """Work on another taxonomy from now on."""


class SetupView(Vertical):
    """A list of points, each of which may be done or skipped."""

    DEFAULT_CSS = """
    SetupView {
        #setup-welcome { height: 5; }
        #setup-points { height: 8; }
        #setup-explain { height: 1fr; color: $foreground-muted; }
    }
    """

    points = getters.query_one("#setup-points", RowList)

    class Left(Message):
        """The user is done with the set-up."""

    def __init__(self, context: Context, state: SetupState, gpus: GpuReading | None) -> None:
        super().__init__(id="home-setup")
        self.context = context
        self._state = state
        self._first = state.is_first_run
        self._gpus = gpus

    def compose(self) -> ComposeResult:
        glyphs = self.context.glyphs
        yield FramedLines[bool](
            "welcome to labtop", lambda first, _width, _height: welcome_lines(glyphs, first=first), id="setup-welcome"
        )
        yield RowList(id="setup-points")
        yield FramedLines[str](
            "about this point", lambda text, width, _: wrapped_lines(text, width), id="setup-explain"
        )

    def on_mount(self) -> None:
        set_frame(self.points, "set up", "enter opens a point")
        self._show()
        self.points.focus()

    def show_gpus(self, reading: GpuReading) -> None:
        """The profile follows from the GPUs."""
        if self._gpus is None:
            self._gpus = reading
            self.call_later(self._show)  # after it is mounted, which takes a while on a busy machine

    def _set(self, state: SetupState) -> None:
        self._state = state
        self._show()

    @property
    def _fitting(self) -> str | None:
        return fitting_profile([gpu.name for gpu in self._gpus.gpus]) if self._gpus else None

    @property
    def _machine(self) -> str:
        if self._gpus is None:
            return "its GPUs are not known yet"
        names = [gpu.name or "an unnamed GPU" for gpu in self._gpus.gpus]
        return ", ".join(f"{names.count(name)} x {name}" for name in dict.fromkeys(names)) or "no NVIDIA GPU"

    def _list(self) -> list[SetupPoint]:
        state = self._state
        profile = (self._fitting or "none").removesuffix(".yaml")
        settings = (
            shown_path(state.settings_file) if state.has_settings else f"with comments; training profile: {profile}"
        )
        taxonomy = (
            shown_path(state.taxonomy) if state.has_taxonomy else "a folder with a git repository and a first commit"
        )
        ready = state.has_settings and state.has_taxonomy
        return [
            SetupPoint("settings", "Settings", settings, state.has_settings),
            SetupPoint("create", "New taxonomy", taxonomy, state.has_taxonomy),
            SetupPoint("clone", "Clone a taxonomy", "from the address of a git repository"),
            SetupPoint("use", "Use a folder", "that holds a taxonomy already"),
            SetupPoint("quickstart", "Quickstart", "all five steps on a sample, about 3 to 20 minutes"),
            SetupPoint("leave", "Go to Home" if ready else "Skip", "", is_point=False),
        ]

    def _show(self) -> None:
        points, glyphs = self._list(), self.context.glyphs
        untouched = self._first and not any(point.done for point in points)
        self.query_one("#setup-welcome", FramedLines).show(untouched)
        self.points.set_rows([Row(point.key, point, partial(point_line, point, glyphs=glyphs)) for point in points])
        self._explain()

    @on(RowList.Moved)
    def _explain(self) -> None:
        self.query_one("#setup-explain", FramedLines).show(self._explanation(str(self.points.cursor_key)))

    def _explanation(self, key: str) -> str:
        folder, file = shown_path(self.context.taxonomy_path), shown_path(self._state.settings_file)
        return {
            "settings": f"Writes {file}: every setting with its default and a comment. The training profile is for "
            f"the GPUs of this machine ({self._machine}). An existing file is overwritten only if you confirm it.",
            "create": "A taxonomy holds what the model is to learn: leaves with questions, answers and documents. A "
            f"new one gets a folder (default: {folder}), a git repository, a README and a first commit.",
            "clone": f"Clones a taxonomy that exists elsewhere, by default to {folder}. It can be stopped; then "
            "nothing is kept.",
            "use": "Opens a taxonomy that is on this machine already. Nothing in it is changed.",
            "quickstart": "Teaches a tiny model a small sample, without downloads and on the CPU, and shows all five "
            f"steps. It writes to {Path.cwd() / FOLDER}. It needs neither settings nor a taxonomy.",
            "leave": 'The command palette (ctrl+p) opens this again: "home: Set up".',
        }.get(key, "")

    @on(RowList.Opened)
    def _open(self, message: RowList.Opened) -> None:
        key = str(message.key)
        if key == "settings":
            self._write_settings()
        elif key in TAXONOMY_POINTS:
            self._prepare_taxonomy(key)
        elif key == "quickstart":
            self._start_quickstart()
        else:
            self.post_message(self.Left())

    @work(group="act", exclusive=True, exit_on_error=False)
    async def _write_settings(self) -> None:
        # Imported here, as in the next action: the dialogs are needed once, and would delay every start.
        from core.taxonomy.git.create import CreatedTaxonomy
        from tui.screens.home.profile_dialog import ProfileDialog

        file, glyphs = self._state.settings_file, self.context.glyphs
        if self._state.has_settings:
            dialog = ConfirmDialog(f"{file} exists. Overwrite it?", [("overwrite", "Overwrite")], glyphs)
            if await self.app.push_screen_wait(dialog) is None:
                return
        profile = await self.app.push_screen_wait(ProfileDialog(file, self._fitting, self._machine, glyphs))
        if profile is None:
            return
        folder, base = self.context.taxonomy_path, self.context.taxonomy_base
        own = self._state.has_taxonomy and CreatedTaxonomy(folder, base)
        await asyncio.to_thread(write_settings, file, chosen_settings(profile=profile or None), overwrite=True)
        if own:
            await asyncio.to_thread(remember_taxonomy, own, file)
        await self._done("create")

    @work(group="act", exclusive=True, exit_on_error=False)
    async def _prepare_taxonomy(self, key: str) -> None:
        from tui.screens.home.taxonomy_dialog import CLONE, CREATE, USE, TaxonomyDialog, author_known

        context, form = self.context, {"create": CREATE, "clone": CLONE, "use": USE}[key]
        known = form is not CREATE or await asyncio.to_thread(author_known, context.taxonomy_path)
        dialog = TaxonomyDialog(form, context.taxonomy_path, context.glyphs, author_known=known)
        created = await self.app.push_screen_wait(dialog)
        if created is None:
            return
        await asyncio.to_thread(remember_taxonomy, created, self._state.settings_file)
        await cast(Host, self.app).use_taxonomy(created.folder, created.base)
        if created.note:
            self.app.notify(created.note, severity="warning", markup=False)
        await self._done("leave" if self._state.has_settings else "settings")

    @work(group="act", exclusive=True, exit_on_error=False)
    async def _start_quickstart(self) -> None:
        if await start_quickstart(self.app, self.context) is not None:
            self.post_message(self.Left())

    async def _done(self, following: str) -> None:
        """Show the new state, with the cursor on what comes next."""
        self._set(await asyncio.to_thread(read_setup, self.context.taxonomy_path, self._state.settings_file))
        ready = self._state.has_settings and self._state.has_taxonomy
        self.points.move_to_key("leave" if ready else following)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            cast(Pane, self.screen).show_error(as_labtop_error(event.worker.error))
