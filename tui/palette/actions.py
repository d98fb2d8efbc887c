"""All actions of all panes, from the bindings that their classes declare."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual import actions
from textual.binding import Binding
from textual.dom import DOMNode
from textual.widget import Widget

from tui.screens.shared.pane import Pane

MOVES = ("list", "dialog", "tree", "help", "input", "filter", "text")
"""Groups of bindings that move a cursor or a selection, or edit text: they are useless by name."""

OWN_PACKAGES = ("tui", "widgets")

PALETTE = "view.commands"
"""The binding that opens the palette."""


@dataclass(frozen=True)
class PaneAction:
    """A binding, and where it applies."""

    binding: Binding
    pane: str
    """The pane's name; empty for an action of the whole workbench."""
    part: type[Widget] | None = None
    """The widget of the pane that has the action; None if the pane itself has it."""

    @property
    def name(self) -> str:
        group = (self.binding.id or "").partition(".")[0]
        return f"{group}: {self.binding.description}"


def declared_bindings(owner: type[DOMNode]) -> Iterator[Binding]:
    """The bindings that a class and its base classes declare and describe; the first one of each id."""
    seen = {PALETTE}
    for base in owner.__mro__:
        if base.__module__.partition(".")[0] not in OWN_PACKAGES:
            continue
        for binding in Binding.make_bindings(base.__dict__.get("BINDINGS", ())):
            group = (binding.id or "").partition(".")[0]
            if binding.id and binding.description and group not in MOVES and binding.id not in seen:
                seen.add(binding.id)
                yield binding


def actions_of(pane: type[Pane]) -> Sequence[PaneAction]:
    """The actions of a pane and of its parts."""
    found = {binding.id: PaneAction(binding, pane.NAME) for binding in declared_bindings(pane)}
    for part in pane.PARTS:
        for binding in declared_bindings(part):
            found.setdefault(binding.id, PaneAction(binding, pane.NAME, part))
    return tuple(found.values())


def applies(node: DOMNode, action: str) -> bool:
    """Whether the node would run an action now."""
    _, name, parameters = actions.parse(action)
    return node.check_action(name, parameters) is True


def target_of(action: PaneAction, pane: Pane) -> DOMNode | None:
    """The node of an open pane that has an action; None if it is not on the screen."""
    if action.part is None:
        return pane
    shown = [part for part in pane.query(action.part) if part.region]
    exact = [part for part in shown if part.has_focus_within] or shown
    return exact[0] if exact else None
