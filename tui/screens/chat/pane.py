"""The Chat pane: questions to a served model, replies as they stream in."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from core.chat.commands import HELP, Command, parse
from core.chat.turns import DEFAULT_CONTEXT
from core.errors import LabtopError
from core.paths import expanded
from tui.screens.chat.asking import AskingPane, new_file
from widgets.chat.chat_turn import Question, Remark, Reply, Turn
from widgets.chat.conversation_view import ConversationView
from widgets.chat.history_input import HistoryInput
from widgets.shell.frames import set_frame


class ChatPane(AskingPane):
    """One conversation at a time; each has a file of its own."""

    NAME = "chat"
    ABOUT = (
        "Talk to a model that an OpenAI-compatible endpoint serves, such as `labtop model serve`. esc stops a reply;"
        " up recalls earlier lines; every conversation is saved in a file. From the input line, esc moves to the"
        " replies, where the panes' keys work, and enter moves back. Slash commands are those of `labtop chat`: /h."
    )
    CSS_PATH = "pane.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape", "stop_reply", "Stop", id="chat.stop-reply", tooltip="Stop the reply; the text so far is kept."
        ),
        Binding(
            "escape", "leave_line", "Leave", id="chat.leave-line", tooltip="Move to the replies; enter moves back."
        ),
        Binding("enter,i", "enter_line", "Write", id="chat.enter-line", tooltip="Move to the input line."),
        Binding("ctrl+n", "start_new", "New", id="chat.start-new", tooltip="Start a new conversation."),
        Binding("ctrl+t", "next_model", "Model", id="chat.next-model", tooltip="Switch to the next served model."),
    ]

    line = getters.query_one("#chat-input", HistoryInput)

    def compose_body(self) -> ComposeResult:
        yield ConversationView(self.context.glyphs, id="chat-turns")
        yield HistoryInput("Ask something; /h lists the commands", id="chat-input")

    def on_mount(self) -> None:
        super().on_mount()
        self.turns.add_class("-joined")
        self._show_head()
        set_frame(self.line, "Question")
        self.line.focus()
        self._import_client()

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        if self._asked != (self.context.base_url, self.context.model):  # a server was started for the chat
            self._asked = (self.context.base_url, self.context.model)
            self._served, self._model = [], None
            self._show_head()
        if not self._served:
            self._connect()

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
        elif text:
            self._reply = self._ask(text)
            self.refresh_bindings()

    def open_session(self, file: Path) -> None:
        """Resume a saved conversation."""
        self._run_command(Command("load", str(file)))

    def action_stop_reply(self) -> None:
        if self._reply is not None:
            self._reply.cancel()

    def action_leave_line(self) -> None:
        self.turns.focus()

    def action_enter_line(self) -> None:
        self.line.focus()

    # The conversation.

    async def action_start_new(self) -> None:
        self.action_stop_reply()
        self.turns.set_turns(())
        self._session.reset(new_file())
        self.line.focus()

    @work(group="command", exclusive=True, exit_on_error=False)
    async def _run_command(self, command: Command) -> None:
        """Run a slash command and show its result."""
        try:
            result = await self._execute(command)
        except LabtopError as error:
            self._show_failure(error)
        else:
            if result:
                self._add(Remark(result))

    async def _execute(self, command: Command) -> str:
        session, argument = self._session, command.argument
        if command.name == "new":
            await self.action_start_new()
            return ""
        if command.name == "quit":
            return "ctrl+q quits the workbench; alt and a digit switch panes."
        if command.name == "context":
            if argument:
                session.system_prompt = "" if argument == DEFAULT_CONTEXT else argument
            return f"Context: {session.system_prompt or 'none'}"
        if command.name == "save":
            session.save(_file(argument, "/s"))
            return f"Saved as {argument}."
        if command.name == "load":
            file = _file(argument, "/l")
            session.load(file, save_to=file)
            self.turns.set_turns([self._shown(turn.role, turn.content) for turn in session.turns])
            return f"This conversation continues in {argument}."
        if command.name == "unknown":
            return f"Unknown command {argument}; /h lists all commands."
        return "\n".join(f"{name:<12} {description}" for name, description in HELP)

    def _shown(self, role: str, text: str) -> Turn:
        return Question(text) if role == "user" else Reply(self.context.glyphs, text)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_mounted:
            return True
        typing = self.focused is self.line
        return {
            "stop_reply": self._reply is not None,
            "leave_line": self._reply is None and typing,
            "enter_line": not typing,
            "next_model": len(self._served) > 1,
        }.get(action, True)


def _file(argument: str, command: str) -> Path:
    if not argument:
        raise LabtopError("A file is missing.", hint=f"For example: {command} talk.json")
    return expanded(argument)
