"""The part of the Chat pane with all conversations: the list, and what is done with a conversation and its turns."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from textual import getters, on, work

from core import paths
from core.chat.contexts import contexts, resolve_context
from core.chat.export import export
from core.chat.saved import SavedSession, list_sessions
from core.chat.session import Session
from core.chat.turns import Turn as SavedTurn
from core.errors import LabtopError
from core.files import write_atomic
from tui.context import Context
from tui.input_queue import MOVES_FOCUS
from tui.screens.chat.asking import AskingPane
from tui.screens.chat.options_dialog import ChatOptionsDialog, ExportDialog
from tui.screens.shared.confirm import ConfirmDialog
from widgets.chat.chat_turn import Question, Remark, Reply
from widgets.chat.history_input import HistoryInput
from widgets.chat.session_row import file_of, session_row
from widgets.chat.settings_text import settings_text
from widgets.lists.filter_input import FilterInput
from widgets.lists.row_list import RowList
from widgets.shell.frames import set_frame

MAX_CLIPBOARD_BYTES = 74_994
"""Longer texts are dropped by terminals; they are written to a file."""

NO_SESSIONS = "No conversations yet: ask something, and it is saved here."
NO_MATCH = "No conversation contains these words; esc shows all."
SHOWN_SESSIONS = 200


class ConversationsPane(AskingPane):
    """The list is read in a thread, again after each answer."""

    line = getters.query_one("#chat-input", HistoryInput)
    sessions = getters.query_one("#chat-sessions", RowList)
    filter_line = getters.query_one(FilterInput)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._saved: tuple[SavedSession, ...] = ()
        self._search = ""
        self._edited: int | None = None
        """The question that the next text replaces."""
        self._kept: tuple[SavedTurn, ...] = ()
        """The turns that every new conversation begins with."""

    # The list.

    @work(group="sessions", exclusive=True, exit_on_error=False)
    async def read_sessions(self) -> None:
        """Read the list again."""
        self._saved = await asyncio.to_thread(list_sessions, self.store.folder, SHOWN_SESSIONS, self._search)
        now, opened = time.time(), self._session.file
        rows = [session_row(each, self.context.glyphs, now, is_open=each.file == opened) for each in self._saved]
        self.sessions.set_rows(rows, NO_MATCH if self._search else NO_SESSIONS)
        middot = " - " if self.context.glyphs.ascii_only else " · "
        parts = ["Conversations", str(len(rows)), *([f"/{self._search}"] if self._search else [])]
        set_frame(self.query_one("#chat-side"), middot.join(parts))

    def _answered(self) -> None:
        self.read_sessions()

    def on_filter_input_filtered(self, message: FilterInput.Filtered) -> None:
        self._search = message.text
        self.read_sessions()

    def on_filter_input_left(self) -> None:
        self.sessions.focus()

    def action_filter_sessions(self) -> None:
        """Search in all conversations."""
        self.add_class("-sessions")
        self.filter_line.open()

    def search_sessions(self, words: str) -> None:
        """Show the conversations that contain these words."""
        self.action_show_sessions()
        if words:
            self.filter_line.open()
            self.filter_line.value = words

    def action_show_sessions(self) -> None:
        """Go to the list; on narrow screens it takes the place of the conversation."""
        self.add_class("-sessions")
        self.read_sessions()
        self.sessions.focus()

    def leave_sessions(self) -> None:
        """End the search, or else return to the conversation."""
        if self.filter_line.close():
            self.sessions.focus()
        else:
            self._close_list()

    def _close_list(self) -> None:
        self.filter_line.close()
        self.remove_class("-sessions")
        self.line.focus()

    @on(RowList.Opened, "#chat-sessions")
    def action_resume_session(self) -> None:
        """Continue the conversation under the cursor."""
        file = file_of(self.sessions.cursor_key)
        if file is not None:
            self._resume(file)

    @work(group=MOVES_FOCUS, exclusive=True, exit_on_error=False)
    async def _resume(self, file: Path) -> None:
        if file == self._session.file:
            self._close_list()
            return
        self.action_stop_reply()
        session = await asyncio.to_thread(self.store.open, file.stem)
        self.use_session(session)
        self._close_list()

    def use_session(self, session: Session) -> None:
        """Show another conversation, and continue it."""
        if session is not self._session:
            self._session.close()
            self._session = session
        self._failed = self._edited = None
        self._show_session()
        self.show_question_frame()
        self.read_sessions()

    @work(group=MOVES_FOCUS, exit_on_error=False)
    async def action_remove_session(self) -> None:
        """Delete the conversation under the cursor, after asking."""
        file = file_of(self.sessions.cursor_key)
        found = next((each for each in self._saved if each.file == file), None)
        if found is None:
            return
        title = found.title or found.id
        question = f"Remove the conversation {title[:60]!r}?"
        dialog = ConfirmDialog(question, [("remove", "Remove")], self.context.glyphs, detail=f"Deletes {found.file}")
        if await self.app.push_screen_wait(dialog) is None:
            return
        if found.file == self._session.file:
            self.start_new()
        await asyncio.to_thread(self.store.remove, found.id)
        self.read_sessions()

    def action_stop_reply(self) -> None:
        if self._reply is not None:
            self._reply.cancel()

    def start_new(self, keep: tuple[SavedTurn, ...] = ()) -> None:
        """Begin another conversation, with the same settings, and with the turns to keep."""
        self.action_stop_reply()
        self._session.reset(self.store.new().file, keep)
        self.use_session(self._session)
        self._show_head()

    @work(group=MOVES_FOCUS, exit_on_error=False)
    async def action_export_session(self) -> None:
        """Write the conversation to a file."""
        session = self._session
        if not session.turns:
            self.notify("There is nothing to save yet.")
            return
        folder = paths.current().data_dir / "exports"
        stem = session.file.stem if session.file is not None else "chat"
        file = await self.app.push_screen_wait(ExportDialog(folder / f"{stem}.md", self.context.glyphs))
        if file is not None:
            await asyncio.to_thread(file.parent.mkdir, parents=True, exist_ok=True)
            await asyncio.to_thread(export, session, file)
            self.notify(f"Saved {file}", timeout=8, markup=False)

    # Options.

    @work(group=MOVES_FOCUS, exit_on_error=False)
    async def action_change_options(self) -> None:
        """Change what is sent with each question of this conversation."""
        known = await asyncio.to_thread(contexts)
        dialog = ChatOptionsDialog(self._session.settings, [each.name for each in known], self.context.glyphs)
        changed = await self.app.push_screen_wait(dialog)
        if changed is not None:
            self._session.change(**changed)
            self.show_question_frame()

    def set_context(self, text: str) -> None:
        """Use a context by its name, or a system prompt. Raises LabtopError."""
        found = resolve_context(text)
        self._session.change(context=found.name, system_prompt=found.prompt)
        self.show_question_frame()

    def show_question_frame(self) -> None:
        """What the next question is, and what is sent with it."""
        title = "Question" if self._edited is None else "Edit the question; esc leaves it as it was"
        set_frame(self.line, title, settings_text(self._session.settings, self.context.glyphs))

    # Turns.

    @property
    def _marked_turn(self) -> int | None:
        """The number of the marked turn in the conversation."""
        return self.turns.marked.key if self.turns.marked is not None else None

    def action_edit_turn(self) -> None:
        """Put the marked question into the input line; sent from there it begins another branch."""
        if self._marked_turn is not None and self._reply is None:
            self.edit(self._marked_turn)

    def edit(self, question: int) -> None:
        """Let the next text replace a question."""
        self._edited = question
        self.line.value = self._session.turn(question).content
        self.show_question_frame()
        self.line.focus()

    def leave_edit(self) -> None:
        """Leave the edited question as it was."""
        self._edited = None
        self.line.value = ""
        self.show_question_frame()

    def action_branch_turn(self) -> None:
        """Let the next question follow the marked turn; what came after it stays as another branch."""
        if self._marked_turn is not None and self._reply is None:
            self.branch(self._marked_turn)

    def branch(self, turn: int) -> None:
        """Let the next question follow an answer, or take the place of a question."""
        found = self._session.turn(turn)
        self._session.continue_from(turn if found.role == "assistant" else found.parent)
        self._show_session()
        self._add(Remark("The next question follows here; what came after it is kept as another branch."))
        self.line.focus()

    def action_show_branch(self, by: int) -> None:
        """Show the alternative before or after the marked turn, or else the last one that has some."""
        if self._reply is not None:
            return
        marked = self._marked_turn
        numbers = [marked] if marked is not None else [turn.id for turn in reversed(self._session.turns)]
        for number in numbers:
            same = [turn.id for turn in self._session.alternatives(number)]
            if len(same) > 1:
                self._session.show(same[(same.index(number) + by) % len(same)])
                self._show_session()
                return

    @property
    def can_ask_again(self) -> bool:
        """Whether there is a question to send again."""
        return self._failed is not None or bool(self._session.turns)

    def action_ask_again(self) -> None:
        """Send the last question again, for another answer, or because it got none."""
        if self._reply is not None:
            return
        try:
            if self._failed is not None:
                self._session.show(self._failed)
            else:
                self._session.ask_again()
        except LabtopError as error:
            self.show_error(error)
            return
        self._show_session()
        self._reply = self._ask(None)
        self.refresh_bindings()

    def action_copy_turn(self) -> None:
        """Copy the marked turn, or else the last answer."""
        replies = [turn for turn in self.turns.turns if isinstance(turn, Reply)]
        turn = self.turns.marked or (replies[-1] if replies else None)
        if turn is None:
            self.notify("There is no answer to copy yet.")
            return
        kinds = {Question: "the question", Reply: "the answer"}
        self.copy(turn.text, kinds.get(type(turn), "the message"))

    def copy(self, text: str, what: str) -> None:
        """Copy a text by OSC 52, which most terminals support, also over ssh."""
        self.app.copy_to_clipboard(text)
        note = f"Copied {what}: {len(text):,} characters."
        if len(text.encode()) > MAX_CLIPBOARD_BYTES:
            file = paths.current().state_dir / "copied.txt"
            write_atomic(file, text, private=True)
            note = f"{what.capitalize()} is too long for a terminal's clipboard; it is in {file}"
        self.notify(note, markup=False)
