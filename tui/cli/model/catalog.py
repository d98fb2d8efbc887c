"""`labtop model catalog`: the documented models, and which are on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from core import paths
from core.figures import size
from core.models.catalog import NEWEST, PREVIEW, CatalogEntry, located, missing_for_customizing, of_release
from tui.cli.configured import OptionCommand
from tui.cli.output import print_json, table

if TYPE_CHECKING:
    from core.config.options.models import CatalogOptions

_HEADS = ["MODEL", "TYPE", "SIZE", "SUPPORT", "RELEASES", "CUSTOMIZING", "HERE", "PURPOSE"]


@click.command("catalog", cls=OptionCommand, options="model catalog")
def catalog(options: CatalogOptions) -> None:
    """Show the documented models, and which are on this machine."""
    entries = located(of_release(options.release), paths.current().models_dir)
    shown = [entry for entry in entries if not (options.missing and entry.path)]
    if options.json_output:
        print_json([_record(entry) for entry in shown])
        return
    click.echo(table(_HEADS, [_row(entry) for entry in shown]))
    if any(entry.model.preview for entry in shown):
        click.echo(f"\n{PREVIEW}")
    release = options.release or NEWEST
    missing = missing_for_customizing([entry for entry in entries if release in entry.model.releases])
    if missing:
        click.echo(f"\nMissing here for customizing with {release}: {', '.join(model.name for model in missing)}")


def _row(entry: CatalogEntry) -> list[str]:
    model = entry.model
    return [
        model.name,
        model.kind,
        size(model.size) or "not stated",
        model.support,
        ", ".join(model.releases),
        "needed" if model.needed else "",
        "yes" if entry.path else "no",
        model.purpose,
    ]


def _record(entry: CatalogEntry) -> dict[str, object]:
    model = entry.model
    return {
        "name": model.name,
        "kind": model.kind,
        "purpose": model.purpose,
        "bytes": None if model.size is None else round(model.size),
        "releases": list(model.releases),
        "preview": model.preview,
        "adapter": model.is_adapter,
        "needed": model.needed,
        "repository": model.repository,
        "path": entry.path and str(entry.path),
    }
