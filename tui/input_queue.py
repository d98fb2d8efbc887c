"""Queues keys, so that each one goes to the widget that the keys before it lead to.

Textual sends a key to the widget that has the focus when the key arrives, and runs the bound action after the key has
passed through all widgets. Keys that arrive together, as on a slow line, would all go to the same widget: with `/cats`
the tree would get the letters, not the filter that `/` opens.
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
from textual.worker import Worker

from tui.fast_screens import flushed

MOVES_FOCUS = "moves-focus"
"""The group of workers that may change the focus or the active keys; the next key waits for them."""

RUNS_COMMAND = "runs-command"
"""The same for workers of the workbench itself, which no dialog waits for."""

ROUNDS = 3
"""Passes over the widgets after a key: the key itself, the messages it causes, and the messages caused by those."""

SETTLE_SECONDS = 10.0
"""Time limit for these passes, for a widget that hangs: on a loaded machine a dialog takes seconds to open."""

CANCEL_SECONDS = 1.0
"""A cancelling key that has waited so long no longer waits for a worker."""

POLL_SECONDS = 0.01
"""Interval at which running workers are checked."""

CANCEL_KEYS = ("escape", "ctrl+q")

UserInput = Key | Paste | MouseDown | MouseMove | MouseUp


class InputQueue:
    """Holds keys back while an earlier one is still being handled; pastes and clicks keep their order among them."""

    def __init__(self, app: App[object]) -> None:
        self._app = app
        self._waiting: deque[UserInput] = deque()
        self._received = asyncio.Event()
        self._dispatched: deque[UserInput] = deque()
        self._dispatched_at = 0.0
        self._path: Sequence[DOMNode] = ()
        """The nodes that the last key passes through."""
        self._was_text = False
        self._abandoned: set[Worker[object]] = set()
        """Workers that the user cancelled waiting for."""

    @property
    def quiet_seconds(self) -> float:
        """Since the last key, paste or click; 0 while one waits."""
        return 0.0 if self._waiting else time.monotonic() - self._dispatched_at

    def accept(self, event: UserInput) -> bool:
        """Whether to handle the event now; otherwise it is queued and arrives again later."""
        if self._dispatched and event is self._dispatched[0]:
            self._dispatched.popleft()
            return True
        if isinstance(event, MouseMove) and not self._dispatched and not self._waiting:
            return True
        self._waiting.append(event)
        self._received.set()
        return False

    async def dispatch(self) -> None:
        """Send the queued events one after the other, for as long as the workbench is open."""
        while True:
            await self._received.wait()
            continues_text = self._was_text and self._is_text(self._waiting[0])
            if not continues_text and not isinstance(self._waiting[0], MouseMove):
                await self._settle()
            event = self._waiting.popleft()
            if not self._waiting:
                self._received.clear()
            self._path, self._was_text = self._target().ancestors_with_self, self._is_text(event)
            self._dispatched.append(event)
            self._dispatched_at = time.monotonic()
            self._app.post_message(event)

    async def _settle(self) -> None:
        """Wait until everything that the last key caused has been handled."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_SECONDS):
                await flushed(self._app)
                for _ in range(ROUNDS):
                    for node in self._path:
                        await flushed(node)
        screen = None
        while screen is not self._app.screen:  # a worker may have opened another one, which starts its own when mounted
            screen = self._app.screen
            with suppress(TimeoutError):
                async with asyncio.timeout(SETTLE_SECONDS):
                    await flushed(screen)
                    await flushed(self._target())
            while self._is_busy() and not self._cancel_requested():  # noqa: ASYNC110 - nothing signals an incoming key
                await asyncio.sleep(POLL_SECONDS)
        await flushed(self._app)

    def _is_busy(self) -> bool:
        """Whether the screen runs a worker that the next key depends on."""
        return any(
            worker.group == RUNS_COMMAND or self._app.screen in worker.node.ancestors_with_self
            for worker in self._workers() - self._abandoned
        )

    def _workers(self) -> set[Worker[object]]:
        groups = (MOVES_FOCUS, RUNS_COMMAND)
        return {worker for worker in self._app.workers if worker.group in groups and not worker.is_finished}

    def _cancel_requested(self) -> bool:
        """Whether the user cancels waiting for a slow worker; input typed before the cancelling key is dropped."""
        cancelling = [
            number for number, event in enumerate(self._waiting) if isinstance(event, Key) and event.key in CANCEL_KEYS
        ]
        if not cancelling or time.monotonic() < self._dispatched_at + CANCEL_SECONDS:
            return False
        for _ in range(cancelling[-1]):
            self._waiting.popleft()
        self._abandoned = self._workers()
        return True

    def _target(self) -> DOMNode:
        return self._app.focused or self._app.screen

    def _is_text(self, event: UserInput) -> bool:
        """Whether the focused widget takes the key as text, so that it cannot change the focus."""
        focused = self._app.focused
        return isinstance(event, Key) and focused is not None and focused.check_consume_key(event.key, event.character)
