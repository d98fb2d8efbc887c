"""Help, and the command palette with everything that it offers."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from textual import work
from textual.binding import Binding
from textual.theme import Theme
from textual.widgets import Input, TextArea

from core import paths
from core.commands.form_table import FORMS
from core.errors import LabtopError
from core.figures import size
from core.files import write_atomic
from tui.context import Context
from tui.defects import as_labtop_error
from tui.fast_screens import FastScreens
from tui.input_queue import RUNS_COMMAND
from tui.panes import PANES, PaneEntry, pane_entry
from tui.screens.shared.pane import Pane
from tui.themes import THEMES

if TYPE_CHECKING:
    from tui.palette.actions import PaneAction
    from tui.palette.dialog import PaletteDialog
    from tui.palette.entry import Entry
    from tui.palette.found import Found
    from tui.screens.shared.help import HelpDialog

KEYLESS_FORMS = ("run", "quickstart", "chat")
"""The forms without a key; the others are actions."""


class GuideActions(FastScreens, inherit_bindings=False):
    """Opens help and palette, whose entries come from the classes of the panes, from disk, and from the jobs."""

    context: Context
    panes: dict[str, Pane]
    """The panes built so far."""

    _themes: Mapping[str, Theme]
    """By their names in the settings."""

    _help: HelpDialog | None = None

    _found: Found | None = None
    """What was read from disk when the palette was last open."""

    @property
    def pane(self) -> Pane | None:
        """The pane that is shown, possibly behind a dialog."""
        bottom = self.screen_stack[0]
        return bottom if isinstance(bottom, Pane) else None

    async def switch_to(self, entry: PaneEntry) -> None:
        """Show a pane; one that does not exist yet is the Jobs pane with the jobs of its kinds."""
        raise NotImplementedError

    async def show_mode(self, mode: str) -> None:
        """Switch to a mode. Raises LabtopError if its pane cannot be built."""
        try:
            await super().show_mode(mode)
        except Exception as error:
            raise as_labtop_error(error) from error

    async def run_action(self, *arguments: Any, **options: Any) -> bool:
        """Run an action; a LabtopError, such as that a pane cannot be built, is shown and does not end the app."""
        try:
            return await super().run_action(*arguments, **options)
        except LabtopError as error:
            if self.pane is None:
                raise
            self.pane.show_error(error)
            return True

    # Help.

    def action_show_help(self) -> None:
        """Show the keys of the pane or dialog that is open; close the help if it is open."""
        from tui.screens.shared.help import HelpDialog, HelpTopic
        from tui.screens.shared.help_keys import key_rows

        screen = self.screen
        if isinstance(screen, HelpDialog):
            screen.action_close()
            return
        rows = key_rows(screen, self.get_key_display, in_dialog=not isinstance(screen, Pane))
        if isinstance(screen, Pane):
            title, name, about = pane_entry(screen.NAME).title, screen.NAME, screen.ABOUT
        else:
            title, name, about = "this dialog", "dialog", ""
        dialog = self.help_dialog()
        dialog.show(HelpTopic(title, name, about, rows))
        self.push_screen(dialog)

    def help_dialog(self) -> HelpDialog:
        """The only one; it is kept when it is closed, and shows what it is given next."""
        if self._help is None:
            from tui.screens.shared.help import HelpDialog

            self._help = HelpDialog(self.context.glyphs)
            self.install_screen(self._help, "help")
        return self._help

    def action_set_theme_named(self, name: str) -> None:
        """Use a theme, by its name in the settings, and store it there if there is a settings file."""
        self.theme = self._themes[name].name
        self._save_theme(name)

    @work(thread=True, exclusive=True, group="theme", exit_on_error=False)
    def _save_theme(self, name: str) -> None:
        from core.config.edit import set_settings

        if self.context.settings_file.exists():  # otherwise the first run's set-up would not be shown again
            set_settings(self.context.settings_file, {"workbench": {"theme": name}})

    # The palette.

    def action_command_palette(self) -> None:
        if isinstance(self.screen, Pane):
            self._open_palette()

    @work(group=RUNS_COMMAND, exclusive=True, exit_on_error=False)
    async def _open_palette(self) -> None:
        from tui.palette.dialog import PaletteDialog

        known = await asyncio.to_thread(self._pane_actions)  # imports the panes that were not opened yet
        dialog = PaletteDialog(self._entries(known, self._found), self.context.glyphs, reading=True)
        self.push_screen(dialog, self._chosen)
        self._read_found(dialog, known)

    @work(group="palette", exclusive=True, exit_on_error=False)
    async def _read_found(self, dialog: PaletteDialog, known: Mapping[str, list[PaneAction]]) -> None:
        from tui.palette.found import read_found

        self._found = await asyncio.to_thread(read_found, self.context.taxonomy_path)
        dialog.set_entries(self._entries(known, self._found))

    def _chosen(self, entry: Entry | None) -> None:
        if entry is not None:
            self._run_entry(entry)

    @work(group=RUNS_COMMAND, exit_on_error=False)
    async def _run_entry(self, entry: Entry) -> None:
        result = entry.run()
        if inspect.isawaitable(result):
            await result

    # Its entries.

    def _pane_actions(self) -> dict[str, list[PaneAction]]:
        """The actions of each pane by its name; those of the workbench have the empty name."""
        from tui.palette.actions import PaneAction, actions_of, declared_bindings

        found = {"": [PaneAction(binding, "") for binding in declared_bindings(type(self))]}
        for entry in PANES:
            if entry.target:
                found[entry.name] = list(actions_of(entry.pane_class()))
        return found

    def _entries(self, known: Mapping[str, list[PaneAction]], found: Found | None) -> list[Entry]:
        """Everything, beginning with what is most likely to be wanted: the actions of the pane that is shown."""
        here = self.pane.NAME if self.pane else ""
        order = [here, "", *(name for name in known if name not in ("", here))]
        entries = [self._action_entry(action) for name in order for action in known.get(name, ())]
        mine = [entry for entry in entries if entry.available]
        return [
            *mine,
            *self._tool_entries(),
            *(entry for entry in entries if not entry.available),
            *self._opened_entries(found),
        ]

    def _action_entry(self, action: PaneAction) -> Entry:
        from tui.palette.actions import applies, target_of
        from tui.palette.entry import Entry

        binding, pane = action.binding, self.pane
        available = True
        if action.pane and pane is not None and action.pane == pane.NAME:
            node = target_of(action, pane)
            available = node is not None and applies(node, binding.action)
        key = binding.key_display or self.get_key_display(Binding(binding.key.partition(",")[0], "", ""))
        return Entry(
            action.name, binding.tooltip or binding.description, partial(self._run_action, action), key, available
        )

    async def _run_action(self, action: PaneAction) -> None:
        """Show the pane that has an action, and run it there; say so if it does not apply."""
        from tui.palette.actions import applies, target_of

        if not action.pane:
            await self.run_action(action.binding.action, self)
            return
        if self.pane is None or action.pane != self.pane.NAME:
            await self.switch_to(pane_entry(action.pane))
        pane = self.panes[action.pane]
        await pane.wait_until_ready()
        node = target_of(action, pane)
        if node is None or not applies(node, action.binding.action):
            title = pane_entry(action.pane).title
            self.notify(f"{action.binding.description} does not apply now in {title}.", markup=False)
            return
        if node is not pane and isinstance(node, action.part or Pane) and node.can_focus:
            node.focus()
        await self.run_action(action.binding.action, node)

    def _tool_entries(self) -> Iterator[Entry]:
        from tui.palette.entry import Entry

        for command in KEYLESS_FORMS:
            yield Entry(
                f"start: {FORMS[command].title}",
                f"Open the form of labtop {' '.join(FORMS[command].argv)}.",
                partial(self.run_action, f"app.start_step({command!r})"),
            )
        yield Entry("view: Screenshot", "Save the screen as an SVG file.", self.action_save_picture)
        yield Entry("view: Copy", "Copy the selected text to the clipboard.", self.action_copy_selection, "^c")
        for name in THEMES:
            yield Entry(
                f"theme: {name}",
                "Use it, and store it as workbench.theme if there is a settings file.",
                partial(self.run_action, f"app.set_theme_named({name!r})"),
            )

    def _opened_entries(self, found: Found | None) -> Iterator[Entry]:
        """Jobs, leaves, models and conversations."""
        from tui.palette.entry import Entry

        for job in self.context.jobs:
            show = partial(self.run_action, f"app.show_job({job.spec.id!r})")
            yield Entry(f"job: {job.spec.id} {job.spec.title}", f"{job.status}: show it in the Jobs pane.", show)
        if found is None:
            return
        for leaf in found.leaves:
            yield Entry(f"leaf: {leaf.parent}", "Open it in the Taxonomy pane.", partial(self._open_leaf, leaf))
        for model in found.models:
            text, path = f"{model.format}, {size(model.size)}", str(model.path)
            serve = partial(self.run_action, f"app.serve_model({path!r})")
            if model.format == "gguf":
                yield Entry(f"model: {model.name}", f"{text}: copy its path.", partial(self._copy, path))
            else:
                yield Entry(f"model: {model.name}", f"{text}: serve it.", serve)
        for session in found.sessions:
            date = time.strftime("%Y-%m-%d %H:%M", time.localtime(session.modified))
            title = session.title or session.file.name
            yield Entry(f"session: {title}", f"{date}: resume it in Chat.", partial(self._open_session, session.file))

    # What the entries do.

    async def _open_leaf(self, leaf: PurePosixPath) -> None:
        await self.switch_to(pane_entry("taxonomy"))
        pane = self.panes["taxonomy"]
        await pane.wait_until_ready()
        pane.open_leaf(leaf)  # type: ignore[attr-defined]

    async def _open_session(self, file: Path) -> None:
        await self.switch_to(pane_entry("chat"))
        self.panes["chat"].open_session(file)  # type: ignore[attr-defined]

    def _copy(self, text: str) -> None:
        self.copy_to_clipboard(text)
        self.notify(f"Copied: {text}", markup=False)

    def action_copy_selection(self) -> None:
        """Copy what is selected in the focused text, or on the screen with the mouse."""
        focused = self.screen.focused
        text = focused.selected_text if isinstance(focused, Input | TextArea) else ""
        text = text or self.screen.get_selected_text() or ""
        if text:
            self.copy_to_clipboard(text)
            self.notify(f"Copied {len(text):,} characters.")
        else:
            self.notify("Nothing is selected. Drag over text with the mouse, or press shift and arrows in an editor.")

    def action_save_picture(self) -> None:
        """Save the screen as an SVG file, and say where."""
        stamp = time.strftime("%Y-%m-%dT%H_%M_%S")
        file = paths.current().pictures_dir / f"labtop-{stamp}.svg"
        write_atomic(file, self.export_screenshot())
        self.notify(f"Saved {file}", timeout=10, markup=False)
