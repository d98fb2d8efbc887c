"""`labtop model list`: the models on this machine."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from core import paths
from core.figures import size
from core.models.local import LocalModel
from core.models.local import list_models as find_models
from tui.cli.configured import OptionCommand
from tui.cli.output import print_json, table

if TYPE_CHECKING:
    from core.config.options.models import ListModelsOptions

_FORMATS = {"safetensors": "safetensors", "gguf": "GGUF*"}


@click.command("list", cls=OptionCommand, options="model list")
def list_models(options: ListModelsOptions) -> None:
    """List the models on this machine."""
    roots = paths.current()
    folders = list(options.model_dirs) or [roots.models_dir]
    if options.list_checkpoints:
        folders += [roots.checkpoints_dir, *sorted(roots.phased_dir.glob("phase*/checkpoints"))]
    models: list[LocalModel] = [model for folder in folders for model in find_models(folder)]
    if options.json_output:
        print_json(
            [
                {"name": m.name, "path": str(m.path), "bytes": m.size, "modified": m.modified, "format": m.format}
                for m in models
            ]
        )
        return
    if not models:
        click.echo(f"No models in {', '.join(map(str, folders))}. Put model folders there, or pass --model-dirs.")
        return
    rows = [
        [
            m.name,
            time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(m.modified)),
            size(m.size),
            _FORMATS[m.format],
            str(m.path),
        ]
        for m in models
    ]
    click.echo(table(["MODEL NAME", "LAST MODIFIED", "SIZE", "FORMAT", "PATH"], rows))
    if any(m.format == "gguf" for m in models):
        click.echo("* GGUF files cannot be served, trained or evaluated; use the model's safetensors version.")
