"""The keys of the Models pane."""

from __future__ import annotations

from textual.binding import Binding, BindingType

KEYS: list[BindingType] = [
    Binding(
        "d",
        "download_model",
        "Download",
        id="models.download-model",
        tooltip="Open the form that downloads a model; the catalog's model under the cursor is in it.",
    ),
    Binding("s", "serve_model", "Serve", id="models.serve-model", tooltip="Open the form that serves this model."),
    Binding(
        "p",
        "upload_model",
        "Upload",
        id="models.upload-model",
        tooltip="Open the form that uploads this model to Hugging Face or an OCI registry.",
    ),
    Binding("c", "stop_job", "Stop", id="models.stop-job", tooltip="Stop this server, download or upload."),
    Binding("r", "resume_transfer", "Resume", id="models.resume-transfer", tooltip="Resume this download or upload."),
    Binding(
        "x,delete",
        "remove_model",
        "Remove",
        id="models.remove-model",
        tooltip="Delete this model from the disk, after asking; one that is in use stays.",
    ),
    Binding(
        "o",
        "toggle_checkpoints",
        "Checkpoints",
        id="models.toggle-checkpoints",
        tooltip="Show or hide the checkpoints of trainings.",
    ),
    Binding("slash", "filter_models", "Filter", id="models.filter-models", tooltip="Filter all lists by text."),
    Binding("escape", "show_all_models", "Show all", id="models.show-all", tooltip="Show all rows again."),
]
