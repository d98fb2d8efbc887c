"""A model that can be named in a form."""

from __future__ import annotations

from pathlib import Path

from core import paths


def make_student(name: str = "Tiny-1.0") -> Path:
    """A folder among the models of this machine that looks whole: a config, a tokenizer, and weights of no tensor."""
    folder = paths.current().models_dir / name
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"model_type": "llama"}')
    (folder / "tokenizer.json").write_text("{}")
    (folder / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    return folder
