"""The part of the Chat pane that asks: the endpoint, the question, and the reply as it arrives."""

from __future__ import annotations

import asyncio
import importlib
import os
import time
from contextlib import aclosing, suppress
from typing import TypeVar

from textual import getters, work
from textual.content import Content
from textual.worker import Worker

from core import paths
from core.chat.client import choose_model
from core.chat.contexts import resolve_context
from core.chat.counting import TokenCounter
from core.chat.exchange import Exchange
from core.chat.saved import SessionStore
from core.chat.session import Session
from core.chat.target import Target
from core.chat.turns import Figures
from core.chat.turns import Turn as SavedTurn
from core.errors import LabtopError
from core.figures import counted
from core.serving.client import NoServerError, list_models
from core.serving.names import unique_names
from tui.context import Context
from tui.screens.shared.pane import Pane
from widgets.chat.chat_turn import Question, Remark, Reply, Turn, figures_text
from widgets.chat.conversation_view import ConversationView
from widgets.shell.frames import set_frame

FIGURES_SECONDS = 0.5
"""Interval at which a reply's figures are drawn."""

BUSY_SECONDS = 0.01
"""Keys and timers are handled at least this often while pieces arrive faster than they are read."""

ENDED = {
    "": "",
    "stopped": "stopped",
    "interrupted": "interrupted",
    "length": "at the token limit",
    "too-long": "ended by labtop",
}
"""How a reply ended, in words."""

EMPTY = (
    "Ask the model something below. ctrl+l shows the conversations so far, ctrl+o what is sent with each question.\n"
    "esc leaves the line; then M chooses another model, and | compares models side by side."
)
"""Of a conversation that has not begun."""

SomeTurn = TypeVar("SomeTurn", bound=Turn)


