"""The command palette: the actions of all active keys by name, the panes, and the jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Protocol, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.screen import Screen

from tui.context import Context

WITHOUT = ("list", "dialog", "tree", "help", "input", "filter", "text")
"""Groups of bindings that move a cursor or a selection: they are useless by name."""

PALETTE = "view.commands"
"""The binding that opens the palette."""

JOBS_LISTED = 50
"""How many of the newest jobs are searched."""


class Host(Protocol):
    """The application that runs the commands."""

    context: Context

    async def run_action_here(self, screen: Screen[Any], action: str) -> None:
        """Run an action as the screen's focused widget would."""

    async def action_show_job(self, job: str) -> None:
        """Show a job in the Jobs pane."""


class Commands(Provider):
    """Namespaced commands: `jobs: Stop job`, `view: Chat`, `job: quickstart-k3f9x …`."""

    async def discover(self) -> Hits:
        for name, help_text, callback in self._commands(with_jobs=False):
            yield DiscoveryHit(name, callback, help=help_text)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for name, help_text, callback in self._commands(with_jobs=True):
            score = matcher.match(name)
            if score > 0:
                yield Hit(score, matcher.highlight(name), callback, help=help_text)

    def _commands(self, *, with_jobs: bool) -> Iterator[tuple[str, str, Callable[[], object]]]:
        app = cast(Host, self.app)
        seen = {PALETTE}
        for _, binding, enabled, _ in self.screen.active_bindings.values():
            group, _, _ = (binding.id or "").partition(".")
            if not enabled or not binding.id or not binding.description or group in WITHOUT or binding.id in seen:
                continue
            seen.add(binding.id)
            yield (
                f"{group}: {binding.description}",
                binding.tooltip,
                partial(app.run_action_here, self.screen, binding.action),
            )
        if with_jobs:
            for job in app.context.jobs[:JOBS_LISTED]:
                yield (
                    f"job: {job.spec.id} {job.spec.title}",
                    f"{job.status}: show it in the Jobs pane.",
                    partial(app.action_show_job, job.spec.id),
                )
