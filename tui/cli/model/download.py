"""`labtop model download`: get models from Hugging Face or an OCI registry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from core.figures import size
from tui.cli.configured import OptionCommand

if TYPE_CHECKING:
    from core.config.options.download import DownloadOptions


@click.command("download", cls=OptionCommand, options="model download")
def download(options: DownloadOptions) -> None:
    """Download models from Hugging Face or an OCI registry.

    A download that was stopped or broke off is continued by the same command. Every file is compared with the
    registry's digest, and a model that is replaced stays in place until the new version is complete. Logins of an OCI
    registry are those of `skopeo login` and `podman login`; the token of Hugging Face is read from HF_TOKEN, and
    HF_ENDPOINT selects another hub.
    """
    from core.commands.models.download import download_request
    from tui.cli.jobs.follow import run_job

    run_job(**download_request(options).job(), json_output=options.json_output, detached=options.detached)


def show_result(result: dict[str, Any], _options: Mapping[str, Any]) -> None:
    """Print where each model is, and whether it has changed."""
    for model in result["models"]:
        status = {"new": "downloaded", "changed": "changed", "unchanged": "unchanged"}[model["status"]]
        click.echo(f"{model['path']}  {size(model['bytes'])}  {status}  {model['digest']}")
