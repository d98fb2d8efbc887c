"""`labtop model upload`: put a model into a registry."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from core.errors import LabtopError
from core.figures import size
from tui.cli.configured import OptionCommand

if TYPE_CHECKING:
    from core.config.options.upload import UploadOptions


@click.command("upload", cls=OptionCommand, options="model upload")
def upload(options: UploadOptions) -> None:
    """Upload a model or checkpoint to Hugging Face or an OCI registry.

    Files that the registry has already are not uploaded again, and afterwards what it has is compared with the
    model's digests. A release that exists is replaced only after asking. The token of Hugging Face is read from
    HF_TOKEN; logins of an OCI registry are those of `skopeo login` and `podman login`.
    """
    from core.commands.models.upload import require_new, upload_request
    from tui.cli.jobs.follow import run_job

    request = upload_request(options)
    if not options.force and sys.stdin.isatty() and not options.json_output:
        try:
            require_new(request)
        except LabtopError as error:
            if error.code != "exists":
                raise
            if not click.confirm(f"{error.message} Replace it?"):
                click.echo("Nothing was uploaded.")
                return
            request = replace(request, options={**request.options, "overwrite": True})
    run_job(**request.job(), json_output=options.json_output, detached=options.detached)


def show_result(result: dict[str, Any], _options: Mapping[str, Any]) -> None:
    """Print where the model is, and whether that has changed."""
    status = {"new": "uploaded", "changed": "changed", "unchanged": "unchanged"}[result["status"]]
    where = f"{result['destination']}  {result['release']}"
    click.echo(f"{where}  {size(result['bytes'])}  {status}  {result['digest']}")
