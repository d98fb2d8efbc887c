"""`labtop model catalog`: the documented models, and which are on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from core import paths
from core.figures import size
from core.models.catalog import NEWEST, PREVIEW, CatalogEntry, located, missing_for_customizing, of_release
from core.models.fit import MachineMemory, by_fit, fit_of, read_machine_memory
from tui.cli.configured import OptionCommand
from tui.cli.output import print_json, table

if TYPE_CHECKING:
    from core.config.options.models import CatalogOptions

_HEADS = ["MODEL", "TYPE", "SIZE", "THIS MACHINE", "HERE", "CUSTOMIZING", "RELEASES", "SUPPORT", "PURPOSE"]


@click.command("catalog", cls=OptionCommand, options="model catalog")
def catalog(options: CatalogOptions) -> None:
    """Show the documented models, those first that fit this machine's memory, and which are here."""
    machine = read_machine_memory()
    entries = located(of_release(options.release), paths.current().models_dir)
    ordered = by_fit(entries, lambda entry: fit_of(entry.model.size, machine))
    shown = [entry for entry in ordered if not (options.missing and entry.path)]
    if options.json_output:
        print_json([_record(entry, machine) for entry in shown])
        return
    click.echo(table(_HEADS, [_row(entry, machine) for entry in shown]))
    if any(entry.model.preview for entry in shown):
        click.echo(f"\n{PREVIEW}")
    release = options.release or NEWEST
    missing = missing_for_customizing([entry for entry in entries if release in entry.model.releases])
    if missing:
        click.echo(f"\nMissing here for customizing with {release}: {', '.join(model.name for model in missing)}")


def _row(entry: CatalogEntry, machine: MachineMemory) -> list[str]:
    model = entry.model
    return [
        model.name,
        model.kind,
        size(model.size) or "not stated",
        fit_of(model.size, machine).text,
        "yes" if entry.path else "no",
        "needed" if model.needed else "",
        ", ".join(model.releases),
        model.support,
        model.purpose,
    ]


def _record(entry: CatalogEntry, machine: MachineMemory) -> dict[str, object]:
    model, fit = entry.model, fit_of(entry.model.size, machine)
    return {
        "name": model.name,
        "kind": model.kind,
        "purpose": model.purpose,
        "bytes": None if model.size is None else round(model.size),
        "fit": fit.place,
        "gpus": fit.gpus,
        "releases": list(model.releases),
        "preview": model.preview,
        "adapter": model.is_adapter,
        "needed": model.needed,
        "repository": model.repository,
        "path": entry.path and str(entry.path),
    }
