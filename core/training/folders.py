"""The folder of the model to train, and the one that the training writes to."""

from __future__ import annotations

from pathlib import Path

from core.errors import LabtopError


def check_folders(model: Path, output: Path, option: str = "--ckpt-output-dir") -> None:
    """Raises LabtopError for a model in the output folder of its training.

    What an earlier training left there is moved away, the model with it, and files next to a model change its identity,
    so that no attempt would resume the one before it.
    """
    if not model.resolve().is_relative_to(output.resolve()):
        return
    raise LabtopError(
        f"The model to train, {model}, is in the folder {output}, which the training writes to.",
        hint=f"Choose another folder with {option}.",
        code="model-in-output",
    )
