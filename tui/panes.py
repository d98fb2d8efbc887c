"""The panes of the workbench, in the order of their keys. A pane's module is imported when it is first shown."""

from __future__ import annotations

import gc
import importlib
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.jobs.spec import Kind
    from tui.context import Context
    from tui.screens.shared.pane import Pane


@dataclass(frozen=True)
class PaneEntry:
    key: str
    name: str
    title: str
    target: str
    """`module:class`; empty for a pane that does not exist yet: its jobs are shown in the Jobs pane."""
    kinds: tuple[Kind, ...] = ()
    """The kinds of jobs that the Jobs pane shows under this key."""

    def pane_class(self) -> type[Pane]:
        """The class of the pane; its module is imported if it was not shown before."""
        found: type[Pane] = getattr(self.import_module(), self.target.partition(":")[2])
        return found

    def load(self, context: Context) -> Pane:
        return self.pane_class()(context)

    def import_module(self) -> ModuleType | None:
        """The module of the pane; None for one that does not exist yet."""
        module = self.target.partition(":")[0]
        return importlib.import_module(module) if module else None


WHOLE_METHOD: tuple[Kind, ...] = ("quickstart", "run")
"""Jobs that generate, train and evaluate."""

PANES = (
    PaneEntry("0", "home", "Home", "tui.screens.home.pane:HomePane"),
    PaneEntry("1", "system", "System", "tui.screens.system.pane:SystemPane"),
    PaneEntry("2", "taxonomy", "Taxonomy", "tui.screens.taxonomy.pane:TaxonomyPane"),
    PaneEntry("3", "data", "Data", "", ("generate", "ingest", *WHOLE_METHOD)),
    PaneEntry("4", "train", "Train", "tui.screens.train.pane:TrainPane"),
    PaneEntry("5", "evaluate", "Evaluate", "tui.screens.evaluate.pane:EvaluatePane"),
    PaneEntry("6", "chat", "Chat", "tui.screens.chat.pane:ChatPane"),
    PaneEntry("7", "models", "Models", "tui.screens.models.pane:ModelsPane"),
    PaneEntry("8", "jobs", "Jobs", "tui.screens.jobs.pane:JobsPane"),
)


def pane_entry(name: str) -> PaneEntry:
    """The entry of the pane with this name."""
    return next(entry for entry in PANES if entry.name == name)


GUIDES = ("tui.screens.shared.help", "tui.screens.shared.help_keys", "tui.palette.dialog", "tui.palette.actions")
"""The modules of help and palette."""


def import_panes() -> None:
    """Import the modules of all panes, help and palette, so that opening one does not have to."""
    for entry in PANES:
        entry.import_module()
    for module in GUIDES:
        importlib.import_module(module)
    gc.freeze()  # collecting what was loaded would block the screen for 20 ms
