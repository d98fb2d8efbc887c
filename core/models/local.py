"""Models on disk: listing them, and checking that a folder holds a complete model. Needs no torch."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from core.errors import LabtopError
from core.files import read_regular
from core.models.contents import check_written

MAX_HEADER_BYTES = 100_000_000
"""The safetensors format's limit (https://github.com/huggingface/safetensors#format)."""

TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model", "vocab.json", "spiece.model")
"""Any of these holds a vocabulary."""

POINTER = b"version https://git-lfs.github.com/spec/v1"
"""The beginning of what git LFS writes in place of a large file."""

POINTER_BYTES = 1024
"""The largest LFS pointer."""

GGUF = ".gguf"
"""The suffix of llama.cpp's model files."""

FOLDER_DEPTH = 3
"""Levels below the models folder that are searched: `org/name`, and the `hf_format/samples_n` of a training output."""


@dataclass(frozen=True)
class LocalModel:
    """One model on disk."""

    name: str
    """Path relative to the listed folder."""
    path: Path
    size: int
    """Bytes of all its files."""
    modified: float
    """Seconds since 1970 of the newest file."""
    format: Literal["safetensors", "gguf"]
    """Only safetensors can be served, trained and evaluated."""


@dataclass(frozen=True)
class ModelFolder:
    """A folder with a complete model."""

    path: Path
    config: dict[str, Any]
    weights: tuple[Path, ...]


def list_models(folder: Path) -> list[LocalModel]:
    """The models in a folder: folders with a `config.json` or with weights, and GGUF files; by name."""
    return sorted(_find_models(folder, folder, FOLDER_DEPTH), key=lambda model: model.name)


def _find_models(root: Path, folder: Path, depth: int) -> Iterator[LocalModel]:
    if not folder.is_dir():
        return
    for entry in folder.iterdir():
        if entry.name.startswith("."):
            continue
        if entry.is_file() and entry.suffix == GGUF:
            yield _local_model(root, entry, [entry])
        elif _has_model(entry):
            yield _local_model(root, entry, [path for path in entry.rglob("*") if path.is_file()])
        elif (
            entry.is_dir() and depth > 1 and not (entry.is_symlink() and root.resolve().is_relative_to(entry.resolve()))
        ):
            yield from _find_models(root, entry, depth - 1)


def _has_model(entry: Path) -> bool:
    """Whether a folder has a model, complete or not; a LoRA adapter is not one."""
    if (entry / "config.json").is_file():
        return True
    return (
        entry.is_dir()
        and not (entry / "adapter_config.json").exists()
        and any(path.is_file() for path in entry.glob("*.safetensors"))
    )


def _local_model(root: Path, path: Path, files: list[Path]) -> LocalModel:
    states = [file.stat() for file in files]
    suffixes = {file.suffix for file in files}
    return LocalModel(
        name=str(path.relative_to(root)),
        path=path,
        size=sum(state.st_size for state in states),
        modified=max(state.st_mtime for state in states),
        format="gguf" if suffixes & {GGUF, ".safetensors"} == {GGUF} else "safetensors",
    )


def check_model_folder(path: Path, *, contents: bool = False) -> ModelFolder:
    """The model in a folder, after checking its config, its tokenizer and the header of every weights file.

    Of a checkpoint the sizes of all files are checked as well, and with `contents` the checksums of changed ones.
    Raises LabtopError for what is missing or broken, before anything expensive is started.
    """
    if path.suffix == GGUF and path.is_file():
        raise LabtopError(
            f"{path} is a GGUF file: it cannot be served, trained or evaluated.",
            hint="Use the safetensors version of the model.",
        )
    if not path.is_dir():
        what = "is a file, not a model folder" if path.exists() else "does not exist"
        raise LabtopError(
            f"The model {path} {what}.",
            hint="Use the folder with the model's config.json; `labtop model list` shows those on this machine.",
        )
    if pointer := next(lfs_pointers(path), None):
        raise LabtopError(
            f"{pointer} is a pointer of git LFS, not the file itself.",
            hint=f"Get the files with: git -C {path} lfs pull",
        )
    check_written(path, contents=contents)
    config = _read_config(path)
    if not any((path / name).is_file() for name in TOKENIZER_FILES):
        raise LabtopError(
            f"The model in {path} has no tokenizer.",
            hint="Copy tokenizer.json and tokenizer_config.json of the same model to the folder.",
        )
    weights = _weight_files(path)
    for file in weights:
        _check_safetensors(file)
    return ModelFolder(path, config, weights)


def lfs_pointers(folder: Path) -> Iterator[Path]:
    """The files of a folder that are LFS pointers: what a clone without git LFS leaves."""
    for path in sorted(folder.iterdir()):
        if path.is_file() and len(POINTER) < path.stat().st_size <= POINTER_BYTES:
            with path.open("rb") as stream:
                if stream.read(len(POINTER)) == POINTER:
                    yield path


def _read_config(path: Path) -> dict[str, Any]:
    config = _read_json(path / "config.json")
    if config is None:
        raise LabtopError(
            f"{path} is not a model in the Hugging Face layout: it has no readable config.json.",
            hint="Download the model again, or use the folder that directly contains config.json.",
        )
    return config


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(read_regular(path, MAX_HEADER_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _weight_files(path: Path) -> tuple[Path, ...]:
    index_file = path / "model.safetensors.index.json"
    if index_file.exists():
        index = _read_json(index_file)
        shards = index.get("weight_map") if index else None
        if not isinstance(shards, dict) or not shards:
            raise LabtopError(
                f"{index_file} does not list the weights.", hint="The download is incomplete: download the model again."
            )
        # A shard's name is untrusted: only its last part is used, so that it stays in the folder.
        files = tuple(path / name for name in sorted({Path(str(shard)).name for shard in shards.values()}))
        missing = [file.name for file in files if not file.is_file()]
        if missing:
            raise LabtopError(
                f"The model in {path} is incomplete: {len(missing)} of {len(files)} weights files are missing, such as"
                f" {missing[0]}.",
                hint="The download is incomplete: download the model again.",
            )
        return files
    single = path / "model.safetensors"
    if single.is_file():
        return (single,)
    older = next(iter(sorted([*path.glob("*.bin"), *path.glob("*.gguf")])), None)
    if older is not None:
        raise LabtopError(
            f"The weights of {path} are in {older.name}, not in safetensors files.",
            hint="Use the safetensors version of the model.",
        )
    raise LabtopError(
        f"The model folder {path} has no weights: model.safetensors is missing.",
        hint="The download is incomplete, or only the config was copied: download the model again.",
    )


def _check_safetensors(file: Path) -> None:
    """Check that the header is JSON and that its data ends at the end of the file."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        start = stream.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else MAX_HEADER_BYTES + 1
        header = stream.read(length) if length <= min(MAX_HEADER_BYTES, size - 8) else b""
    try:
        tensors = json.loads(header)
        end = max((tensor["data_offsets"][1] for name, tensor in tensors.items() if name != "__metadata__"), default=0)
        complete = 8 + length + end == size
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        complete = False
    if not complete:
        raise LabtopError(f"The weights file {file} is damaged or truncated.", hint="Download or copy the model again.")
