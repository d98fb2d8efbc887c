"""What a chat shows, on a terminal and without one."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import click
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from core.chat.exchange import Exchange
from core.chat.retrieval import source_lines
from core.chat.turns import Figures, Turn
from core.printable import printable, printable_lines
from core.serving.names import last_part
from tui.cli.model.chat.growing import GrowingAnswer

_ENDED = {
    "stopped": "stopped",
    "interrupted": "interrupted",
    "length": "ended at the token limit",
    "too-long": "ended at labtop's limit",
}


def footer(figures: Figures) -> list[str]:
    """The parts of the line below an answer, the most important first."""
    parts = [f"elapsed {figures.seconds:.3f} seconds"]
    if figures.tokens:
        parts.append(f"{figures.tokens:,} token{'' if figures.tokens == 1 else 's'}")
    if figures.rate is not None:
        parts.append(f"{figures.rate:.1f} tokens/s")
    if figures.ended:
        parts.append(_ENDED[figures.ended])
    if figures.first_token_seconds is not None:
        parts.append(f"first after {figures.first_token_seconds:.2f} s")
    return parts


async def _show_waiting(exchange: Exchange, shown: GrowingAnswer) -> None:
    """Show the time until the first text, and how much a model has reasoned before it answers."""
    while True:
        await asyncio.sleep(1.0)
        reasoned = exchange.reasoning_characters
        shown.wait_for(
            f"{exchange.figures().seconds:.0f} s" + (f", {reasoned:,} characters of reasoning" if reasoned else "")
        )


class ChatView:
    """Shows answers and messages. Frames and Markdown need a terminal and can be switched off by `plain`.

    With `quiet` answers are not shown.
    """

    def __init__(self, *, plain: bool = False, quiet: bool = False) -> None:
        self.console = Console()
        self._framed = self.console.is_terminal and not self.console.is_dumb_terminal and not plain
        self._quiet = quiet

    def greet(self, model: str) -> None:
        name = printable(last_part(model) or model)
        title = f"Welcome to InstructLab Chat w/ {name.upper()} (type /h for help)"
        if self._framed:
            self.console.print(Panel(Text(title), title="system", title_align="left"))
        else:
            click.echo(title)

    def say(self, text: str) -> None:
        """A message, which may be untrusted text."""
        click.echo(printable_lines(text))

    def rows(self, rows: Sequence[tuple[str, ...]]) -> None:
        """A table without borders; the first column is the most important."""
        table = Table.grid(padding=(0, 2))
        for first, *others in rows:
            table.add_row(Text(printable(first), style="bold"), *(Text(printable_lines(cell)) for cell in others))
        self.console.print(table)

    async def answer(self, exchange: Exchange, model: str) -> None:
        """Show an answer as it arrives. Raises what the exchange raises."""
        async with aclosing(exchange.pieces()) as pieces:
            if self._quiet:
                async for _ in pieces:
                    pass
            elif self._framed:
                await self._show_framed(exchange, pieces, model)
            else:
                await self._show_plain(exchange, pieces)
        if not self._quiet:
            self._show_sources(exchange)

    def _show_sources(self, exchange: Exchange) -> None:
        """Which documents an answer is from; nothing for a chat without documents."""
        if exchange.passages:
            self.say("\n".join(source_lines(exchange.passages, exchange.text)))
        elif exchange.no_sources:
            click.echo(exchange.no_sources, err=True)

    async def _show_framed(self, exchange: Exchange, pieces: AsyncGenerator[str, None], model: str) -> None:
        shown = GrowingAnswer(self.console, printable(last_part(model) or model))
        loop = asyncio.get_running_loop()
        drawing: asyncio.TimerHandle | None = None

        def draw() -> None:
            nonlocal drawing
            drawing = None
            shown.draw()

        shown.start()
        waiting = asyncio.create_task(_show_waiting(exchange, shown))
        noted = False
        try:
            async for piece in pieces:
                if not noted and exchange.sent.note:
                    shown.note(exchange.sent.note)
                noted = True
                waiting.cancel()
                shown.add(printable_lines(piece))
                if drawing is None and (pause := shown.wait()) is not None:
                    if pause:
                        drawing = loop.call_later(pause, draw)
                    else:
                        draw()
        finally:
            waiting.cancel()
            if drawing is not None:
                drawing.cancel()
            await pieces.aclose()  # the figures are complete then
            shown.finish(footer(exchange.figures()))

    async def _show_plain(self, exchange: Exchange, pieces: AsyncGenerator[str, None]) -> None:
        noted = False
        try:
            async for piece in pieces:
                if not noted and exchange.sent.note:
                    click.echo(exchange.sent.note, err=True)
                noted = True
                sys.stdout.write(printable_lines(piece))
                sys.stdout.flush()
        finally:
            if noted:
                click.echo()

    def again(self, turn: Turn, *, plain: bool) -> None:
        """Show an earlier answer again."""
        if plain or not self._framed:
            self.say(turn.content)
        else:
            shown = GrowingAnswer(self.console, printable(last_part(turn.model or "answer")))
            shown.add(printable_lines(turn.content))
            shown.finish(footer(turn.figures) if turn.figures else ())
        if turn.sources:
            self.say("\n".join(["Sources:", *turn.sources]))
