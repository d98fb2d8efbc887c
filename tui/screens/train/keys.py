"""The keys of the Train pane."""

from __future__ import annotations

from textual.binding import Binding, BindingType

KEYS: list[BindingType] = [
    Binding("c", "stop_run", "Stop", id="train.stop-run", tooltip="Stop this training, after saying what is kept."),
    Binding("r", "resume_run", "Resume", id="train.resume-run", tooltip="Resume a training that did not finish."),
    Binding("m", "next_chart", "Graph", id="train.next-chart", tooltip="Make the next chart the large one."),
    Binding("z", "zoom_charts", "Zoom", id="train.zoom-charts", tooltip="Show all steps, the last quarter, or 5%."),
    Binding(
        "v", "switch_axis", "Axis", id="train.switch-axis", tooltip="Linear or logarithmic axis of the large chart."
    ),
    Binding("l", "show_log", "Log", id="train.show-log", tooltip="Open the log of this training in the Jobs pane."),
    Binding(
        "e", "evaluate_checkpoint", "Evaluate", show=False, id="train.evaluate", tooltip="Evaluate the checkpoint."
    ),
    Binding("s", "serve_checkpoint", "Serve", show=False, id="train.serve", tooltip="Serve the checkpoint."),
    Binding("y", "copy_path", "Copy", show=False, id="train.copy-path", tooltip="Copy the path of the checkpoint."),
    Binding(
        "escape", "show_newest", "Newest", id="train.show-newest", tooltip="Show the newest training, and no other."
    ),
]
