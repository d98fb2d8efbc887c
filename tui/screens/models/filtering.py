"""The filter of the Models pane, which applies to all of its lists."""

from __future__ import annotations

from textual import getters

from tui.context import Context
from tui.screens.models.actions import ModelActions
from widgets.lists.filter_input import FilterInput
from widgets.lists.row_list import RowList
from widgets.models.lists import CatalogList, HereList, RunningList


class FilteredModels(ModelActions):
    """Holds the lists and the text that their rows must contain; the pane draws them."""

    running = getters.query_one("#models-running", RunningList)
    here = getters.query_one("#models-here", HereList)
    entries = getters.query_one("#models-catalog", CatalogList)
    filter_line = getters.query_one(FilterInput)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.filter_text = ""
        self._left_list: RowList | None = None
        """The list that had the focus before the filter."""

    def show_lists(self) -> None:
        """Draw the rows that match."""
        raise NotImplementedError

    def matches(self, *texts: str) -> bool:
        return self.filter_text in " ".join(texts).casefold()

    def action_filter_models(self) -> None:
        if isinstance(self.focused, RowList):
            self._left_list = self.focused
        self.filter_line.open()

    def action_show_all_models(self) -> None:
        self.filter_line.close()

    def on_filter_input_filtered(self, message: FilterInput.Filtered) -> None:
        self.filter_text = message.text
        self.show_lists()

    def on_filter_input_left(self) -> None:
        """Return to the list, or to another one if no row of it matches."""
        lists = (self._left_list or self.here, self.here, self.entries, self.running)
        next((each for each in lists if each.cursor_key is not None), lists[0]).focus()
