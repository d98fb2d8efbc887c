"""Keys, one after the other: each goes where those before it lead.

Textual sends a key to what has the focus when the key comes in, and does what it is bound to once it has gone through
all widgets. Keys that come in together, as on a slow line, would all go to the same widget: of `/cats` the tree would
get the letters and not the filter that `/` opens.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from textual.app import App
from textual.dom import DOMNode
from textual.events import Key, Paste
from textual.message_pump import MessagePump

from tui.screens.pane import Pane

ROUNDS = 3
"""Through the widgets after a key: with the key itself, with what it makes them tell, and with what comes of that."""

LONGEST_SECONDS = 1.0
"""A key waits for so long at most."""

LOOK_SECONDS = 0.01
"""Between two looks at work that may move the focus."""


async def _passed(node: MessagePump) -> None:
    """Wait until a node has handled all that it has been sent so far."""
    done = asyncio.Event()
    if node.call_later(done.set):
        await done.wait()


class KeyTurns:
    """Keeps keys back while an earlier one is still at work."""

    def __init__(self, app: App[object]) -> None:
        self._app = app
        self._waiting: asyncio.Queue[Key | Paste] = asyncio.Queue()
        self._given: deque[Key | Paste] = deque()
        self._path: Sequence[DOMNode] = ()
        """The nodes that the last key goes through."""
        self._was_letter = False

    def has_turn(self, event: Key | Paste) -> bool:
        """Whether what came in is to be handled now; else it is kept, and comes in again."""
        if self._given and event is self._given[0]:
            self._given.popleft()
            return True
        self._waiting.put_nowait(event)
        return False

    async def give(self) -> None:
        """Give each key its turn, for as long as the workbench is open."""
        while True:
            event = await self._waiting.get()
            if not (self._was_letter and self._is_letter(event)):
                with suppress(TimeoutError):
                    async with asyncio.timeout(LONGEST_SECONDS):
                        await self._settle()
            self._path, self._was_letter = self._at().ancestors_with_self, self._is_letter(event)
            self._given.append(event)
            self._app.post_message(event)

    async def _settle(self) -> None:
        """Wait until all that the last key set off has happened."""
        await _passed(self._app)
        for _ in range(ROUNDS):
            for node in self._path:
                await _passed(node)
        while not self._is_settled():  # noqa: ASYNC110 - nobody tells that a worker waits for a dialog
            await asyncio.sleep(LOOK_SECONDS)
        await _passed(self._at())
        await _passed(self._app)

    def _is_settled(self) -> bool:
        top = self._app.screen
        return not isinstance(top, Pane) or top.is_settled()

    def _at(self) -> DOMNode:
        return self._app.focused or self._app.screen

    def _is_letter(self, event: Key | Paste) -> bool:
        """Whether it goes into a text and leads nowhere else."""
        focused = self._app.focused
        return isinstance(event, Key) and focused is not None and focused.check_consume_key(event.key, event.character)
