"""The active keys, as many as fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

LAST = ("view.help", "view.commands", "view.quit")
"""Ids of the keys that are at the end and always shown."""


@dataclass(frozen=True)
class Shown:
    """One key as the footer shows it."""

    key: str
    display: str
    description: str
    action: str
    enabled: bool
    tooltip: str
    id: str = ""

    @property
    def width(self) -> int:
        return cell_len(self.display) + cell_len(self.description)


class ReusedKey(FooterKey):
    """A slot in the footer that can show different keys over time."""

    def __init__(self) -> None:
        super().__init__("", "", "", "")
        self.set_reactive(FooterKey.compact, False)
        self._shown: Shown | None = None

    def show(self, shown: Shown | None) -> None:
        """Show this key, or none."""
        if shown == self._shown:
            return
        self._shown = shown
        self.display = shown is not None
        if shown is not None:
            self.key, self.key_display, self.description = shown.key, shown.display, shown.description
            self.action, self._disabled, self.tooltip = shown.action, not shown.enabled, shown.tooltip or None
            self.set_class(not shown.enabled, "-disabled")
            self.measure_again()

    def measure_again(self) -> None:
        """Compute the width again, after a change of the text or of the padding around it."""
        # Textual caches a size by this count, which only the first of several changes before an idle moment raises.
        self._layout_updates += 1
        self.refresh(layout=True)


class KeyFooter(Footer):
    """If not all keys fit, whole keys before the last ones are omitted; help and palette still list them.

    Textual's own footer is rebuilt whenever bindings may have changed, which takes 50 ms and leaks watchers. This
    one updates its slots in place, and does nothing if the keys have not changed.
    """

    def __init__(self) -> None:
        super().__init__(show_command_palette=False)
        self._shown: tuple[Shown, ...] = ()
        self._blanks = 0
        """The padding of each key that these were laid out for."""
        self._due = False
        """Whether an update is scheduled."""

    def compose(self) -> ComposeResult:
        """Nothing yet: the active keys are known once the screen has its focus."""
        yield from ()

    def bindings_changed(self, screen: Screen[object]) -> None:
        if screen.app.app_focus and self.is_attached and screen is self.screen:
            self._schedule_update()

    def on_resize(self) -> None:
        self._schedule_update()

    def _schedule_update(self) -> None:
        if not self._due:
            self._due = True
            self.call_after_refresh(self._update_keys)

    def update_soon(self) -> None:
        """Look at the keys again, since the screen is shown again."""
        self._schedule_update()

    async def _update_keys(self) -> None:
        self._due = False
        # Some keys are checked by the screen that is shown, which may not be ready yet; at the end there is none.
        if not self.is_attached or not self.screen.is_current:
            return
        blanks = 3 if self.screen.has_class("-wide") else 2
        shown, before = self._fitting(blanks), self._blanks
        if shown == self._shown and blanks == before:
            return
        self._shown, self._blanks = shown, blanks
        places = list(self.query_children(ReusedKey))
        more = [ReusedKey() for _ in range(len(shown) - len(places))]
        for number, place in enumerate([*places, *more]):
            place.show(shown[number] if number < len(shown) else None)
            if blanks != before:
                place.measure_again()
        if more:
            await self.mount(*more)

    def _fitting(self, blanks: int) -> tuple[Shown, ...]:
        """The active keys that fit; of several keys with the same action, the first."""
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
                id=one.binding.id or "",
            )
            for one in (first[action] for action in dict.fromkeys(each.binding.action for each in active))
        ]
        return _fit(keys, blanks, self.app.size.width)


def _fit(keys: Sequence[Shown], blanks: int, width: int) -> tuple[Shown, ...]:
    """As many keys as fit, each as a whole: the last ones, and of the others the first ones."""
    last = sorted((key for key in keys if key.id in LAST), key=lambda key: LAST.index(key.id))
    kept = [key for key in keys if key.id not in LAST]
    while kept and sum(key.width + blanks for key in (*kept, *last)) > width:
        del kept[-1]
    while sum(key.width + blanks for key in (*kept, *last)) > width:
        del last[0]
    return (*kept, *last)
