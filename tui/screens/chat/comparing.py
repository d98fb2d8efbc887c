"""The part of the Chat pane that sends a question to several models, and keeps the vote for the best answer."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Sequence

from textual import work
from textual.containers import Container

from core.chat.compare import LETTERS, Comparison, Contender, Verdict, VoteStore
from core.chat.counting import TokenCounter
from core.chat.exchange import Exchange
from core.errors import LabtopError
from core.serving.registry import ServerRecord, ServerRegistry
from tui.context import Context
from tui.screens.chat.asking import api_key
from tui.screens.chat.models_dialog import ChosenModels
from tui.screens.chat.servers import ServersPane
from widgets.chat.chat_turn import Question, Remark, Reply
from widgets.chat.conversation_view import ConversationView
from widgets.chat.tally_text import tally_text
from widgets.shell.frames import set_frame

VERDICTS: dict[Verdict, str] = {"tie": "Equally good.", "none": "None of them is good."}


class ComparingPane(ServersPane):
    """The models' answers are next to each other, or below each other on narrow screens."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._comparison: Comparison | None = None
        self._columns: list[ConversationView] = []
        self._votes = VoteStore()

    @property
    def is_comparing(self) -> bool:
        return self._comparison is not None

    @property
    def can_vote(self) -> bool:
        """Whether the answers to a question are complete and not voted on."""
        return self._comparison is not None and self._reply is None and self._comparison.can_vote

    async def compare(self, chosen: ChosenModels) -> None:
        await self.end_comparison()
        servers = await asyncio.to_thread(ServerRegistry().read)
        contenders = [
            Contender(offer.target(api_key()), _path(offer.url, offer.model, servers)) for offer in chosen.offers
        ]
        self._comparison = Comparison(contenders, blind=chosen.blind)
        self._columns = [ConversationView(self.context.glyphs, classes="chat-column -joined") for _ in contenders]
        await self.query_one("#chat-views", Container).mount(*self._columns)
        self.add_class("-comparing")
        self._show_columns()
        self.show_question_frame()
        self.line.focus()

    async def end_comparison(self) -> None:
        if self._comparison is None:
            return
        self.action_stop_reply()
        self._comparison = None
        columns, self._columns = self._columns, []
        self.remove_class("-comparing")
        for column in columns:
            await column.remove()
        self.show_question_frame()
        self.line.focus()

    def _show_columns(self) -> None:
        if self._comparison is None:
            return
        for number, column in enumerate(self._columns):
            set_frame(column, self._comparison.title(number))
            if not column.turns:
                column.set_empty("The next question is asked here, too.")
        self.refresh_bindings()

    @work(group="reply", exclusive=True, exit_on_error=False)
    async def _ask_all(self, question: str) -> None:
        """Ask all models at the same time."""
        comparison = self._comparison
        assert comparison is not None
        comparison.begin(question, self._session.settings)
        if comparison.blind:
            for column in self._columns:
                column.set_turns(())
        self._show_columns()
        try:
            await asyncio.to_thread(importlib.import_module, "openai")
            async with asyncio.TaskGroup() as group:
                for number, contender in enumerate(comparison.contenders):
                    group.create_task(self._ask_one(contender, self._columns[number], question, comparison.hidden))
        finally:
            self._reply = None
            self._show_columns()
            self.show_question_frame()

    async def _ask_one(self, contender: Contender, column: ConversationView, question: str, hidden: bool) -> None:
        column.add_turn(Question(question))
        reply = column.add_turn(Reply(self.context.glyphs, model="" if hidden else contender.target.model))
        exchange = Exchange(contender.session, contender.target, question, TokenCounter(contender.target))
        try:
            await self._receive(exchange, reply, column)
        except LabtopError as error:
            column.add_turn(Remark(f"{self.context.glyphs.error} {error.message}\n{error.hint or ''}", is_error=True))

    def clear_comparison(self) -> None:
        """Begin new conversations with all models."""
        if self._comparison is not None:
            self._comparison.clear()
            for column in self._columns:
                column.set_turns(())
            self._show_columns()
            self.show_question_frame()

    def show_question_frame(self) -> None:
        """With several models: how to vote, or the votes so far."""
        if self._comparison is None:
            super().show_question_frame()
            return
        letters = LETTERS[: len(self._columns)]
        title = f"Question to {len(letters)} models" + (", names hidden" if self._comparison.hidden else "")
        if self.can_vote:
            set_frame(self.line, title, f"esc, then vote: {', '.join(letters)}, T for equal, X for none")
        else:
            tally = self._votes.tally(self._comparison.contenders)
            hidden = self._comparison.hidden
            set_frame(self.line, title, tally_text(tally, names=not hidden))

    def action_vote(self, verdict: Verdict) -> None:
        """Keep a vote, and show the names."""
        comparison = self._comparison
        if comparison is None or not self.can_vote:
            return
        try:
            vote = comparison.vote(verdict, self._votes)
        except LabtopError as error:
            self.show_error(error)
            return
        for number, column in enumerate(self._columns):
            text = VERDICTS.get(verdict, "The best answer." if vote.answers[number].letter == verdict else "")
            if text:
                column.add_turn(Remark(text))
        self._show_columns()
        self.show_question_frame()
        self.line.focus()


def _path(url: str | None, model: str, servers: Sequence[ServerRecord]) -> str | None:
    """The folder of a model that a server of this machine has loaded."""
    server = next((server for server in servers if server.url == url), None)
    return server.model if server is not None and model in server.names else None
