"""`labtop system`: this machine and this installation."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from core.figures import memory as as_memory
from core.figures import size
from tui.cli.configured import OptionCommand

if TYPE_CHECKING:
    from core.config.options.system import SystemInfoOptions

Rows = list[tuple[str, str]]


@click.group()
def system() -> None:
    """Show information about this machine and this installation."""


@system.command(cls=OptionCommand, options="system info")
def info(options: SystemInfoOptions) -> None:
    """Show host, GPUs, installed packages and labtop's folders."""
    from core.system.info import read_info

    data = read_info()
    click.echo(json.dumps(data, ensure_ascii=False, indent=2) if options.json_output else render_info(data))


def render_info(data: dict[str, Any]) -> str:
    """The information as aligned text."""
    sections = {
        "Platform": _platform(data["platform"]),
        "labtop": [(name, value or "not installed") for name, value in data["labtop"].items()],
        "Packages": [(name, value or "not installed") for name, value in data["packages"].items()],
        "GPUs": _gpus(data["gpus"]),
    }
    width = max(len(name) for rows in sections.values() for name, _ in rows) + 2
    return "\n\n".join(
        "\n".join([f"{title}:", *(f"  {name + ':':<{width}}{value}" for name, value in rows)])
        for title, rows in sections.items()
    )


def _platform(host: dict[str, Any]) -> Rows:
    memory = host["memory"]
    return [
        ("host", host["host"]),
        ("system", host["system"]),
        ("kernel", host["kernel"]),
        ("python", host["python"]),
        ("processor", f"{host['processor']}, {host['cores']} cores usable"),
        ("load", " ".join(f"{load:.2f}" for load in host["load"])),
        ("memory", f"{as_memory(memory['available'])} available of {as_memory(memory['total'])}"),
        *(("disk", f"{size(disk['free'])} free of {size(disk['total'])}: {_listed(disk)}") for disk in host["disks"]),
    ]


def _listed(disk: dict[str, Any]) -> str:
    return ", ".join(disk["folders"])


def _gpus(gpus: dict[str, Any]) -> Rows:
    if gpus["absent"] is not None:
        return [("none", gpus["absent"])]
    rows = [("driver", f"{_known(gpus['driver'])}, up to CUDA {_known(gpus['cuda'])}")]
    rows += [(str(gpu["index"]), ", ".join(_gpu(gpu))) for gpu in gpus["devices"]]
    return rows


def _gpu(gpu: dict[str, Any]) -> Iterable[str]:
    yield _known(gpu["name"])
    if gpu["memory_total"] is not None:
        yield f"{as_memory(gpu['memory_used'])} used of {as_memory(gpu['memory_total'])}"
    if gpu["utilization"] is not None:
        yield f"{gpu['utilization']:.0%} busy"
    if gpu["temperature"] is not None:
        yield f"{gpu['temperature']} °C"
    if gpu["power"] is not None:
        yield f"{gpu['power']:.0f} W"


def _known(value: str | None) -> str:
    return value or "unknown"
