"""The options of `model upload`."""

from __future__ import annotations

from typing import Annotated, Literal

from core.config.options.base import NO_HF_TOKEN, JobOptions, once


class UploadOptions(JobOptions):
    """All options of the command."""

    model: Annotated[str | None, once("--model", "-m", required=True, metavar="MODEL")] = None
    """What to upload: a model's folder, its name on this machine, or the name of a checkpoint, such as samples_4492."""
    destination: Annotated[str | None, once("--destination", "-d", required=True, metavar="REPOSITORY")] = None
    """Where to upload it: OWNER/NAME of Hugging Face, or docker://HOST/PATH of an OCI registry."""
    release: Annotated[str | None, once("--release", "-rl", metavar="RELEASE")] = None
    """Branch or tag to upload it as. Default: main for Hugging Face, latest for an OCI registry."""
    dest_type: Annotated[Literal["hf", "oci", "s3"] | None, once("--dest-type")] = None
    """Kind of the destination; s3 is not available. Default: what the destination looks like."""
    force: Annotated[bool, once("--force", "-f")] = False
    """Replace a release that exists without asking."""
    hf_token: Annotated[str | None, NO_HF_TOKEN] = None
    """Not available."""
