"""What training is told: names and defaults of InstructLab's `TrainingArgs`, with this engine's few additions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from core.errors import LabtopError

Precision = Literal["auto", "float32", "bfloat16"]
"""`auto` computes in bfloat16 where the processor does so natively; the weights are float32 always."""


@dataclass(frozen=True)
class TrainArguments:
    """One training run."""

    model_path: str
    data_path: tuple[str, ...]
    """JSON Lines files of chat samples, read one after the other."""
    ckpt_output_dir: str
    effective_batch_size: int = 16
    """Samples a step, exactly; an epoch's last step may have fewer."""
    learning_rate: float = 2e-5
    num_epochs: int = 1
    max_seq_len: int = 4096
    """Tokens; a longer sample is left out, never cut."""
    max_batch_len: int = 4096
    """Tokens with padding in one forward pass; bounds the memory, changes no result."""
    warmup_steps: int = 0
    save_samples: int = 0
    """A checkpoint each time so many more samples were seen; 0 for none."""
    checkpoint_at_epoch: bool = True
    max_checkpoints: int | None = None
    """Keep at most so many, evenly spaced, the last among them."""
    random_seed: int = 42
    adamw_weight_decay: float = 0.0
    adamw_betas: tuple[float, float] = (0.9, 0.95)
    adamw_eps: float = 1e-8
    precision: Precision = "auto"
    threads: int | None = None
    """None chooses for the machine and the model's size."""

    def __post_init__(self) -> None:
        _require(bool(self.data_path), "data_path", "names no file")
        for name in ("effective_batch_size", "num_epochs", "max_seq_len", "max_batch_len"):
            _require(getattr(self, name) >= 1, name, "must be at least 1")
        for name in ("warmup_steps", "save_samples"):
            _require(getattr(self, name) >= 0, name, "must not be negative")
        _require(math.isfinite(self.learning_rate) and self.learning_rate > 0, "learning_rate", "must be above 0")
        _require(self.max_checkpoints is None or self.max_checkpoints >= 1, "max_checkpoints", "must be at least 1")
        _require(self.threads is None or self.threads >= 1, "threads", "must be at least 1")
        _require(self.precision in get_args(Precision), "precision", f"must be one of {', '.join(get_args(Precision))}")

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> TrainArguments:
        """The arguments of a JSON object; `data_path` may be one path or a list."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(data) - known)
        if unknown:
            raise LabtopError(f"Training has no setting {unknown[0]}.", hint=f"It has: {', '.join(sorted(known))}.")
        values = dict(data)
        paths = values.get("data_path")
        values["data_path"] = (paths,) if isinstance(paths, str) else tuple(paths or ())
        if "adamw_betas" in values:
            values["adamw_betas"] = tuple(values["adamw_betas"])
        missing = [name for name in ("model_path", "ckpt_output_dir") if name not in values]
        if missing:
            raise LabtopError(f"Training was not told its {missing[0]}.", hint=f"Give {missing[0]}.")
        return cls(**values)

    def recipe(self) -> dict[str, Any]:
        """What decides the result: everything but where files lie and how fast it goes."""
        places = {"model_path", "data_path", "ckpt_output_dir", "threads"}
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name not in places}


def _require(condition: bool, name: str, problem: str) -> None:
    if not condition:
        raise LabtopError(f"The training setting {name} {problem}.", hint=f"Change {name}.")
