"""What the workbench does in its first quiet moments, so that opening a pane does not have to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress

from tui.guide import GuideActions
from tui.panes import import_panes

START_SECONDS = 0.5
"""After the first pane is shown, the modules of the others are imported, which takes 0.3 s."""

QUIET_SECONDS = 0.5
"""Without a key for this time, a pane is built; a key that comes meanwhile waits for about 15 ms."""


async def prepare_panes(app: GuideActions, modes: Iterable[str], quiet_seconds: Callable[[], float]) -> None:
    """Import the modules of all panes, parse their style sheets, and build one after the other, and the help."""
    await asyncio.sleep(START_SECONDS)
    await asyncio.to_thread(import_panes)
    await app.parse_ahead()
    for mode in modes:
        while quiet_seconds() < QUIET_SECONDS:  # noqa: ASYNC110 - nothing signals that no key comes
            await asyncio.sleep(QUIET_SECONDS)
        with suppress(Exception):  # it is built again, and the error shown, when the pane is opened
            await app.build_ahead(mode)
    if not app.help_dialog().is_running:
        await app.build_hidden(app.help_dialog())
