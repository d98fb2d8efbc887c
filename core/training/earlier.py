"""How fast earlier trainings were on this machine: recorded when they end, for the time of later ones."""

from __future__ import annotations

import json
import socket
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core import paths
from core.config.options.train import TrainingOptions
from core.errors import LabtopError
from core.files import write_atomic
from core.models.local import check_model_folder
from core.models.weights import model_size
from core.training.estimate import ModelShape

MIN_STEPS = 5
"""Fewer steps are no measurement: in the first one buffers are allocated and kernels compiled."""

KEPT = 200
"""Records in the file; the oldest are dropped."""

OPTIONS = (
    "device",
    "nproc_per_node",
    "nnodes",
    "backend",
    "fsdp_sharding_strategy",
    "fsdp_cpu_offload_optimizer",
    "deepspeed_zero_stage",
    "deepspeed_cpu_offload_optimizer",
    "attention",
    "disable_flash_attn",
    "activation_checkpointing",
    "use_liger",
    "precision",
    "lora_quantize_dtype",
)
"""What the speed of a model depends on besides its shape and the machine."""


@dataclass(frozen=True)
class EarlierSpeed:
    """The speed of a training that has ended."""

    tokens_per_second: float
    """Of all processes together, with the time for checkpoints and states."""
    steps: int
    ended: float
    """In seconds since 1970."""
    tokens_per_sample: float | None = None
    """On average; None in records of earlier versions."""


def earlier_speed(model: Path, options: TrainingOptions) -> EarlierSpeed | None:
    """Of the last training on this machine of a model of the same shape, with the same devices and back end."""
    wanted = _conditions(model, options)
    for row in reversed(_read(paths.current().training_speeds_file)):
        try:
            if row["conditions"] == wanted:
                each = row.get("tokens_per_sample")
                speed = EarlierSpeed(
                    float(row["tokens_per_second"]),
                    int(row["steps"]),
                    float(row["ended"]),
                    None if each is None else float(each),
                )
                return speed if speed.tokens_per_second > 0 else None
        except (KeyError, TypeError, ValueError):
            continue
    return None


def record_speed(
    model: Path, options: TrainingOptions, *, tokens: int, seconds: float, steps: int, samples: int | None = None
) -> None:
    """Record how fast a training was. It fails silently: nothing depends on the record but a forecast."""
    if steps < MIN_STEPS or seconds <= 0:
        return
    file = paths.current().training_speeds_file
    with suppress(OSError, LabtopError):
        conditions = _conditions(model, options)
        rows = [row for row in _read(file) if not isinstance(row, dict) or row.get("conditions") != conditions]
        new = {
            "conditions": conditions,
            "tokens_per_second": round(tokens / seconds, 1),
            "steps": steps,
            "ended": round(time.time()),
            "tokens_per_sample": round(tokens / samples, 1) if samples else None,
        }
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(file, json.dumps([*rows[1 - KEPT :], new], indent=1))


def _conditions(model: Path, options: TrainingOptions) -> dict[str, Any]:
    size = model_size(model)
    shape = ModelShape.from_config(check_model_folder(model).config, size.parameters if size else 0)
    return {
        "host": socket.gethostname(),
        **asdict(shape),
        **{name: getattr(options, name) for name in OPTIONS},
        "adapters": options.lora_rank > 0,
    }


def _read(file: Path) -> list[Any]:
    try:
        rows = json.loads(file.read_text())
    except (OSError, ValueError, RecursionError):
        return []
    return rows if isinstance(rows, list) else []
