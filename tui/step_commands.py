"""Forms in the command palette that have no key of their own."""

from __future__ import annotations

from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from core.commands.form_table import FORMS

KEYLESS = ("run", "quickstart", "chat")
"""The others are found by their keys."""


class StepCommands(Provider):
    """Such as `start: Run the whole method`."""

    async def discover(self) -> Hits:
        for name, command in self._names():
            yield DiscoveryHit(name, partial(self._open, command), help=_help(command))

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for name, command in self._names():
            score = matcher.match(name)
            if score > 0:
                yield Hit(score, matcher.highlight(name), partial(self._open, command), help=_help(command))

    def _names(self) -> list[tuple[str, str]]:
        return [(f"start: {FORMS[command].title}", command) for command in KEYLESS]

    async def _open(self, command: str) -> None:
        await self.app.run_action(f"app.start_step({command!r})")


def _help(command: str) -> str:
    return f"Open the form of labtop {' '.join(FORMS[command].argv)}."
