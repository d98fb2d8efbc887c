"""An app whose screens are opened and switched without the work that Textual does to be safe.

A new screen is built, laid out and painted once. Textual computes the styles of the screen before it twice, paints the
new one while it is built and throws that away, shows it at the next tick of two timers, and writes it twice.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from textual._context import active_message_pump
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.geometry import Size
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widget import Widget

from tui.garbage import no_collection

Result = TypeVar("Result")

BUILD_SECONDS = 0.5
"""After this time a screen is painted even if not all of it is there."""

OPENING = "opening"
"""The group of workers that wait until a screen is built."""


OWN_PACKAGES = ("tui.", "widgets.")

RuleSet.__hash__ = object.__hash__  # type: ignore[method-assign]
"""By identity, as Textual's own, which is written in Python and called for each rule for each node: 50,000 times for
one pane, a sixth of the time that it takes to open."""


class KeptStylesheet(Stylesheet):
    """Parses a style sheet again only if the theme's variables have changed.

    Textual's own parses all of them three times when a screen with one of its own is opened for the first time, which
    takes 0.2 s.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        super().__init__(variables=dict(variables))
        self._known_variables = dict(variables)

    def set_variables(self, variables: dict[str, str]) -> None:
        if variables != self._known_variables:
            self._known_variables = dict(variables)
            super().set_variables(variables)

    def reparse(self) -> None:
        self.parse()


async def flushed(node: MessagePump) -> None:
    """Wait until a node has handled all messages in its queue; a new one is mounted first."""
    done = asyncio.Event()
    if node.call_later(done.set):
        await done.wait()


async def all_flushed(screen: Screen[Any]) -> None:
    """Wait until a screen and its widgets have handled all messages in their queues."""
    await flushed(screen)
    for node in screen.walk_children():
        await flushed(node)
    await flushed(screen)


def call_after_paint(widget: Widget, callback: Callable[[], object]) -> None:
    """Call it when the screen of a widget has been painted: a thread that computes would slow down the painting."""
    screen = widget.screen
    if isinstance(screen, FastScreen) and screen.is_new:
        screen.after_paint.append(callback)
    else:
        widget.call_after_refresh(callback)


def _own_kinds(base: type[Widget]) -> Iterator[type[Widget]]:
    """All imported classes of ours below a class."""
    for kind in base.__subclasses__():
        if kind.__module__.startswith(OWN_PACKAGES):
            yield kind
        yield from _own_kinds(kind)


def _style_files(kind: type[Widget]) -> Iterator[str]:
    """The style sheet files that a screen declares itself."""
    files = kind.__dict__.get("CSS_PATH") if issubclass(kind, Screen) else None
    for file in [files] if isinstance(files, str) else files or ():
        yield str(Path(inspect.getfile(kind)).with_name(file))


class FastScreen(Screen[Result]):
    """A screen that is not painted while its app holds updates back."""

    def _compositor_refresh(self) -> None:
        if not self.app._batch_count:  # otherwise Textual would paint it and throw the result away
            super()._compositor_refresh()

    is_new: bool = False
    """Whether it waits for its first messages to be handled; what is to be called after a refresh waits, too."""

    def __init__(self) -> None:
        super().__init__()
        self.after_paint: list[Callable[[], object]] = []
        """Called once it is painted as a new screen."""

    async def _invoke_and_clear_callbacks(self) -> None:
        if not self.is_new:  # Textual calls them at once while updates are held back, before the layout
            await super()._invoke_and_clear_callbacks()

    def _screen_resized(self, size: Size) -> None:
        """Textual lays it out at each switch, and the screen behind each dialog, even if nothing has changed."""
        if size != self._compositor.size or self._layout_required:
            super()._screen_resized(size)

    async def start(self) -> None:
        """Lay out what its first messages have changed, and call what waits for that."""
        self.lay_out()
        self.is_new = False
        await flushed(self)  # then it is idle, which runs the callbacks
        await flushed(self)

    def lay_out(self) -> None:
        """Lay it out if something changed, so that the next painting does not have to, which would paint twice."""
        if self._layout_required or self._scroll_required:
            self._layout_required = self._scroll_required = False
            self._refresh_layout()

    def paint(self) -> None:
        """Paint all of it now, without waiting for the next tick."""
        self.refresh()
        self._on_timer_update()
        for callback in self.after_paint:
            self.call_next(callback)
        self.after_paint.clear()


