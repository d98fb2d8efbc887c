"""The options of `model download`."""

from __future__ import annotations

from typing import Annotated

from core.config.options.base import NO_HF_TOKEN, Folder, JobOptions, once, refused


class DownloadOptions(JobOptions):
    """All options of the command."""

    repositories: Annotated[tuple[str, ...], once("--repository", "-rp", metavar="REPOSITORY")] = ()
    """What to download: OWNER/NAME of Hugging Face, docker://HOST/PATH of an OCI registry, or a name that `labtop model
    catalog` shows. May be given several times. Default: the models needed for customizing that are missing here."""
    releases: Annotated[tuple[str, ...], once("--release", "-rl", metavar="RELEASE")] = ()
    """Branch, tag, commit or digest to download; given once, it applies to all repositories. Default: latest."""
    models_dir: Annotated[Folder | None, once("--model-dir")] = None
    """Folder that the model's folder is created in. Default: labtop's models."""
    filenames: Annotated[
        tuple[str, ...],
        refused(
            "--filename selects a GGUF file, which labtop cannot serve, train or evaluate.",
            "--filename",
            hint="Leave it out, and download the repository with the model's safetensors files.",
        ),
    ] = ()
    """Not available."""
    hf_token: Annotated[str | None, NO_HF_TOKEN] = None
    """Not available."""
