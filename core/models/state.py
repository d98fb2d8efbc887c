"""Whether a model on this machine can be used, and if not, why: found without reading weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.errors import LabtopError
from core.models.download.record import differing_file, read_record
from core.models.local import LocalModel, check_model_folder, lfs_pointers

ADAPTER_CONFIG = "adapter_config.json"

State = Literal["complete", "adapter", "not-servable", "pointers", "damaged", "unfinished"]


@dataclass(frozen=True)
class Finding:
    """The state of a model."""

    state: State
    reason: str = ""
    """One sentence on what is wrong; empty for a complete model."""
    hint: str | None = None


def model_state(model: LocalModel) -> Finding:
    """The state of a model that was listed."""
    if model.format == "gguf":
        return Finding("not-servable", "GGUF files cannot be served, trained or evaluated.")
    if pointer := next(lfs_pointers(model.path), None):
        return Finding(
            "pointers",
            f"{pointer.name} is a pointer of git LFS, not the file itself.",
            hint=f"Get the files with: git -C {model.path} lfs pull",
        )
    record = read_record(model.path)
    if record is not None and (path := differing_file(model.path, record.files)):
        return Finding(
            "damaged",
            f"{path} is not as it was downloaded.",
            hint=f"labtop model download --repository {_again(model)}",
        )
    try:
        check_model_folder(model.path)
    except LabtopError as error:
        return Finding("damaged", error.message, error.hint)
    return Finding("complete")


def _again(model: LocalModel) -> str:
    record = read_record(model.path)
    if record is None:
        return model.name
    return f"docker://{record.repository}" if record.kind == "oci" else record.repository


def list_adapters(folder: Path) -> list[Path]:
    """The LoRA adapters in a folder: they are no models of their own, and belong to the teacher."""
    found = [*folder.glob(f"*/{ADAPTER_CONFIG}"), *folder.glob(f"*/*/{ADAPTER_CONFIG}")]
    inside = [path.parent for path in found if not (path.parent / "config.json").exists()]
    return sorted(path for path in inside if not any(part.startswith(".") for part in path.relative_to(folder).parts))
