"""Information about this installation, for users and bug reports. Imports no heavy package."""

from __future__ import annotations

from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from core import paths
from core.system.gpu import GpuReading
from core.system.host import Host

PACKAGES = (
    "torch",
    "transformers",
    "tokenizers",
    "safetensors",
    "datasets",
    "lm-eval",
    "vllm",
    "deepspeed",
    "fastapi",
    "openai",
    "textual",
    "nvidia-ml-py",
)
"""Packages whose versions matter."""


def to_data(host: Host, gpus: GpuReading) -> dict[str, Any]:
    """The sections `platform`, `labtop`, `packages` and `gpus`."""
    roots = paths.current()
    return {
        "platform": {
            "host": host.name,
            "system": host.system,
            "kernel": host.kernel,
            "processor": host.processor,
            "cores": host.cores,
            "load": list(host.load),
            "memory": {
                "total": host.memory.total,
                "available": host.memory.available,
                "used": host.memory.used,
                "swap_total": host.memory.swap_total,
                "swap_used": host.memory.swap_used,
            },
            "disks": [
                {"folders": list(map(str, disk.folders)), "total": disk.total, "free": disk.free, "used": disk.used}
                for disk in host.disks
            ],
            "python": host.python,
        },
        "labtop": {
            "version": version("labtop"),
            "installed": str(Path(__file__).parents[2]),
            "config": str(roots.config_file),
            "data": str(roots.data_dir),
            "models": str(roots.models_dir),
            "jobs": str(roots.jobs_dir),
        },
        "packages": {name: version(name) for name in PACKAGES},
        "gpus": {
            "driver": gpus.driver,
            "cuda": gpus.cuda,
            "absent": gpus.absent,
            "devices": [asdict(gpu) for gpu in gpus.gpus],
        },
    }


def version(package: str) -> str | None:
    """The installed version of a package, without importing it; None when it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
