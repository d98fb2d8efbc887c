"""The part of the Chat pane that chooses what is asked: running servers, other endpoints, and the best model."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from textual import work

from core.chat.offers import Offer, can_be_watched, is_reachable, pair, read_offers
from core.config.load import load
from core.errors import LabtopError
from core.overview.best import best_model
from core.overview.model import BestModel
from core.overview.servers import running_servers
from core.serving.registry import ServerRegistry
from tui.context import Context
from tui.input_queue import MOVES_FOCUS
from tui.screens.chat.asking import api_key
from tui.screens.chat.models_dialog import ChosenModels, ModelsDialog
from tui.screens.chat.slash import SlashPane
from widgets.chat.chat_turn import Remark

WATCH_SECONDS = 0.7
"""Between two looks whether the server still listens, while the pane is shown: an end is noticed within 2 s."""


class ServersPane(SlashPane):
    """Notices a server that ends or appears."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._shown_now = asyncio.Event()
        self._was_reachable = False
        self._best: BestModel | None = None

    def on_mount(self) -> None:
        self._watch_server()

    def on_screen_suspend(self) -> None:
        self._shown_now.clear()

    def on_screen_resume(self) -> None:
        self._shown_now.set()
        self.read_best()
        self._follow_context()
        if not self._served:
            self._connect()

    def _follow_context(self) -> None:
        """Ask another endpoint if one was chosen elsewhere, for example by serving a model."""
        if self._asked != (self.context.base_url, self.context.model):
            self._use_endpoint(self.context.base_url, self.context.model)

    def _use_endpoint(self, url: str, model: str | None) -> None:
        self.context.base_url, self.context.model = url, model
        self._asked = (url, model)
        self._served, self._model = [], None
        self._show_head()
        self._connect()

    @work(group="watch-server", exit_on_error=False)
    async def _watch_server(self) -> None:
        """Say when the server has ended, and use it again when it is back; other machines are not watched."""
        while True:
            await self._shown_now.wait()
            await asyncio.sleep(WATCH_SECONDS)
            self._follow_context()
            url = self.context.base_url
            if self._reply is not None or not can_be_watched(url):
                continue
            reachable = await is_reachable(url)
            if self._reply is not None or url != self.context.base_url:
                continue
            if self._model is not None and not reachable:
                self._server_ended(url)
            elif self._model is None and reachable and not self._was_reachable:
                self._connect()
            self._was_reachable = reachable

    def _server_ended(self, url: str) -> None:
        self._served, self._model = [], None
        ended = f"{self.context.glyphs.error} The server at {url} has ended."
        text = f"{ended} The conversation is kept. To continue it:{self._advice()}"
        self._no_answer = self._add(Remark(text, is_error=True))
        self._show_head()

    def _advice(self) -> str:
        best = f" enter: serve the best model, {self._best.name}; or" if self._best is not None else ""
        return f"{best} esc, then s: serve a model, or M: use another server."

    @work(group="best", exclusive=True, exit_on_error=False)
    async def read_best(self) -> None:
        """Which model is the best one; it is offered when no server answers."""
        self._best = await asyncio.to_thread(best_model, self.context.jobs)
        self.refresh_bindings()

    @work(group=MOVES_FOCUS, exit_on_error=False)
    async def action_serve_best(self) -> None:
        """Serve the best model, and chat with it as soon as it answers."""
        self._best = await asyncio.to_thread(best_model, self.context.jobs)
        if self._best is None:
            self.notify("There is no trained model yet. esc, then s serves another model.")
        else:
            await self._serve(self._best.path, self._best.name)

    async def _serve(self, path: str, name: str) -> None:
        """Serve a model, unless a server has it already."""
        for server in await asyncio.to_thread(running_servers, self.context.jobs):
            if server.model == path and server.url is not None:
                self._use_endpoint(server.url, server.names[0] if server.names else None)
                return
            if server.model == path:
                self.notify(f"{name} is being loaded.", markup=False)
                return
        self._add(Remark(f"Serving {name}: the chat uses it as soon as it answers. 8 shows its job."))
        await self.app.run_action(f"app.serve_here({path!r})")

    # Choosing.

    async def _offers(self, urls: Sequence[str] = ()) -> list[Offer]:
        """The models of running servers, of the chat's endpoint, of the settings', and of more URLs."""
        return await asyncio.to_thread(self._read_offers, urls)

    def _read_offers(self, urls: Sequence[str]) -> list[Offer]:
        best = best_model(self.context.jobs)
        trained = [(best.path, "best model")] if best is not None else []
        if best is not None and best.base is not None:
            trained.append((best.base, "its base"))
        file, usual = self.context.settings_file, []
        with suppress(LabtopError):  # settings that cannot be read are reported elsewhere
            usual.append(load(file if file.exists() else None).settings.chat.endpoint_url)
        return read_offers(ServerRegistry().read(), [self.context.base_url, *usual, *urls], api_key(), trained)

    @work(group=MOVES_FOCUS, exit_on_error=False)
    async def action_choose_models(self) -> None:
        """Choose the model to chat with."""
        await self._choose(several=False)

    @work(group=MOVES_FOCUS, exit_on_error=False)
    async def action_compare_models(self) -> None:
        """Compare the base and the best model if both are served; else choose; again: end the comparison."""
        if self.is_comparing:
            await self.end_comparison()
            return
        found = pair(await self._offers())
        if found:
            await self.compare(ChosenModels(tuple(found)))
        else:
            await self._choose(several=True)

    async def _choose(self, *, several: bool) -> None:
        current = Offer(self._model, self.context.base_url) if self._model is not None else None
        dialog = ModelsDialog(self._offers, current, self.context.glyphs, several=several)
        chosen = await self.app.push_screen_wait(dialog)
        if chosen is None:
            return
        first = chosen.offers[0]
        if len(chosen.offers) > 1:
            await self.compare(chosen)
        elif first.url is None:
            await self._serve(first.model, first.name)
        else:
            await self.end_comparison()
            self._use_endpoint(first.url, first.model)

    # Comparing, which is another part's.

    @property
    def is_comparing(self) -> bool:
        """Whether questions go to several models."""
        raise NotImplementedError

    async def compare(self, chosen: ChosenModels) -> None:
        """Send the next questions to several models."""
        raise NotImplementedError

    async def end_comparison(self) -> None:
        """Return to the conversation with one model."""
        raise NotImplementedError
