"""The Chat pane: questions to a served model, replies as they stream in."""

from __future__ import annotations

import asyncio
import importlib
import os
import time
from contextlib import aclosing
from pathlib import Path
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static
from textual.worker import Worker

from core import paths
from core.chat.client import choose_model
from core.chat.commands import DEFAULT_CONTEXT, HELP, Command, parse
from core.chat.session import Session, transcript_file
from core.errors import LabtopError
from core.paths import expanded
from core.serving.client import NoServerError, list_models
from core.serving.completions.streaming import stream_reply
from core.serving.names import unique_names
from tui.context import Context
from tui.screens.shared.pane import Pane
from widgets.chat.chat_turn import Question, Remark, Reply
from widgets.chat.history_input import HistoryInput

SHOWN_TURNS = 100
"""Turns kept on the screen; the conversation itself keeps all."""

FIGURES_SECONDS = 0.25
"""Interval at which a reply's figures are redrawn."""


class ChatPane(Pane):
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
    turns = getters.query_one("#chat-turns", VerticalScroll)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._session = self._new_session()
        self._served: list[str] = []
        self._model: str | None = None
        self._asked = (context.base_url, context.model)
        """The endpoint and the model that it was opened for."""
        self._reply: Worker[None] | None = None
        self._no_answer: Remark | None = None
        """The remark that the endpoint does not answer, until it does."""

    def _new_session(self) -> Session:
        return Session(file=transcript_file(paths.current().chatlogs_dir, time.time()))

    def compose_body(self) -> ComposeResult:
        yield Static("", id="chat-head", markup=False)
        yield VerticalScroll(id="chat-turns")
        with Horizontal(id="chat-line"):
            yield Static(">", id="chat-sign")
            yield HistoryInput("Ask something; /h lists the commands", id="chat-input")

    def on_mount(self) -> None:
        super().on_mount()
        self._show_head()
        self.turns.anchor()
        self.line.focus()
        self._import_client()

    def on_screen_resume(self) -> None:
        if self._asked != (self.context.base_url, self.context.model):  # a server was started for the chat
            self._asked = (self.context.base_url, self.context.model)
            self._served, self._model = [], None
            self._show_head()
        if not self._served:
            self._connect()

    @work(thread=True, group="import", exit_on_error=False)
    def _import_client(self) -> None:
        """The client's library takes half a second to import; do that while the user types."""
        importlib.import_module("openai")

    # The endpoint.

    @work(group="connect", exclusive=True, exit_on_error=False)
    async def _connect(self) -> None:
        """Ask the endpoint which models it serves, and report it if it does not answer."""
        try:
            await self._find_model()
        except LabtopError as error:
            if not self.turns.query(Remark):
                self._no_answer = await self._show_failure(error)

    async def _find_model(self) -> str:
        """The model to ask; the endpoint's list is requested until it has answered once."""
        if self._model is None:
            key = os.environ.get("LABTOP_API_KEY")
            self._served = unique_names(await asyncio.to_thread(list_models, self.context.base_url, key))
            choice = choose_model(self.context.model, self._served)
            if choice.note:
                await self._add(Remark(choice.note))
            self._model = choice.name
            self._show_head()
            if self._no_answer is not None:
                await self._no_answer.remove()
                self._no_answer = None
        return self._model

    def _show_head(self) -> None:
        model = self._model or "no model yet"
        more = f", {len(self._served)} served" if len(self._served) > 1 else ""
        style = "bold $foreground" if self._model else "$foreground-muted"
        self.query_one("#chat-head", Static).update(
            Content.assemble((model, style), f"{more}  at {self.context.base_url}")
        )
        self.refresh_bindings()

    def action_next_model(self) -> None:
        if self._model in self._served:
            self._model = self._served[(self._served.index(self._model) + 1) % len(self._served)]
            self._show_head()

    # A question and its reply.

    @on(Input.Submitted, "#chat-input")
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

    @work(group="reply", exclusive=True, exit_on_error=False)
    async def _ask(self, question: str) -> None:
        """Ask a question and stream the reply; if it is stopped, keep the text so far."""
        await self._add(Question(question))
        session = self._session
        reply = Reply(self.context.glyphs)
        pieces: list[str] = []
        asked = False
        try:
            model = await self._find_model()
            await asyncio.to_thread(importlib.import_module, "openai")
            await self._add(reply)
            session.append("user", question)
            asked = True
            await self._receive(model, session, reply, pieces)
        except LabtopError as error:
            self._model = None  # the endpoint may serve another model when it is back
            if asked and not pieces:
                await reply.remove()
            await self._show_failure(error)
        finally:
            self._reply = None
            if pieces:
                session.append("assistant", "".join(pieces))
            elif asked:
                session.drop_last()
            self._show_head()

    async def _receive(self, model: str, session: Session, reply: Reply, pieces: list[str]) -> None:
        started, first, drawn = time.monotonic(), 0.0, 0.0
        stream = reply.stream()
        ended = "stopped"

        def figures(ended: str = "") -> None:
            now = time.monotonic()
            rate = (len(pieces) - 1) / (now - first) if len(pieces) > 1 and now > first else None
            reply.show_figures(now - started, len(pieces), rate, ended)

        waiting = self.set_interval(1.0, figures)
        try:
            key = os.environ.get("LABTOP_API_KEY")
            async with aclosing(
                stream_reply(
                    self.context.base_url,
                    model,
                    session.messages(),
                    temperature=self.context.temperature,
                    max_tokens=self.context.max_tokens,
                    api_key=key,
                )
            ) as incoming:
                async for piece in incoming:
                    first = first or time.monotonic()
                    pieces.append(piece)
                    await stream.write(piece)
                    if time.monotonic() - drawn > FIGURES_SECONDS:
                        drawn = time.monotonic()
                        figures()
            ended = "" if pieces else "empty reply"
        except LabtopError:
            ended = "interrupted"
            raise
        finally:
            waiting.stop()
            await stream.stop()
            figures(ended)

    async def _add(self, turn: Widget) -> None:
        await self.turns.mount(turn)
        extra = len(self.turns.children) - SHOWN_TURNS
        if extra > 0:
            await self.turns.remove_children(list(self.turns.children)[:extra])

    async def _show_failure(self, error: LabtopError) -> Remark:
        hint = f"\n{error.hint}" if error.hint else ""
        if isinstance(error, NoServerError):
            hint += " Or esc, then s: serve a model."
        remark = Remark(f"{self.context.glyphs.error} {error.message}{hint}", is_error=True)
        await self._add(remark)
        return remark

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
        await self.turns.remove_children()
        self._session.reset(transcript_file(paths.current().chatlogs_dir, time.time()))
        self.turns.anchor()
        self.line.focus()

    @work(group="command", exclusive=True, exit_on_error=False)
    async def _run_command(self, command: Command) -> None:
        """Run a slash command and show its result."""
        try:
            result = await self._execute(command)
        except LabtopError as error:
            await self._show_failure(error)
        else:
            if result:
                await self._add(Remark(result))

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
            await self.turns.remove_children()
            for turn in session.turns[-SHOWN_TURNS:]:
                is_user = turn.role == "user"
                await self._add(Question(turn.content) if is_user else Reply(self.context.glyphs, turn.content))
            return f"This conversation continues in {argument}."
        if command.name == "unknown":
            return f"Unknown command {argument}; /h lists all commands."
        return "\n".join(f"{name:<12} {description}" for name, description in HELP)

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
