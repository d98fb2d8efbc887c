"""`labtop system`: this machine and this installation."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from core.figures import memory as as_memory
from core.figures import size
from tui.cli.configured import OptionCommand, load_settings
from tui.cli.output import aligned, print_json

if TYPE_CHECKING:
    from core.config.options.system import SystemEstimateOptions, SystemInfoOptions

Rows = list[tuple[str, str]]


@click.group()
def system() -> None:
    """This machine and this installation, and what a training on GPUs will take."""


@system.command(cls=OptionCommand, options="system info")
@click.pass_context
def info(context: click.Context, options: SystemInfoOptions) -> None:
    """Show host, GPUs, installed packages, labtop's folders and processes, and room for coming checkpoints."""
    from core.monitor.report import read_report

    data = read_report(lambda: load_settings(context).settings)
    click.echo(json.dumps(data, ensure_ascii=False, indent=2) if options.json_output else render_info(data))


@system.command(cls=OptionCommand, options="system estimate")
@click.pass_context
def estimate(context: click.Context, options: SystemEstimateOptions) -> None:
    """Estimate time, memory and disk of a training on GPUs.

    The time is the documents' formula: 250 samples a minute and GPU.
    """
    from core.commands.estimates.dry_run import estimate_rows, warning_lines
    from core.commands.estimates.estimate import estimate as estimated

    assert options.samples is not None
    assert options.gpus is not None
    assert options.epochs is not None
    settings = load_settings(context).settings.train
    result = estimated(settings, options.samples, options.gpus, options.epochs, options.model)
    if options.json_output:
        print_json(result)
        return
    click.echo(aligned(estimate_rows(result)))
    for line in warning_lines(result["warnings"]):
        click.echo(line, err=True)


def render_info(data: dict[str, Any]) -> str:
    """The information as aligned text."""
    sections = {
        "Platform": _platform(data["platform"]),
        "labtop": [(name, value or "not installed") for name, value in data["labtop"].items()],
        "Packages": [(name, value or "not installed") for name, value in data["packages"].items()],
        "GPUs": _gpus(data["gpus"]),
        "Processes": _processes(data["processes"]),
    }
    if data["checkpoints"] is not None:
        sections["Coming checkpoints"] = _checkpoints(data["checkpoints"])
    if data.get("gpu_plan") is not None:
        sections["GPU plan"] = gpu_plan_rows(data["gpu_plan"])
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
        ("memory", f"{as_memory(memory['available'])} available of {as_memory(memory['total'])}{_swap(memory)}"),
        *(("disk", f"{size(disk['free'])} free of {size(disk['total'])}: {_listed(disk)}") for disk in host["disks"]),
    ]


def _swap(memory: dict[str, Any]) -> str:
    if not memory["swap_total"]:
        return ""
    return f", swap {as_memory(memory['swap_used'])} used of {as_memory(memory['swap_total'])}"


def _processes(processes: list[dict[str, Any]]) -> Rows:
    return [(str(process["pid"]), ", ".join(_process(process))) for process in processes] or [("none", "")]


def _process(process: dict[str, Any]) -> Iterable[str]:
    yield process["what"] if process["ours"] else f"{process['what']} (not of labtop)"
    if process["job"]:
        yield f"job {process['job']}"
    if process["memory"] is not None:
        yield f"{as_memory(process['memory'])} of memory"
    if process["gpu_memory"] is not None:
        yield f"{as_memory(process['gpu_memory'])} of GPU memory"


def _checkpoints(space: dict[str, Any]) -> Rows:
    return [
        ("number", f"{space['checkpoints']}, of {space['job'] or 'the next training'}"),
        ("folder", space["folder"]),
        ("needed", f"about {as_memory(space['needed'])}"),
        ("free", as_memory(space["free"]) + ("" if space["fits"] else ": too little")),
    ]


def _listed(disk: dict[str, Any]) -> str:
    return ", ".join(disk["folders"])


def _gpus(gpus: dict[str, Any]) -> Rows:
    if gpus["absent"] is not None:
        return [("none", gpus["absent"])]
    rows = [("driver", f"{_known(gpus['driver'])}, up to CUDA {_known(gpus['cuda'])}")]
    rows += [(str(gpu["index"]), ", ".join(_gpu(gpu))) for gpu in gpus["devices"]]
    return rows


def gpu_plan_rows(plan: dict[str, Any]) -> Rows:
    """Which GPUs teacher, student and judge get, and what else uses them."""
    rows = [(model["role"], model["sentence"]) for model in plan["models"]]
    rows += [("in use", note) for note in plan["notes"]]
    return rows + ([] if plan["problem"] is None else [("no plan", plan["problem"])])


def _gpu(gpu: dict[str, Any]) -> Iterable[str]:
    if gpu["lost"]:
        yield "lost by the driver"
        return
    yield _known(gpu["name"])
    if gpu["memory_total"] is not None:
        yield f"{as_memory(gpu['memory_used'])} used of {as_memory(gpu['memory_total'])}"
    if gpu["utilization"] is not None:
        yield f"{gpu['utilization']:.0%} busy"
    if gpu["temperature"] is not None:
        yield f"{gpu['temperature']} °C"
    if gpu["power"] is not None:
        yield f"{gpu['power']:.0f} W"
    if gpu["sm_clock"] is not None:
        yield f"{gpu['sm_clock']:,} MHz"
    if gpu["mig_devices"]:
        yield f"{len(gpu['mig_devices'])} MIG devices"


def _known(value: str | None) -> str:
    return value or "unknown"