class AskingPane(Pane):
    """Asks one question at a time."""

    turns = getters.query_one("#chat-turns", ConversationView)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.store = SessionStore(paths.current().chatlogs_dir)
        self._session = self._new_session()
        self._served: list[str] = []
        self._model: str | None = None
        self._asked = (context.base_url, context.model)
        """The endpoint and the model that it was opened for."""
        self._reply: Worker[None] | None = None
        self._no_answer: Remark | None = None
        """The remark that the endpoint does not answer, until it does."""
        self._failed: int | None = None
        """The question that got no answer, which can be sent again."""
        self._counter: tuple[Target, TokenCounter] | None = None

    def _new_session(self) -> Session:
        session = self.store.new()
        chosen = self.context
        session.change(temperature=chosen.temperature, max_tokens=chosen.max_tokens, seed=chosen.seed)
        with suppress(LabtopError):  # a context of the settings that is not there: without a system prompt
            found = resolve_context(chosen.chat_context)
            session.change(context=found.name, system_prompt=found.prompt)
        return session

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
            self._served = unique_names(await asyncio.to_thread(list_models, self.context.base_url, api_key()))
            choice = choose_model(self.context.model, self._served)
            if choice.note:
                self._add(Remark(choice.note))
            self._model = choice.name
            self._show_head()
            self._forget_failure()
        return self._model

    def _show_head(self) -> None:
        """The model and its endpoint, in the frame of the conversation."""
        model = self._model or "no model yet"
        more = f", {len(self._served)} served" if len(self._served) > 1 else ""
        style = "bold" if self._model else ""
        set_frame(self.turns, Content.assemble((model, style), f"{more}  at {self.context.base_url}"))
        self.turns.set_empty(EMPTY if self._model else "")
        self.refresh_bindings()

    def _token_counter(self, target: Target) -> TokenCounter:
        """The counter of a target, which knows its context length after the first use."""
        if self._counter is None or self._counter[0] != target:
            self._counter = target, TokenCounter(target)
        return self._counter[1]

    # A question and its reply.

    @work(group="reply", exclusive=True, exit_on_error=False)
    async def _ask(self, question: str | None) -> None:
        """Ask a question, or without one the unanswered one again, and stream the reply.

        If it is stopped, the text so far is kept.
        """
        session = self._session
        shown = self._add(Question(question)) if question is not None else None
        reply: Reply | None = None
        exchange: Exchange | None = None
        try:
            model = await self._find_model()
            await asyncio.to_thread(importlib.import_module, "openai")
            target = Target(self.context.base_url, model, api_key())
            exchange = Exchange(session, target, question, self._token_counter(target))
            reply = self._add(Reply(self.context.glyphs, model=model))
            await self._receive(exchange, reply, self.turns)
        except LabtopError as error:
            self._model = None  # the endpoint may serve another model when it is back
            self._show_failure(error)
            if exchange is None:
                with suppress(LabtopError):  # the turn is added also when its file cannot be written
                    if question is not None:
                        session.append("user", question)
                self._drop_unanswered(session)
            self._connect()
        finally:
            self._reply = None
            if exchange is not None and reply is not None:
                self._settle(session, exchange, shown, reply)
            self._show_head()
            self._answered()

    async def _receive(self, exchange: Exchange, reply: Reply, view: ConversationView) -> None:
        """Show a reply while it arrives. Raises LabtopError."""
        drawn, paused = 0.0, time.monotonic()

        def figures(ended: str = "") -> None:
            if reply.show_note(note_of(exchange.figures(), ended)):
                view.write(reply, "")

        waiting = self.set_interval(1.0, figures)
        try:
            async with aclosing(exchange.pieces()) as pieces:
                async for piece in pieces:
                    view.write(reply, piece)
                    now = time.monotonic()
                    if now - drawn > FIGURES_SECONDS:
                        drawn = now
                        figures()
                    if now - paused > BUSY_SECONDS:
                        await asyncio.sleep(0)
                        paused = time.monotonic()
        finally:
            waiting.stop()
            taken = exchange.figures()
            figures(ENDED[taken.ended] or ("" if exchange.text else "empty reply"))
            view.show_changes()

    def _settle(self, session: Session, exchange: Exchange, shown: Question | None, reply: Reply) -> None:
        """Let the turns on the screen know those of the conversation; without an answer, drop the question."""
        if exchange.sent.note:
            self._add(Remark(exchange.sent.note))
        if exchange.text:
            self._failed = None
            *_, asked, answer = session.turns
            reply.key = answer.id
            if shown is not None:
                shown.key = asked.id
        else:
            self.turns.remove_turn(reply)
            self._drop_unanswered(session)

    def _drop_unanswered(self, session: Session) -> None:
        """Leave out a question without an answer, so that it can be sent again."""
        unanswered = session.unanswered
        if unanswered is not None:
            self._failed = unanswered.id
            session.drop_last()

    def _advice(self) -> str:
        """How to serve a model, to be read after a colon or a verb."""
        return " esc, then s: serve a model."

    def _answered(self) -> None:
        """Called when a reply has ended."""

    def _add(self, turn: SomeTurn) -> SomeTurn:
        return self.turns.add_turn(turn)

    def _show_failure(self, error: LabtopError) -> Remark:
        """Show an error. That no server answers is shown only once, below the newest question."""
        hint = f"\n{error.hint}" if error.hint else ""
        no_server = isinstance(error, NoServerError)
        if no_server:
            self._forget_failure()
            hint += f" Or{self._advice()}"
        shown = self._add(Remark(f"{self.context.glyphs.error} {error.message}{hint}", is_error=True))
        if no_server:
            self._no_answer = shown
        return shown

    def _forget_failure(self) -> None:
        """Remove the remark that the endpoint does not answer."""
        if self._no_answer is not None:
            self.turns.remove_turn(self._no_answer)
            self._no_answer = None

    def _shown(self, turn: SavedTurn) -> Turn:
        """A turn of the conversation, as it is drawn."""
        same = self._session.alternatives(turn.id)
        place = ""
        if len(same) > 1:
            number = next(at for at, other in enumerate(same, start=1) if other.id == turn.id)
            place = f"{number} of {len(same)}: left and right show the others"
        shown: Turn
        if turn.role == "user":
            shown = Question(turn.content, place)
        else:
            shown = reply = Reply(self.context.glyphs, turn.content, turn.model or "")
            figures = note_of(turn.figures, ENDED[turn.figures.ended]) if turn.figures is not None else ""
            left_out = f"without the first {counted(turn.left_out, 'turn')}" if turn.left_out else ""
            reply.show_note(", ".join(part for part in (figures, left_out, place) if part))
        shown.key = turn.id
        return shown

    def _show_session(self) -> None:
        """Draw the conversation again, for example after a change of its branch."""
        self.turns.set_turns([self._shown(turn) for turn in self._session.turns])


def api_key() -> str | None:
    """The key of the endpoint, which is in no file."""
    return os.environ.get("LABTOP_API_KEY")


def note_of(figures: Figures, ended: str = "") -> str:
    """The line below a reply."""
    return figures_text(figures.seconds, figures.tokens, figures.rate, ended)
