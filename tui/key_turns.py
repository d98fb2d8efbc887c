"""Keys, one after the other: each goes where those before it lead.

Textual sends a key to what has the focus when the key comes in, and does what it is bound to once it has gone through
all widgets. Keys that come in together, as on a slow line, would all go to the same widget: of `/cats` the tree would
get the letters and not the filter that `/` opens.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from textual.app import App
from textual.dom import DOMNode
from textual.events import Key, MouseDown, MouseMove, MouseUp, Paste
from textual.message_pump import MessagePump
from textual.worker import Worker

MOVES_FOCUS = "moves-focus"
"""The group of workers that end with other keys or another focus than before; the next key waits for them."""

ROUNDS = 3
"""Through the widgets after a key: with the key itself, with what it makes them tell, and with what comes of that."""

LONGEST_SECONDS = 1.0
"""For the rounds; and after so long a key that leads out need not wait for a worker any more."""

LOOK_SECONDS = 0.01
"""Between two looks at whether workers are done."""

WAYS_OUT = ("escape", "ctrl+q")

Typed = Key | Paste | MouseDown | MouseMove | MouseUp
"""What a person does."""


async def _passed(node: MessagePump) -> None:
    """Wait until a node has handled all that it has been sent so far."""
    done = asyncio.Event()
    if node.call_later(done.set):
        await done.wait()


class KeyTurns:
    """Keeps keys back while an earlier one is still at work; pastes and clicks keep their place among them."""

    def __init__(self, app: App[object]) -> None:
        self._app = app
        self._waiting: deque[Typed] = deque()
        self._came = asyncio.Event()
        self._given: deque[Typed] = deque()
        self._given_at = 0.0
        self._path: Sequence[DOMNode] = ()
        """The nodes that the last key goes through."""
        self._was_letter = False
        self._left: set[Worker[object]] = set()
        """Those that somebody wanted out of."""

    def has_turn(self, event: Typed) -> bool:
        """Whether what came in is to be handled now; else it is kept, and comes in again."""
        if self._given and event is self._given[0]:
            self._given.popleft()
            return True
        if isinstance(event, MouseMove) and not self._given and not self._waiting:
            return True
        self._waiting.append(event)
        self._came.set()
        return False

    async def give(self) -> None:
        """Give each key its turn, for as long as the workbench is open."""
        while True:
            await self._came.wait()
            follows = self._was_letter and self._is_letter(self._waiting[0])
            if not follows and not isinstance(self._waiting[0], MouseMove):
                await self._settle()
            event = self._waiting.popleft()
            if not self._waiting:
                self._came.clear()
            self._path, self._was_letter = self._at().ancestors_with_self, self._is_letter(event)
            self._given.append(event)
            self._given_at = time.monotonic()
            self._app.post_message(event)

    async def _settle(self) -> None:
        """Wait until all that the last key set off has happened."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_SECONDS):
                await _passed(self._app)
                for _ in range(ROUNDS):
                    for node in self._path:
                        await _passed(node)
                await _passed(self._at())
        while self._is_busy() and not self._leads_out():  # noqa: ASYNC110 - nobody tells what keys come in
            await asyncio.sleep(LOOK_SECONDS)
        await _passed(self._app)

    def _is_busy(self) -> bool:
        """Whether the screen has work under way that the next key depends on."""
        return any(self._app.screen in worker.node.ancestors_with_self for worker in self._workers() - self._left)

    def _workers(self) -> set[Worker[object]]:
        return {worker for worker in self._app.workers if worker.group == MOVES_FOCUS and worker.is_running}

    def _leads_out(self) -> bool:
        """Whether somebody wants out of what takes long; what was typed before that is dropped."""
        ways = [
            number for number, event in enumerate(self._waiting) if isinstance(event, Key) and event.key in WAYS_OUT
        ]
        if not ways or time.monotonic() < self._given_at + LONGEST_SECONDS:
            return False
        for _ in range(ways[-1]):
            self._waiting.popleft()
        self._left = self._workers()
        return True

    def _at(self) -> DOMNode:
        return self._app.focused or self._app.screen

    def _is_letter(self, event: Typed) -> bool:
        """Whether it goes into a text and leads nowhere else."""
        focused = self._app.focused
        return isinstance(event, Key) and focused is not None and focused.check_consume_key(event.key, event.character)
