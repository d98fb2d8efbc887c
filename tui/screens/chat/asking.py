"""The part of the Chat pane that asks: the endpoint, the question, and the reply as it arrives."""

from __future__ import annotations

import asyncio
import importlib
import os
import time
from contextlib import aclosing
from pathlib import Path
from typing import TypeVar

from textual import getters, work
from textual.content import Content
from textual.worker import Worker

from core import paths
from core.chat.client import choose_model
from core.chat.session import Session, transcript_file
from core.errors import LabtopError
from core.serving.client import NoServerError, list_models
from core.serving.completions.streaming import stream_reply
from core.serving.names import unique_names
from tui.context import Context
from tui.screens.shared.pane import Pane
from widgets.chat.chat_turn import Question, Remark, Reply, Turn
from widgets.chat.conversation_view import ConversationView
from widgets.shell.frames import set_frame

FIGURES_SECONDS = 0.25
"""Interval at which a reply's figures are redrawn."""

BUSY_SECONDS = 0.01
"""Keys and timers are handled at least this often while pieces arrive faster than they are read."""

SomeTurn = TypeVar("SomeTurn", bound=Turn)


class AskingPane(Pane):
    """Asks one question at a time."""

    turns = getters.query_one("#chat-turns", ConversationView)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._session = Session(file=new_file())
        self._served: list[str] = []
        self._model: str | None = None
        self._asked = (context.base_url, context.model)
        """The endpoint and the model that it was opened for."""
        self._reply: Worker[None] | None = None
        self._no_answer: Remark | None = None
        """The remark that the endpoint does not answer, until it does."""

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
            if not any(isinstance(turn, Remark) for turn in self.turns.turns):
                self._no_answer = self._show_failure(error)

    async def _find_model(self) -> str:
        """The model to ask; the endpoint's list is requested until it has answered once."""
        if self._model is None:
            key = os.environ.get("LABTOP_API_KEY")
            self._served = unique_names(await asyncio.to_thread(list_models, self.context.base_url, key))
            choice = choose_model(self.context.model, self._served)
            if choice.note:
                self._add(Remark(choice.note))
            self._model = choice.name
            self._show_head()
            if self._no_answer is not None:
                self.turns.remove_turn(self._no_answer)
                self._no_answer = None
        return self._model

    def _show_head(self) -> None:
        """The model and its endpoint, in the frame of the conversation."""
        model = self._model or "no model yet"
        more = f", {len(self._served)} served" if len(self._served) > 1 else ""
        style = "bold" if self._model else ""
        set_frame(self.turns, Content.assemble((model, style), f"{more}  at {self.context.base_url}"))
        self.refresh_bindings()

    # A question and its reply.

    @work(group="reply", exclusive=True, exit_on_error=False)
    async def _ask(self, question: str) -> None:
        """Ask a question and stream the reply; if it is stopped, keep the text so far."""
        self._add(Question(question))
        session = self._session
        pieces: list[str] = []
        reply: Reply | None = None
        try:
            model = await self._find_model()
            await asyncio.to_thread(importlib.import_module, "openai")
            session.append("user", question)
            reply = self._add(Reply(self.context.glyphs, model=model))
            await self._receive(model, session, reply, pieces)
        except LabtopError as error:
            self._model = None  # the endpoint may serve another model when it is back
            if reply is not None and not pieces:
                self.turns.remove_turn(reply)
            self._show_failure(error)
        finally:
            self._reply = None
            if pieces:
                session.append("assistant", "".join(pieces))
            elif reply is not None:
                session.drop_last()
            self._show_head()

    async def _receive(self, model: str, session: Session, reply: Reply, pieces: list[str]) -> None:
        started, first, drawn, paused = time.monotonic(), 0.0, 0.0, time.monotonic()
        ended = "stopped"

        def figures(ended: str = "") -> None:
            now = time.monotonic()
            rate = (len(pieces) - 1) / (now - first) if len(pieces) > 1 and now > first else None
            if reply.show_figures(now - started, len(pieces), rate, ended):
                self.turns.write(reply, "")

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
                    self.turns.write(reply, piece)
                    now = time.monotonic()
                    if now - drawn > FIGURES_SECONDS:
                        drawn = now
                        figures()
                    if now - paused > BUSY_SECONDS:
                        await asyncio.sleep(0)
                        paused = time.monotonic()
            ended = "" if pieces else "empty reply"
        except LabtopError:
            ended = "interrupted"
            raise
        finally:
            waiting.stop()
            figures(ended)
            self.turns.show_changes()

    def _add(self, turn: SomeTurn) -> SomeTurn:
        return self.turns.add_turn(turn)

    def _show_failure(self, error: LabtopError) -> Remark:
        hint = f"\n{error.hint}" if error.hint else ""
        if isinstance(error, NoServerError):
            hint += " Or esc, then s: serve a model."
        return self._add(Remark(f"{self.context.glyphs.error} {error.message}{hint}", is_error=True))


def new_file() -> Path:
    """The file of a conversation that begins now."""
    return transcript_file(paths.current().chatlogs_dir, time.time())
