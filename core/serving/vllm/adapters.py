"""LoRA adapters that are served next to their base model, each under a name of its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import LabtopError, UsageError
from core.files import read_regular
from core.models.contents import check_written
from core.paths import expanded

MAX_CONFIG = 2**24
"""Bytes of an adapter's configuration."""

RANKS = (8, 16, 32, 64, 128, 256, 320, 512)
"""The limits that vLLM can be given for the rank of adapters."""


@dataclass(frozen=True)
class Adapter:
    """A LoRA adapter in PEFT's layout."""

    name: str
    """How clients call it, as `model`."""
    path: Path
    rank: int


def read_adapters(given: Sequence[str], models_dir: Path) -> tuple[Adapter, ...]:
    """The adapters of texts such as `birds=/adapters/birds`; a plain name is looked up in `models_dir`.

    Raises UsageError for a text of another form, LabtopError for a folder without an adapter.
    """
    adapters = tuple(_read(text, models_dir) for text in given)
    names = [adapter.name for adapter in adapters]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"Two adapters have the name {name}.")
    return adapters


def rank_limit(adapters: Sequence[Adapter]) -> int:
    """The smallest limit of vLLM that admits the ranks of all adapters."""
    highest = max(adapter.rank for adapter in adapters)
    return next((rank for rank in RANKS if rank >= highest), highest)


def _read(text: str, models_dir: Path) -> Adapter:
    name, equals, place = text.partition("=")
    if not (name and equals and place):
        raise UsageError(f"--lora {text!r} is not of the form NAME=PATH.")
    path = expanded(place)
    if "/" not in place and not path.exists() and (models_dir / place).is_dir():
        path = models_dir / place
    path = path.absolute()
    config = _config(path)
    rank = config.get("r") if config is not None else None
    if not isinstance(rank, int) or isinstance(rank, bool) or rank < 1:
        raise LabtopError(
            f"{path} is not a LoRA adapter: it has no readable adapter_config.json with a rank.",
            hint="Use the folder that directly contains adapter_config.json and adapter_model.safetensors.",
        )
    if not any((path / file).is_file() for file in ("adapter_model.safetensors", "adapter_model.bin")):
        raise LabtopError(
            f"The LoRA adapter in {path} has no weights.", hint="Copy adapter_model.safetensors to the folder."
        )
    check_written(path, contents=True)
    if rank > RANKS[-1]:
        raise LabtopError(f"The LoRA adapter in {path} has rank {rank}; vLLM serves ranks up to {RANKS[-1]}.")
    return Adapter(name, path, rank)


def _config(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(read_regular(path / "adapter_config.json", MAX_CONFIG))
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
