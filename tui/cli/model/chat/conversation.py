"""A conversation in the terminal: questions, answers, and slash commands."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

from core.chat.counting import TokenCounter
from core.chat.exchange import Exchange
from core.chat.retrieval import Documents
from core.chat.saved import SessionStore
from core.chat.session import Session
from core.chat.target import Target
from core.chat.turns import Turn
from core.errors import LabtopError
from core.serving.completions.streaming import load_client
from tui.cli.model.chat.server import Served
from tui.cli.model.chat.view import ChatView


def prepare_client() -> None:
    """Load the client's library while the user types or the endpoint is asked for its models."""
    threading.Thread(target=load_client, daemon=True).start()


CRASH_SECONDS = 0.3
"""A server's connections may end this long before its process."""


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
        self._restart()
        exchange = Exchange(self.session, self.target, question, self._counter, self.documents)
        try:
            asyncio.run(self.view.answer(exchange, self.target.model))
        except LabtopError:
            server = self.served.server
            if server is not None and server.wait(CRASH_SECONDS) is not None:
                server.check()  # raises its own error
            raise
        return exchange

    def _restart(self) -> None:
        """Start the temporary server again if it has ended."""
        server, start = self.served.server, self.served.start
        if server is not None and start is not None and server.wait(0) is not None:
            self.served = start()
            self.talk_to(replace(self.target, url=self.served.target.url))

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
