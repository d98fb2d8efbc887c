"""A conversation in the terminal: questions, answers, and slash commands."""

from __future__ import annotations

import asyncio
import importlib
import threading

from core.chat.counting import TokenCounter
from core.chat.exchange import Exchange
from core.chat.retrieval import Documents
from core.chat.saved import SessionStore
from core.chat.session import Session
from core.chat.target import Target
from core.chat.turns import Turn
from core.errors import LabtopError
from tui.cli.model.chat.server import Served
from tui.cli.model.chat.view import ChatView


def import_client() -> None:
    """Import the client's library, which takes 0.5 s, while the user types or the endpoint is asked for its models."""
    threading.Thread(target=importlib.import_module, args=("openai",), daemon=True).start()


class Conversation:
    """Asks a served model, and keeps what was said in a session."""

    def __init__(
        self,
        served: Served,
        session: Session,
        view: ChatView,
        store: SessionStore,
        documents: Documents | None = None,
    ) -> None:
        self.documents = documents
        self.served = served
        self.target = served.target
        self.session = session
        self.view = view
        self.store = store
        self.kept: tuple[Turn, ...] = ()
        """The turns that every new conversation begins with."""
        self._counter = TokenCounter(self.target)

    def ask(self, question: str | None) -> Exchange:
        """Ask, and show the answer; None sends the last question again. Raises LabtopError."""
        exchange = Exchange(self.session, self.target, question, self._counter, self.documents)
        try:
            asyncio.run(self.view.answer(exchange, self.target.model))
        except LabtopError:
            if self.served.server is not None:
                self.served.server.check()  # raises its own error if it has ended
            raise
        return exchange

    def talk_to(self, target: Target) -> None:
        """Ask another model from now on."""
        self.target = target
        self._counter = TokenCounter(target)

    def resume(self, session: Session) -> None:
        """Continue another conversation."""
        self.session.close()
        self.session = session

    def start_new(self, keep: tuple[Turn, ...] = ()) -> None:
        """Start again with the same settings, in a file of its own."""
        self.session.reset(self.store.new().file, keep)
