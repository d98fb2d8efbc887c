"""Pairs that a model drafts for a context, shown one by one to accept or skip."""

from __future__ import annotations

import asyncio
import importlib
import os
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import aclosing
from textwrap import wrap
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from core.chat.client import choose_model
from core.serving.client import list_models
from core.serving.completions.streaming import stream_reply
from core.taxonomy.authoring.draft import DraftedPair, PairReader, prompt
from tui.context import Context
from tui.defects import as_labtop_error
from tui.screens.shared.dialog import Dialog
from widgets.text_width import cut

LABEL_WIDTH = 10
"""Columns of the labels of question and answer."""


class DraftDialog(Dialog[None]):
    """Only pairs that the user accepts are added to the leaf."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "decide(True)", "Accept", id="draft.take", tooltip="Add the pair to the leaf."),
        Binding("n", "decide(False)", "Skip", id="draft.leave", tooltip="Drop the pair."),
        Binding("m", "ask_again", "More", id="draft.more", tooltip="Ask for more pairs."),
        Binding("enter", "finish", "Close", show=False, id="draft.finish", tooltip="Close the dialog."),
        Binding(
            "escape", "close", "Close", id="draft.close", tooltip="Close; pairs that are not accepted are dropped."
        ),
    ]

    def __init__(
        self, context: Context, passage: str, known: Sequence[str], take: Callable[[DraftedPair], object]
    ) -> None:
        """`known` are the existing questions about the passage; `take` is called with each accepted pair."""
        super().__init__(context.glyphs)
        self.context = context
        self._passage = passage
        self._known = list(known)
        """The existing and all drafted questions."""
        self._pairs = len(known)
        """The number of the context's pairs, including accepted ones."""
        self._take = take
        self._waiting: deque[DraftedPair] = deque()
        self._streaming = True
        self._raw = ""
        self._count = self._before = 0
        """Pairs drafted in total, and before the last request."""
        self._taken = 0

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("Pairs for this context", id="draft-head", classes="dialog-question", markup=False)
            yield Static(cut(self._passage, 220, self._glyphs), id="draft-context", markup=False)
            yield Static("", id="draft-pair")
            yield Static("", id="draft-keys")

    def on_mount(self) -> None:
        self._show()
        self._ask()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            error = as_labtop_error(event.worker.error)
            hint = f"\n{error.hint}" if error.hint else ""
            self.notify(f"{error.message}{hint}", severity="error", timeout=8, markup=False)
            if not self._waiting:
                self.dismiss()

    @work(exclusive=True, group="draft", exit_on_error=False)
    async def _ask(self) -> None:
        """Ask the model, and queue each pair as soon as it is complete."""
        try:
            key = os.environ.get("LABTOP_API_KEY")
            served = await asyncio.to_thread(list_models, self.context.base_url, key)
            model = choose_model(self.context.model, served).name
            self.query_one("#draft-head", Static).update(f"Pairs for this context, drafted by {model}")
            await asyncio.to_thread(importlib.import_module, "openai")  # half a second, off the loop
            messages = [{"role": "user", "content": prompt(self._passage, self._known)}]
            reader = PairReader()
            async with aclosing(stream_reply(self.context.base_url, model, messages, api_key=key)) as pieces:
                async for piece in pieces:
                    self._raw += piece
                    self._receive(reader.take(piece))
            self._receive(reader.finish())
        finally:
            self._streaming = False
        self._show()

    def _receive(self, pairs: Sequence[DraftedPair]) -> None:
        known = {" ".join(question.casefold().split()) for question in self._known}
        new = [pair for pair in pairs if " ".join(pair.question.casefold().split()) not in known]
        self._known += [pair.question for pair in new]
        self._waiting.extend(new)
        self._count += len(new)
        if new or not self._waiting:
            self._show()

    def _show(self) -> None:
        glyphs = self._glyphs
        keys = []
        if self._waiting:
            pair = self._waiting[0]
            shown = Content("\n").join([self._part("Question", pair.question), self._part("Answer", pair.answer)])
            keys = [("y", "accept"), ("n", "skip"), ("esc", "close")]
        elif self._streaming:
            shown = Content.styled(
                cut(self._raw[-200:], 200, glyphs) or f"waiting for the model{glyphs.ellipsis}", "$foreground-muted"
            )
        elif self._count:
            new = "" if self._count > self._before else "No new pairs. "
            shown = Content(f"{new}Done: {self._taken} of {self._count} accepted; the context now has {self._pairs}.")
        else:
            shown = Content("The reply contains no new pairs in the expected format.")
        if not self._waiting and not self._streaming:
            keys = [("m", "more"), ("enter", "close")]
        self.query_one("#draft-pair", Static).update(shown)
        number = self._count - len(self._waiting) + bool(self._waiting)
        place = f"pair {number}{'' if self._streaming else f' of {self._count}'}   " if self._waiting else ""
        line = [Content.assemble((key, "$text-primary"), f" {does}   ") for key, does in keys or [("esc", "close")]]
        self.query_one("#draft-keys", Static).update(Content.assemble((place, "bold"), *line))
        self.refresh_bindings()

    def _part(self, label: str, text: str) -> Content:
        """A question or answer with its label, wrapped and indented."""
        width = self.query_one("#draft-pair").size.width or self.size.width
        lines = wrap(text, max(20, width - LABEL_WIDTH))
        return Content.assemble(
            (f"{label:<{LABEL_WIDTH}}", "$foreground-muted"), ("\n" + " " * LABEL_WIDTH).join(lines)
        )

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    def action_decide(self, taken: bool) -> None:
        pair = self._waiting.popleft()
        if taken:
            self._taken += 1
            self._pairs += 1
            self._take(pair)
        self._show()

    def action_ask_again(self) -> None:
        self._streaming, self._raw, self._before = True, "", self._count
        self._ask()
        self._show()

    def action_finish(self) -> None:
        self.dismiss()

    def action_close(self) -> None:
        self.dismiss()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("ask_again", "finish"):
            return not self._waiting and not self._streaming
        return action != "decide" or bool(self._waiting)
