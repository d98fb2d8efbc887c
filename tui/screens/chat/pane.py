"""The Chat pane: questions to a served model, replies as they stream in."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from core.chat.commands import parse
from core.chat.compare import LETTERS
from core.serving.registry import ServerRegistry
from tui.fast_screens import call_after_paint
from tui.screens.chat.comparing import ComparingPane
from widgets.chat.chat_turn import Question
from widgets.chat.conversation_view import ConversationView
from widgets.chat.history_input import HistoryInput
from widgets.lists.filter_input import FilterInput
from widgets.lists.row_list import RowList


class ChatPane(ComparingPane):
    """One conversation at a time; each has a file of its own."""

    NAME = "chat"
    ABOUT = (
        "Talk to a model that an OpenAI-compatible endpoint serves, such as `labtop model serve`. esc stops a reply;"
        " up recalls earlier lines; every conversation is saved in a file. From the input line, esc moves to the"
        " replies, where the panes' keys work, and enter moves back. There, up and down mark a turn to copy, to edit or"
        " to branch from. Slash commands are those of `labtop chat`: /h."
    )
    CSS_PATH = "pane.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape,c", "stop_reply", "Stop", id="chat.stop-reply", tooltip="Stop the reply; the text so far is kept."
        ),
        Binding("escape", "leave_edit", "As it was", id="chat.leave-edit", tooltip="Leave the question as it was."),
        Binding("escape", "leave_list", "Back", id="chat.leave-list", tooltip="Return to the conversation."),
        Binding(
            "escape", "leave_line", "Leave", id="chat.leave-line", tooltip="Move to the replies; enter moves back."
        ),
        *(
            Binding(
                letter,
                f"vote('{letter}')",
                f"{letter} is best",
                id=f"chat.vote-{letter.lower()}",
                tooltip=f"Vote: {letter} has the best answer.",
            )
            for letter in LETTERS
        ),
        Binding("T", "vote('tie')", "Equal", id="chat.vote-tie", tooltip="Vote: the answers are equally good."),
        Binding("X", "vote('none')", "None", id="chat.vote-none", tooltip="Vote: none of the answers is good."),
        Binding(
            "enter",
            "edit_turn",
            "Edit",
            id="chat.edit-turn",
            tooltip="Edit the marked question and send it again, as another branch.",
        ),
        Binding(
            "enter",
            "serve_best",
            "Serve the best",
            id="chat.serve-best",
            tooltip="Serve the best model, and chat with it as soon as it answers.",
        ),
        Binding("enter,i", "enter_line", "Write", id="chat.enter-line", tooltip="Move to the input line."),
        Binding("r", "resume_session", "Resume", id="chat.resume-session", tooltip="Continue the conversation."),
        Binding(
            "x,delete",
            "remove_session",
            "Remove",
            id="chat.remove-session",
            tooltip="Delete the conversation under the cursor, after asking.",
        ),
        Binding("y", "copy_turn", "Copy", id="chat.copy-turn", tooltip="Copy the marked turn, or the last answer."),
        Binding(
            "q",
            "explain_turn",
            "Why",
            id="chat.explain-turn",
            tooltip="Show what the training data says about the marked question, or the last one.",
        ),
        Binding(
            "b",
            "branch_turn",
            "Branch",
            id="chat.branch-turn",
            tooltip="Let the next question follow the marked turn; later turns stay as another branch.",
        ),
        Binding(
            "left",
            "show_branch(-1)",
            "Other branch",
            show=False,
            id="list.previous-branch",
            tooltip="Show the branch before.",
        ),
        Binding(
            "right",
            "show_branch(1)",
            "Other branch",
            show=False,
            id="list.next-branch",
            tooltip="Show the next branch.",
        ),
        Binding("slash", "filter_sessions", "Filter", id="chat.filter-sessions", tooltip="Search all conversations."),
        Binding("ctrl+n,n", "start_new", "New", id="chat.start-new", tooltip="Start a new conversation."),
        Binding("ctrl+t", "next_model", "Model", id="chat.next-model", tooltip="Switch to the next served model."),
        Binding(
            "M",
            "choose_models",
            "Models",
            show=False,
            id="chat.choose-models",
            tooltip="Choose a model of any server, or type an endpoint's URL.",
        ),
        Binding(
            "vertical_line",
            "compare_models",
            "Compare",
            key_display="|",
            show=False,
            id="chat.compare-models",
            tooltip="Send each question to several models side by side, or end that.",
        ),
        Binding(
            "ctrl+l", "show_sessions", "Sessions", id="chat.show-sessions", tooltip="Go to the list of conversations."
        ),
        Binding(
            "ctrl+o",
            "change_options",
            "Options",
            id="chat.change-options",
            tooltip="Temperature, seed, length of answers, context and system prompt.",
        ),
        Binding(
            "ctrl+r",
            "ask_again",
            "Again",
            id="chat.ask-again",
            tooltip="Send the last question again, for another answer.",
        ),
        Binding(
            "ctrl+s",
            "export_session",
            "Save",
            show=False,
            id="chat.export-session",
            tooltip="Write the conversation to a file: Markdown, or training data.",
        ),
    ]

    def compose_body(self) -> ComposeResult:
        with Container(id="chat-columns"):
            with Container(id="chat-side", classes="frame"):
                yield RowList(id="chat-sessions")
                yield FilterInput()
            with Container(id="chat-main"):
                with Container(id="chat-views"):
                    yield ConversationView(self.context.glyphs, id="chat-turns", classes="frame -joined")
                yield HistoryInput("Ask something; /h lists the commands", id="chat-input")

    def on_mount(self) -> None:
        self._show_head()
        self.show_question_frame()
        self.line.focus()

    def on_screen_resume(self) -> None:
        self.read_sessions()
        call_after_paint(self, self._import_client)

    def action_next_model(self) -> None:
        if self._model in self._served:
            self._model = self._served[(self._served.index(self._model) + 1) % len(self._served)]
            self._show_head()

    @on(HistoryInput.Submitted)
    def _submit_line(self) -> None:
        if self._reply is not None:
            return  # one at a time; the typed text stays
        text = self.line.take()
        command = parse(text)
        if command is not None:
            self._run_command(command)
        elif text and self.is_comparing:
            self._reply = self._ask_all(text)
            self.show_question_frame()
        elif text:
            self.turns.unmark()
            edited, self._edited = self._edited, None
            if edited is not None:
                self._session.edit(edited, text)
                self._show_session()
                self.show_question_frame()
            self._reply = self._ask(None if edited is not None else text)
            self.refresh_bindings()

    @on(ConversationView.Moved)
    def _show_turn_keys(self) -> None:
        self.refresh_bindings()

    def action_leave_line(self) -> None:
        (self._columns[0] if self._columns else self.turns).focus()

    def action_enter_line(self) -> None:
        self.line.focus()

    def action_leave_edit(self) -> None:
        self.leave_edit()

    def action_leave_list(self) -> None:
        self.leave_sessions()

    def action_start_new(self) -> None:
        if self.is_comparing:
            self.clear_comparison()
        else:
            self.start_new(self._kept)
        self.remove_class("-sessions")
        self.line.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide keys that do not apply now."""
        if not self.is_mounted:
            return True
        typing, listing = self.focused is self.line, self.focused is self.sessions
        marked = self._marked_turn is not None and self.focused is self.turns
        question = marked and isinstance(self.turns.marked, Question)
        if action == "vote":
            known = parameters[0] in ("tie", "none", *LETTERS[: len(self._columns)])
            return self.can_vote and not typing and known
        comparing, busy = self.is_comparing, self._reply is not None
        empty = typing and not self.line.text and not comparing
        return {
            "serve_best": self._best is not None and self._model is None and empty and not busy,
            "choose_models": not typing,
            "compare_models": not typing,
            "stop_reply": busy,
            "leave_edit": self._edited is not None and typing and not busy,
            "leave_list": listing,
            "leave_line": not busy and typing and self._edited is None,
            "edit_turn": question and not busy,
            "enter_line": not typing and not question,
            "filter_sessions": not typing and not comparing,
            "next_model": len(self._served) > 1,
            "resume_session": listing and self.sessions.cursor_key is not None,
            "remove_session": listing and self.sessions.cursor_key is not None,
            "copy_turn": self.focused is self.turns and bool(self.turns.turns),
            "explain_turn": self.focused is self.turns and bool(self._session.turns),
            "branch_turn": marked and not busy,
            "show_branch": self.focused is self.turns and not busy,
            "ask_again": not comparing and not busy and self.can_ask_again,
        }.get(action, True)

    async def action_explain_turn(self) -> None:
        """Show what the training data says about the marked turn's question, or about the last one."""
        end = self._marked_turn
        turns = self._session.turns if end is None else self._session.path_to(end)
        question = next((turn.content for turn in reversed(turns) if turn.role == "user"), "")
        served = {server.url: server.model for server in await asyncio.to_thread(ServerRegistry().read)}
        model = served.get(self.context.base_url, "")
        await self.app.run_action(f"app.explain_question({question!r}, {model!r})")
