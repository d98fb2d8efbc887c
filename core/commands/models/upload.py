"""The job of `model upload`."""

from __future__ import annotations

import os
from pathlib import Path

from core import paths
from core.commands.request import JobRequest
from core.config.options.upload import UploadOptions
from core.errors import LabtopError, UsageError
from core.models.download.hub import TOKEN
from core.models.download.source import Source
from core.models.here import list_checkpoints
from core.models.state import list_adapters
from core.models.upload.content import files_to_upload
from core.models.upload.destination import parse_destination
from core.models.upload.job import UploadJob, exists_error
from core.serving.names import find_model


def upload_request(options: UploadOptions) -> JobRequest:
    """The upload that the options ask for. Raises LabtopError for mistakes that can be found before it starts."""
    if options.model is None or options.destination is None:
        raise UsageError("Both --model and --destination are required.")
    folder = uploaded_folder(options.model)
    destination = parse_destination(options.destination, options.dest_type, options.release)
    files_to_upload(folder)
    if destination.kind == "hub" and not os.environ.get(TOKEN):
        raise LabtopError(
            f"Uploading to Hugging Face needs an access token in {TOKEN}.",
            hint=f"Create one with write access at https://huggingface.co/settings/tokens, and set {TOKEN} to it.",
            code="login",
        )
    job = UploadJob(str(folder), destination, options.force)
    return JobRequest("upload", "core.models.upload.job:run", job.to_data(), f"Upload {folder.name}")


def uploaded_folder(given: str) -> Path:
    """The folder of a model, a LoRA adapter or a checkpoint on this machine. Raises LabtopError."""
    roots = paths.current()
    found = find_model(given, roots.models_dir)
    if found is not None:
        return Path(found)
    for adapter in list_adapters(roots.models_dir):
        if adapter.name == given or str(adapter) == given:
            return adapter
    checkpoints = [each for each in list_checkpoints(roots) if given in (each.name, each.path.name)]
    if len(checkpoints) == 1:
        return checkpoints[0].path
    if checkpoints:
        names = ", ".join(each.name for each in checkpoints)
        raise LabtopError(
            f"{given} is the name of {len(checkpoints)} checkpoints: {names}.", hint="Give the whole name."
        )
    raise LabtopError(
        f"There is no model {given}: no such folder, model or checkpoint.",
        hint="`labtop model list --checkpoints` shows those on this machine.",
    )


def require_new(request: JobRequest) -> None:
    """Raise LabtopError (code `exists`) if the release exists. Asks the registry: takes up to some seconds."""
    destination = Source.from_data(request.options["destination"])
    digest = existing_release(destination)
    if digest is not None:
        raise exists_error(destination, digest)


def existing_release(destination: Source) -> str | None:
    """The digest of the release that a destination has now; None for a new one. Raises LabtopError."""
    from core.models.upload import hub, oci

    if destination.kind == "oci":
        return oci.existing(destination)
    os.environ.update(hub.ENVIRONMENT)  # read when the hub's library is imported
    return hub.existing(destination)
