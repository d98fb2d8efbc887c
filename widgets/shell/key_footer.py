"""The keys that do something now, as many as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

LAST = 3
"""Those at the end that stay: help, commands, quit."""


@dataclass(frozen=True)
class Shown:
    """One key as the footer shows it."""

    key: str
    display: str
    description: str
    action: str
    enabled: bool
    tooltip: str

    @property
    def width(self) -> int:
        return len(self.display) + len(self.description)


class ReusedKey(FooterKey):
    """A place in the footer: it shows one key after the other."""

    def __init__(self) -> None:
        super().__init__("", "", "", "")
        self.set_reactive(FooterKey.compact, False)
        self._shown: Shown | None = None

    def show(self, shown: Shown | None) -> None:
        """Show this key, or nothing."""
        if shown == self._shown:
            return
        self._shown = shown
        self.display = shown is not None
        if shown is not None:
            self.key, self.key_display, self.description = shown.key, shown.display, shown.description
            self.action, self._disabled, self.tooltip = shown.action, not shown.enabled, shown.tooltip or None
            self.set_class(not shown.enabled, "-disabled")
            # Textual caches a size by this count, which only the first of several changes before an idle moment raises.
            self._layout_updates += 1
            self.refresh(layout=True)


class KeyFooter(Footer):
    """Where keys do not all fit, those before the last ones are left out whole; help and palette tell them.

    Textual's own footer is rebuilt whenever bindings may have changed, at 50 ms each, and its watchers only grow. This
    one changes the keys that are there, and does nothing while the same keys work.
    """

    def __init__(self) -> None:
        super().__init__(show_command_palette=False)
        self._shown: tuple[Shown, ...] = ()
        self._due = False
        """Whether a look at the keys is scheduled."""

    def compose(self) -> ComposeResult:
        """Nothing yet: which keys work is known once the screen has its focus."""
        yield from ()

    def bindings_changed(self, screen: Screen[object]) -> None:
        if screen.app.app_focus and self.is_attached and screen is self.screen:
            self._look_soon()

    def on_resize(self) -> None:
        self._look_soon()

    def _look_soon(self) -> None:
        if not self._due:
            self._due = True
            self.call_after_refresh(self._look)

    async def _look(self) -> None:
        self._due = False
        shown = self._fitting()
        if shown == self._shown:
            return
        self._shown = shown
        places = list(self.query_children(ReusedKey))
        more = [ReusedKey() for _ in range(len(shown) - len(places))]
        for number, place in enumerate([*places, *more]):
            place.show(shown[number] if number < len(shown) else None)
        if more:
            await self.mount(*more)

    def _fitting(self) -> tuple[Shown, ...]:
        """The keys that work now and have room: the first of those that do the same."""
        blanks = 3 if self.screen.has_class("-wide") else 2
        active = [each for each in self.screen.active_bindings.values() if each.binding.show]
        first = {each.binding.action: each for each in reversed(active)}
        keys = [
            Shown(
                key=one.binding.key,
                display=self.app.get_key_display(one.binding),
                description=one.binding.description,
                action=one.binding.action,
                enabled=one.enabled,
                tooltip=one.tooltip,
            )
            for one in (first[action] for action in dict.fromkeys(each.binding.action for each in active))
        ]
        return _without_what_overflows(keys, blanks, self.app.size.width)


def _without_what_overflows(keys: Sequence[Shown], blanks: int, width: int) -> tuple[Shown, ...]:
    kept = list(keys)
    while len(kept) > LAST and sum(key.width + blanks for key in kept) > width:
        del kept[-LAST - 1]
    return tuple(kept)
