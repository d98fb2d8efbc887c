"""The panes of the workbench, in the order of their keys. A pane's module is imported when it is first shown."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.context import Context
    from tui.screens.shared.pane import Pane


@dataclass(frozen=True)
class PaneEntry:
    key: str
    name: str
    title: str
    target: str
    """`module:class`."""

    def load(self, context: Context) -> Pane:
        module, _, name = self.target.partition(":")
        pane: Pane = getattr(importlib.import_module(module), name)(context)
        return pane


PANES = (
    PaneEntry("0", "home", "Home", "tui.screens.home.pane:HomePane"),
    PaneEntry("1", "system", "System", "tui.screens.system.pane:SystemPane"),
    PaneEntry("2", "taxonomy", "Taxonomy", "tui.screens.taxonomy.pane:TaxonomyPane"),
    PaneEntry("6", "chat", "Chat", "tui.screens.chat.pane:ChatPane"),
    PaneEntry("8", "jobs", "Jobs", "tui.screens.jobs.pane:JobsPane"),
)
"""3 is reserved for Data, 4 for Train, 5 for Evaluate and 7 for Models."""
