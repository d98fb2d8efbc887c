"""The lists of the Models pane, each with the meaning that enter has in it."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from widgets.lists.row_list import RowList


def _enter(name: str, tooltip: str, verb: str) -> Binding:
    return Binding("enter", "select_row", name, id=f"models.{verb}", tooltip=tooltip)


class RunningList(RowList):
    """Servers, downloads and uploads."""

    BINDINGS: ClassVar[list[BindingType]] = [
        _enter("Open", "Chat with the model of a server; show the job of a download or upload.", "open-running")
    ]


class HereList(RowList):
    """The models on this machine."""

    BINDINGS: ClassVar[list[BindingType]] = [
        _enter("Use", "Chat with a model that is served; otherwise open the form that serves it.", "use-model")
    ]


class CatalogList(RowList):
    """The documented models."""

    BINDINGS: ClassVar[list[BindingType]] = [
        _enter("Get", "Open the form that downloads this model, or show where it is.", "get-model")
    ]
