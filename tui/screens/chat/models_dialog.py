"""The dialog that chooses the model to chat with, or the models to compare."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from core.chat.compare import MAX_MODELS
from core.chat.offers import Offer
from core.errors import LabtopError
from core.printable import printable
from core.serving.client import normalise_url
from tui.input_queue import MOVES_FOCUS
from tui.screens.shared.dialog import Dialog
from widgets.forms.form_text import key_line
from widgets.glyphs import Glyphs
from widgets.line_input import LineInput
from widgets.lists.row_list import Row, RowList
from widgets.shell.frames import set_frame
from widgets.text_width import cut

NOTHING = "No server runs. Start one (esc, then s), or type the URL of an endpoint below."

TOO_FEW = "Comparing needs two served models. Serve another one: esc, then s."

MARK_MORE = "Mark two to four models with space."

ReadOffers = Callable[[Sequence[str]], Awaitable[list[Offer]]]
"""Reads the offers, with those of the given URLs."""


@dataclass(frozen=True)
class ChosenModels:
    """What was chosen: one model to chat with or to serve, or several to compare."""

    offers: tuple[Offer, ...]
    blind: bool = False
    """Whether the names of the compared models are hidden until the vote."""


class ModelsDialog(Dialog[ChosenModels | None]):
    """Rows of served models, then of trained ones that are not served; and a line for another URL."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Use", priority=True, id="dialog.send", tooltip="Use the model, or compare those."),
        Binding("space", "mark", "Mark", id="dialog.mark", tooltip="Mark models to compare them side by side."),
        Binding("b", "hide_names", "Blind", show=False, id="dialog.blind", tooltip="Hide the names until the vote."),
        Binding("tab", "app.focus_next", "URL", show=False, id="dialog.next"),
        Binding("escape", "close", "Cancel", id="dialog.cancel", tooltip="Change nothing."),
    ]

    rows = getters.query_one("#model-rows", RowList)
    line = getters.query_one("#model-url", Input)

    def __init__(self, read: ReadOffers, current: Offer | None, glyphs: Glyphs, *, several: bool) -> None:
        """With `several` it begins with how models are compared."""
        super().__init__(glyphs)
        self._read = read
        self._current = current
        self._several = several
        self._urls: list[str] = []
        self._offers: list[Offer] = []
        self._marked: list[Offer] = []
        self._blind = False

    def compose(self) -> ComposeResult:
        with Vertical(id="model-form"):
            yield RowList("Looking for servers", id="model-rows")
            yield LineInput(placeholder="URL of another endpoint, such as http://10.0.0.7:8000/v1", id="model-url")
            yield Static("", id="model-message", markup=False)
            yield Static("", id="model-keys")

    def on_mount(self) -> None:
        self.rows.focus()
        self._show()
        self._look()

    @work(group=MOVES_FOCUS, exclusive=True, exit_on_error=False)
    async def _look(self) -> None:
        """Read the offers."""
        self._offers = await self._read(self._urls)
        if self._several and sum(offer.url is not None for offer in self._offers) < 2:
            self._say(TOO_FEW)
        self._show()

    def _show(self) -> None:
        self.rows.set_rows([self._row(offer) for offer in self._offers], NOTHING if self._offers == [] else None)
        self.rows.styles.height = max(2, min(len(self._offers), self.app.size.height - 12))
        marked = len(self._marked)
        title = f"Compare {marked} models" if marked > 1 else "Compare: mark two to four" if self._several else "Model"
        set_frame(self.query_one("#model-form"), title, "names hidden until the vote" if self._blind else "")
        use = "compare" if marked > 1 else "use"
        blind = "names" if self._blind else "blind"
        keys = (("enter", use), ("space", "mark to compare"), ("b", blind), ("tab", "URL"), ("esc", "cancel"))
        self.query_one("#model-keys", Static).update(key_line(keys, self.query_one("#model-keys").size.width))

    def _row(self, offer: Offer) -> Row:
        marked = offer in self._marked
        letter = "ABCD"[self._marked.index(offer)] if marked else " "
        is_current = offer.url is not None and self._current is not None and _same(offer, self._current)
        where = offer.url or "not served: enter serves it"
        glyphs = self._glyphs

        def draw(width: int) -> Content:
            room = max(10, width - 4)
            left = cut(printable(offer.name), room * 2 // 5, glyphs)
            right = cut(", ".join(part for part in (where, offer.role) if part), room - len(left) - 2, glyphs)
            mark = letter if marked else glyphs.changed if is_current else " "
            style = "" if offer.url is not None else "$foreground-muted"
            return Content.assemble(
                (f"{mark} ", "bold $text-primary"), (left, style), "  ", (right, "$foreground-muted")
            )

        return Row(offer, (offer, letter, is_current), draw)

    @property
    def _chosen(self) -> Offer | None:
        key = self.rows.cursor_key
        return key if isinstance(key, Offer) else None

    def action_mark(self) -> None:
        offer = self._chosen
        if offer is None or self.focused is not self.rows:
            return
        if offer.url is None:
            self._say("It is not served yet: enter serves it.")
            return
        self._say("")
        if offer in self._marked:
            self._marked.remove(offer)
        elif len(self._marked) < MAX_MODELS:
            self._marked.append(offer)
        self._show()

    def action_hide_names(self) -> None:
        self._blind = not self._blind
        self._show()

    def _say(self, text: str) -> None:
        self.query_one("#model-message", Static).update(text)

    @on(RowList.Opened)
    def action_choose(self) -> None:
        if self.focused is self.line:
            self._add_url()
        elif len(self._marked) > 1:
            self.dismiss(ChosenModels(tuple(self._marked), self._blind))
        elif self._chosen is None:
            return
        elif self._marked or (self._several and self._chosen.url is not None):
            self._say(MARK_MORE)
        else:
            self.dismiss(ChosenModels((self._chosen,)))

    @work(group=MOVES_FOCUS, exclusive=True, exit_on_error=False)
    async def _add_url(self) -> None:
        """Ask another endpoint for its models."""
        try:
            url = normalise_url(self.line.value)
        except LabtopError as error:
            self._say(f"{error.message} {error.hint or ''}")
            return
        offers = await self._read([*self._urls, url])
        found = next((offer for offer in offers if offer.url == url), None)
        if found is None:
            self._say(f"No models are listed at {url}: check that its server runs.")
            return
        self._urls.append(url)
        self._offers = offers
        self._say("")
        self.line.value = ""
        self._show()
        self.rows.focus()
        self.rows.move_to_key(found)

    def action_close(self) -> None:
        self.dismiss(None)


def _same(one: Offer, other: Offer) -> bool:
    return (one.url, one.model) == (other.url, other.model)
