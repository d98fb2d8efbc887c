"""All keys of a screen and its widgets, and whether they apply now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen

OWN_PACKAGES = ("tui", "widgets")


@dataclass(frozen=True)
class KeyRow:
    """One action."""

    group: str
    """The first part of the binding's id."""
    keys: str
    """The keys as they are displayed."""
    text: str
    applies: bool
    """Whether a key would do something now."""


def own_bindings(owner: type[DOMNode]) -> Iterator[Binding]:
    """The bindings that a class and its base classes declare and describe."""
    for base in owner.__mro__:
        if base.__module__.partition(".")[0] in OWN_PACKAGES:
            for binding in Binding.make_bindings(base.__dict__.get("BINDINGS", ())):
                if binding.id and (binding.tooltip or binding.description):
                    yield binding


def key_rows(screen: Screen[object], display: Callable[[Binding], str], *, in_dialog: bool) -> Sequence[KeyRow]:
    """The keys of a screen, of the widgets in it, and of the workbench; in a dialog only those that work there."""
    active = {each.binding.id for each in screen.active_bindings.values() if each.enabled}
    owners = list(dict.fromkeys(type(node) for node in [screen, *screen.walk_children()]))
    found: dict[str, tuple[Binding, list[str]]] = {}
    for owner in [*owners, type(screen.app)]:
        for binding in own_bindings(owner):
            if owner is type(screen.app) and in_dialog and not binding.priority:
                continue
            shown = binding.key_display or display(Binding(binding.key, "", ""))
            _, keys = found.setdefault(str(binding.id), (binding, []))
            if shown not in keys and not (keys and binding.key.startswith("alt+")):
                keys.append(shown)
    return [
        KeyRow(
            group=name.partition(".")[0],
            keys=", ".join(keys),
            text=binding.tooltip or binding.description,
            applies=name in active or (in_dialog and binding.priority),
        )
        for name, (binding, keys) in found.items()
    ]