class FastScreens(App[object]):
    """Keeps parsed style sheets, and shows a screen as soon as it is built."""

    def __init__(self) -> None:
        super().__init__()
        self.stylesheet = KeptStylesheet(self.get_css_variables())
        self._switching = False
        self._building = asyncio.Lock()
        self._hidden: dict[Screen[Any], list[Exception]] = {}
        """The errors in each screen that is being built hidden."""

    def delay_update(self, delay: float = BUILD_SECONDS) -> None:
        """Hold updates back. Textual calls this when modes are switched; here `_show_built` ends it instead."""
        if not self._switching:
            super().delay_update(delay)

    def _load_screen_css(self, screen: Screen[Any]) -> None:
        """Apply the style sheet of a new screen to that screen; the others have styles of their own."""
        known = len(self.stylesheet.source)
        for path in screen.css_path:
            if not self.stylesheet.has_source(str(path)):
                self.stylesheet.read(path)
        if screen.CSS:
            scope = screen._css_type_name if screen.SCOPED_CSS else ""
            self.stylesheet.add_source(screen.CSS, ("", f"{type(screen).__name__}.CSS"), scope=scope)
        if len(self.stylesheet.source) > known:
            self.stylesheet.parse()
            self.stylesheet.update(screen)
        elif screen._css_update_count != self._css_update_count and screen.is_mounted:  # it was open before
            self.stylesheet.update(screen)
        screen._css_update_count = self._css_update_count

    async def parse_ahead(self) -> None:
        """Parse the style sheets of all imported screens and widgets of ours, in steps, so that keys get through."""
        for kind in _own_kinds(Widget):
            for path in _style_files(kind):
                if not self.stylesheet.has_source(path):
                    self.stylesheet.read(path)
            for location, css, tie_breaker, scope in kind.__new__(kind)._get_default_css():
                self.stylesheet.add_source(css, location, True, tie_breaker, scope)
            self.stylesheet.rules  # noqa: B018 - parses what is new
            await asyncio.sleep(0)

    def push_screen(self, *screen: Any, **options: Any) -> Any:
        """Show a dialog as soon as it is built."""
        self._begin_batch()
        try:
            return super().push_screen(*screen, **options)
        finally:
            self._show_when_built()

    def pop_screen(self) -> AwaitComplete:
        """Paint the screen below once, when the closed one is gone."""
        self._begin_batch()
        popped = None
        try:
            popped = super().pop_screen()
        finally:
            self._show_when_built(popped)
        return popped

    async def build_ahead(self, mode: str) -> None:
        """Build the screen of a mode that was not shown yet; only painting is left for when it is shown.

        If it cannot be built, its error is raised, and it is built again when it is asked for again.
        """
        async with self._building:
            make = self._modes.get(mode)
            if mode not in self._screen_stacks and callable(make):
                screen = make()
                self._screen_stacks[mode] = [screen]
                try:
                    await self.build_hidden(screen)
                except Exception:
                    del self._screen_stacks[mode]
                    screen.remove()
                    raise

    async def build_hidden(self, screen: Screen[Any]) -> None:
        """Build a screen that is not shown, and lay it out. Raises the first error in it."""
        self._hidden[screen] = []
        try:
            with no_collection(), suppress(TimeoutError):
                if isinstance(screen, FastScreen):
                    screen.is_new = True
                _, mounted = self._get_screen(screen)
                self._load_screen_css(screen)
                await mounted  # however long it takes: the pane's methods find no widgets before
                async with asyncio.timeout(BUILD_SECONDS):
                    await all_flushed(screen)
                with screen._context():
                    screen._refresh_layout(self.size)
        finally:
            errors = self._hidden.pop(screen)
        if errors:
            raise errors[0]

    def _handle_exception(self, error: Exception) -> None:
        """Textual ends the app, also for an error in a hidden screen, and if widgets are missing since it is closed."""
        node: Any = active_message_pump.get(None)
        while node is not None and not isinstance(node, Screen):
            node = node._parent
        if node in self._hidden:
            self._hidden[node].append(error)
        elif node is None or not self._exit or node in self._screen_stacks.get(self._current_mode, ()):
            super()._handle_exception(error)

    async def show_mode(self, mode: str) -> None:
        """Switch to a mode, and wait until its screen is there. Raises its error if it cannot be built."""
        await self.build_ahead(mode)
        self._begin_batch()
        self._switching = True
        try:
            switched = self.switch_mode(mode)
        finally:
            self._switching = False
            self._show_when_built()
        await switched

    def _show_when_built(self, before: Awaitable[object] | None = None) -> None:
        if isinstance(self.screen, FastScreen):
            self.screen.is_new = True
        self.run_worker(self._show_built(self.screen, before), group=OPENING, exit_on_error=False)

    async def _show_built(self, screen: Screen[Any], before: Awaitable[object] | None) -> None:
        """Wait until a screen and its widgets have handled their first messages; then paint it, and what follows."""
        with no_collection():
            try:
                with suppress(TimeoutError):
                    async with asyncio.timeout(BUILD_SECONDS):
                        if before is not None:
                            with self._context():  # a dialog that closes itself must not wait for its own end
                                closed = asyncio.ensure_future(before)
                            await asyncio.shield(closed)
                        await all_flushed(screen)
                        if isinstance(screen, FastScreen):
                            await screen.start()
            finally:
                shown = self.screen
                if isinstance(screen, FastScreen):
                    screen.is_new = False
                if self._batch_count == 1 and isinstance(shown, FastScreen):
                    shown.lay_out()
                self._end_batch()
                if not self._batch_count and isinstance(shown, FastScreen):
                    shown.paint()
