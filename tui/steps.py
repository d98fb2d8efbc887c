"""The next step of the method, and the forms that start each step: the actions that every pane has."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType

from core import paths
from core.commands.form_table import FORMS
from core.jobs.control import resume
from core.jobs.launch import launch
from core.jobs.observe import ENDED
from tui.explain import ExplainActions
from tui.input_queue import MOVES_FOCUS
from tui.screens.shared.pane import Pane

if TYPE_CHECKING:
    from core.commands.form import Form
    from core.commands.request import JobRequest
    from core.config.options.chat import ChatOptions
    from core.overview.model import NextStep, Overview, Server
    from tui.screens.forms.filled import Filled

READY_SECONDS = 0.5
"""Between two looks whether a server is ready."""


SHOWN_IN_MODELS = ("download", "upload")
"""The kinds of jobs that the Models pane shows with their progress."""


class StepActions(ExplainActions, inherit_bindings=False):
    """Opens the form of a step, starts its job and shows it; after serving, the chat talks to the new server."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "next_step", "Next step", id="step.take-next", tooltip="Do the next step of the method."),
        Binding(
            "g",
            "start_step('generate')",
            "Generate",
            show=False,
            id="step.generate",
            tooltip="Generate data from the taxonomy.",
        ),
        Binding("t", "start_step('train')", "Train", show=False, id="step.train", tooltip="Train a student model."),
        Binding(
            "e",
            "start_step('evaluate')",
            "Evaluate",
            show=False,
            id="step.evaluate",
            tooltip="Evaluate a model against its base.",
        ),
        Binding("s", "start_step('serve')", "Serve", show=False, id="step.serve", tooltip="Serve a model."),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._typed: dict[str, dict[str, str]] = {}
        """What was typed in each form that was not sent, by command."""

    # The next step.

    @work(group=MOVES_FOCUS, exclusive=True, exit_on_error=False)
    async def action_next_step(self) -> None:
        """Do what the overview offers first. Nothing happens while a dialog is open, whose keys are its own."""
        if not isinstance(self.screen, Pane):
            return
        overview = await asyncio.to_thread(self.context.read_overview)
        await self._take(overview.next_step, overview)

    async def _take(self, step: NextStep, overview: Overview) -> None:
        if step.step in FORMS and step.step != "chat":
            await self._fill_in(step.step, overview)
        elif step.step == "chat":
            await self._chat(overview)
        elif step.step == "watch" and step.job is not None:
            trains = overview.step("train")
            is_training = trains.state == "running" and trains.job == step.job
            show = "show_training" if is_training else "show_job"
            await self.run_action(f"app.{show}({step.job!r})")
        elif step.step == "resume" and step.job is not None:
            await self._resume(step.job)
        else:
            await self.run_action("app.show_pane('taxonomy')")
            self.notify(f"{step.title}. {step.why}", markup=False)
            if step.leaf is not None:
                await self.run_action(f"screen.show_leaf({step.leaf!r})")

    async def _resume(self, job: str) -> None:
        store = self.context.store
        folder = await asyncio.to_thread(store.find, job)
        fresh = await asyncio.to_thread(resume, folder, store)
        self.notify(f"{fresh.id} resumes {job}.", markup=False)
        show = "show_training" if fresh.spec.kind == "train" else "show_job"
        await self.run_action(f"app.{show}({fresh.id!r})")

    @work(group="offer", exclusive=True, exit_on_error=False)
    async def action_offer_next_step(self, done: str = "") -> None:
        """Say what can be done next, and by which key, after a sentence about what has just happened."""
        if done:
            self.notify(done, markup=False)  # at once: reading the overview may take a second
        step = (await asyncio.to_thread(self.context.read_overview)).next_step
        parts = (done, f"Next: {step.title} (w).", step.why)
        self.notify(" ".join(part for part in parts if part), timeout=8, markup=False)

    # Forms.

    @work(group=MOVES_FOCUS, exclusive=True, exit_on_error=False)
    async def action_start_step(self, command: str) -> None:
        """Open the form of a command; `chat` goes to the server of ours that is ready, if there is one."""
        overview = await asyncio.to_thread(self.context.read_overview)
        if command == "chat" and _ready(overview) is not None:
            await self._chat(overview)
        else:
            await self._fill_in(command, overview)

    def action_serve_model(self, path: str) -> None:
        """Open the form that serves a model, with this one in it."""
        self.action_open_form("serve", {"model_path": path})

    def action_open_form(self, command: str, texts: dict[str, str]) -> None:
        """Open the form of a command, with these texts in its fields; an empty one leaves a field as it is."""
        typed = self._typed.setdefault(command, {})
        typed.update({name: text for name, text in texts.items() if text})
        if typed.get("base_model") == typed.get("model"):
            typed.pop("base_model", None)  # of an earlier form: a model is not compared with itself
        self.action_start_step(command)

    async def _fill_in(self, command: str, overview: Overview) -> None:
        form = await asyncio.to_thread(self._form, command, overview)
        from tui.screens.forms.dialog import FormDialog

        dialog = FormDialog(form, self.context.glyphs, self._typed.setdefault(command, {}))
        self.push_screen(dialog, lambda filled: self._sent(command, filled))

    def _form(self, command: str, overview: Overview) -> Form:
        from core.commands.form import read_form  # reading settings takes half a second the first time
        from core.commands.presets import Place, with_presets

        context = self.context
        here = (context.taxonomy_path, context.taxonomy_base)
        model = self._typed.get(command, {}).get("model", "")
        place = Place(*here, best=overview.best, data=overview.data, endpoint=context.base_url, model=model)
        if overview.taxonomy.leaves:
            changed = overview.taxonomy.changed
            place = replace(place, base_is_missing=changed is None, nothing_changed=changed == 0)
        usual = context.settings_file == paths.current().config_file
        return with_presets(read_form(command, None if usual else context.settings_file), place)

    def _sent(self, command: str, filled: Filled | None) -> None:
        if filled is not None and filled.request is not None and filled.request.kind == "upload":
            self._start_upload(command, filled, filled.request)
        elif filled is not None:
            self._start(command, filled)

    @work(group="act", exit_on_error=False)
    async def _start_upload(self, command: str, filled: Filled, request: JobRequest) -> None:
        """Start an upload, after asking if it replaces a release."""
        from tui.screens.shared.upload import allowed_upload

        allowed = await allowed_upload(self, self.context, request)
        if allowed is not None:
            self._start(command, replace(filled, request=allowed))

    @work(group=MOVES_FOCUS, exit_on_error=False)
    async def _start(self, command: str, filled: Filled) -> None:
        """Start the job of a form and show it."""
        request = filled.request
        if request is None:
            self._typed.pop(command, None)
            await self._talk(filled.options)
            return
        notes = list(filled.notes)
        if request.stops:
            from core.commands.make_room import stop_first

            await asyncio.to_thread(stop_first, request.stops, notes.append)
        folder = await asyncio.to_thread(launch, request.spec(), self.context.store, request.environment)
        self._typed.pop(command, None)  # until then it can be sent again, for example once the disk has room
        if notes:
            self.notify("\n".join(notes), severity="warning", markup=False)
        if request.kind in SHOWN_IN_MODELS:
            await self.run_action("app.show_pane('models')")
        elif request.kind == "train":
            await self.run_action(f"app.show_training({folder.id!r})")
        else:
            await self.run_action(f"app.show_job({folder.id!r})")
        if command == "serve":
            self._await_server(folder.id)

    # Serving and chatting.

    @work(group="serve-here", exclusive=True, exit_on_error=False)
    async def action_serve_here(self, path: str) -> None:
        """Serve a model with the usual options, without a form, and stay in the pane."""
        from core.commands.start import request_of

        overview = await asyncio.to_thread(self.context.read_overview)
        form = await asyncio.to_thread(self._form, "serve", overview)
        request = await asyncio.to_thread(request_of, form, form.texts({"model_path": path}))
        folder = await asyncio.to_thread(launch, request.spec(), self.context.store, request.environment)
        self._await_server(folder.id)

    @work(group="await-server", exit_on_error=False)
    async def _await_server(self, job: str) -> None:
        """Once a server that was started here answers, the chat talks to it."""
        from core.overview.servers import running_servers

        seen = False
        while True:
            await asyncio.sleep(READY_SECONDS)
            found = [each for each in self.context.jobs if each.spec.id == job]
            if not found and not seen:
                continue
            if not found or found[0].status in ENDED:
                return
            seen = True
            for server in await asyncio.to_thread(running_servers, found):
                if server.job == job and server.url is not None:
                    self._use(server)
                    name = server.names[0] if server.names else server.model
                    self.notify(f"{name} is ready at {server.url}. Press 6 to chat with it.", markup=False)
                    return

    def _use(self, server: Server) -> None:
        self.context.base_url = server.url or self.context.base_url
        self.context.model = server.names[0] if server.names else None

    async def _chat(self, overview: Overview) -> None:
        server = _ready(overview)
        if server is not None:
            self._use(server)
        await self.run_action("app.show_pane('chat')")

    async def _talk(self, options: ChatOptions) -> None:
        """Chat with the options of a form."""
        context = self.context
        context.base_url, context.model = options.endpoint_url, options.model
        context.use_chat_settings(options.model_dump())
        await self.run_action("app.show_pane('chat')")


def _ready(overview: Overview) -> Server | None:
    """The server to chat with: that of the best model, else the newest that is ready."""
    ready = [server for server in overview.servers if server.url is not None]
    best = overview.best
    return next((server for server in ready if best is not None and server.model == best.path), next(iter(ready), None))
