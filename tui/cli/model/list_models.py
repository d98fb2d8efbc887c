"""`labtop model list`: the models on this machine."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from core import paths
from core.figures import size
from core.models.download.record import read_record
from core.models.here import list_checkpoints, list_unfinished, trained_adapters
from core.models.local import LocalModel
from core.models.local import list_models as find_models
from core.models.state import Finding, list_adapters, model_state
from core.printable import printable
from tui.cli.configured import OptionCommand
from tui.cli.output import print_json, table

if TYPE_CHECKING:
    from core.config.options.models import ListModelsOptions

_FORMATS = {"safetensors": "safetensors", "gguf": "GGUF"}

_STATES = {
    "complete": "complete",
    "adapter": "adapter",
    "not-servable": "not servable*",
    "pointers": "LFS pointers*",
    "damaged": "damaged*",
    "unfinished": "unfinished*",
}


@click.command("list", cls=OptionCommand, options="model list")
def list_models(options: ListModelsOptions) -> None:
    """List the models on this machine.

    Incomplete and damaged models, unfinished downloads, and GGUF files are marked. The weights themselves are not read.
    """
    roots = paths.current()
    folders = list(options.model_dirs) or [roots.models_dir]
    models = [model for folder in folders for model in find_models(folder)]
    if options.list_checkpoints:
        models += list_checkpoints(roots)
    found = [(model, model_state(model)) for model in models]
    found += [(begun.model, begun.finding) for folder in folders for begun in list_unfinished(folder)]
    adapters = [path for folder in folders for path in list_adapters(folder)]
    if options.list_checkpoints:
        adapters += trained_adapters(roots)
    if options.json_output:
        print_json([_record(model, finding) for model, finding in found])
        return
    if not found:
        click.echo(f"No models in {', '.join(map(str, folders))}. `labtop model download` gets some.")
    else:
        click.echo(
            table(["MODEL NAME", "LAST MODIFIED", "SIZE", "FORMAT", "STATE", "PATH"], [_row(*one) for one in found])
        )
    for model, finding in found:
        if finding.reason:
            click.echo(printable(f"* {model.name}: {finding.reason}" + (f" {finding.hint}" if finding.hint else "")))
    if adapters:
        click.echo(printable(f"LoRA adapters: {', '.join(map(str, adapters))}"))


def _row(model: LocalModel, finding: Finding) -> list[str]:
    return [
        model.name,
        time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(model.modified)),
        size(model.size),
        _FORMATS[model.format],
        _STATES[finding.state],
        str(model.path),
    ]


def _record(model: LocalModel, finding: Finding) -> dict[str, object]:
    origin = read_record(model.path) if model.path.is_dir() else None
    return {
        "name": model.name,
        "path": str(model.path),
        "bytes": model.size,
        "modified": model.modified,
        "format": model.format,
        "state": finding.state,
        "reason": finding.reason or None,
        "hint": finding.hint,
        "repository": origin and origin.repository,
        "release": origin and origin.release,
        "digest": origin and origin.digest,
    }
