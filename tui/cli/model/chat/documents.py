"""Reading the documents of `--rag`."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.cli.configured import say

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

    from core.chat.retrieval import Documents

SHOWN_BYTES = 5_000_000
"""Documents of this size are read in two seconds; for more a progress bar is shown."""


def read_documents(folder: Path, top: int) -> Documents:
    """The documents of a folder, with notes on those that are left out. Raises LabtopError."""
    from core.chat.retrieval import Documents

    with ExitStack() as stack:
        bars: list[ProgressBar[int]] = []

        def progress(done: int, total: int) -> None:
            if total <= SHOWN_BYTES:
                return
            if not bars:
                bar = click.progressbar(length=total, label="Reading documents", show_eta=True, file=sys.stderr)
                bars.append(stack.enter_context(bar))
            bars[0].update(done - bars[0].pos)

        documents = Documents(folder, top, progress)
    for note in documents.notes:
        say(note)
    return documents
