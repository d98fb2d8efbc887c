"""The lists of the Evaluate pane, each with the meaning that enter has in it."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from widgets.lists.row_list import RowList


class ScoredModels(RowList):
    """Models and checkpoints with their scores."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "select_row",
            "Questions",
            id="evaluate.open-model",
            tooltip="Read this model's answers to the questions of the chosen benchmark.",
        )
    ]


class AskedQuestions(RowList):
    """The questions of one model's evaluation."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "select_row",
            "Why",
            id="evaluate.explain-answer",
            tooltip="Show what the training data says about this question, as `labtop model why` does.",
        )
    ]


class EvaluateDetail(VerticalScroll):
    """What is known about the row under the cursor; it scrolls with the keys of lists."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "Down", show=False, id="evaluate.scroll-down", tooltip="Scroll one line down."),
        Binding("k", "scroll_up", "Up", show=False, id="evaluate.scroll-up", tooltip="Scroll one line up."),
    ]
