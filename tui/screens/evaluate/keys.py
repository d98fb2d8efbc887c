"""The keys of the Evaluate pane."""

from __future__ import annotations

from textual.binding import Binding, BindingType

KEYS: list[BindingType] = [
    Binding("h", "next_benchmark", "Benchmark", id="evaluate.next-benchmark", tooltip="Show the next benchmark first."),
    Binding(
        "space",
        "mark_reference",
        "Mark",
        id="evaluate.mark-reference",
        tooltip="Compare all models with this one; by default with a model that is not a checkpoint.",
    ),
    Binding(
        "v",
        "next_selection",
        "Changes",
        id="evaluate.next-selection",
        tooltip="Show all questions, those answered better than by the marked model, or worse, or the wrong ones.",
    ),
    Binding(
        "i",
        "write_question",
        "Write",
        id="evaluate.write-question",
        tooltip="Open the leaf that taught about this question, at a new seed example with the question in it.",
    ),
    Binding(
        "e",
        "evaluate_model",
        "Evaluate",
        id="evaluate.evaluate-model",
        tooltip="Open the form that evaluates this model.",
    ),
    Binding("s", "serve_model", "Serve", id="evaluate.serve-model", tooltip="Open the form that serves this model."),
    Binding("y", "copy_path", "Copy", show=False, id="evaluate.copy-path", tooltip="Copy the path of this model."),
    Binding(
        "ctrl+s",
        "export_report",
        "Save",
        id="evaluate.export-report",
        tooltip="Write all scores, or the questions that are shown, as Markdown and JSON.",
    ),
    Binding(
        "o",
        "toggle_checkpoints",
        "Checkpoints",
        show=False,
        id="evaluate.toggle-checkpoints",
        tooltip="Show or hide the checkpoints of trainings.",
    ),
    Binding(
        "z",
        "zoom_detail",
        "Zoom",
        show=False,
        id="evaluate.zoom-detail",
        tooltip="Show the detail, with the score over the checkpoints, in the whole pane, or the list again.",
    ),
    Binding("slash", "filter_rows", "Filter", id="evaluate.filter-rows", tooltip="Show only rows that contain a text."),
    Binding("escape", "leave_zoom", "List", id="evaluate.leave-zoom", tooltip="Back to the list."),
    Binding("escape", "leave_questions", "Models", id="evaluate.leave-questions", tooltip="Back to the models."),
]
