"""The hub-shaped server as a process of its own, and a model in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.core.models.test_local import write_weights

NAME = "granite/tiny"


@dataclass(frozen=True)
class Hub:
    root: Path
    url: str

    @property
    def model(self) -> Path:
        return self.root / NAME

    def fail(self, **faults: Any) -> None:
        (self.root / "faults.json").write_text(json.dumps(faults))

    def requests(self) -> list[str]:
        return (self.root / "requests.log").read_text().splitlines()


def write_model(folder: Path, weights: int = 400_000) -> None:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"model_type": "granite"}')
    (folder / "tokenizer.json").write_text("{}")
    (folder / "pytorch_model.bin").write_bytes(b"code")
    write_weights(folder / "model.safetensors", weights)


@contextmanager
def hub_server(root: Path) -> Iterator[Hub]:
    write_model(root / NAME)
    (root / "faults.json").write_text("{}")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.core.models.download.hub_server", str(root)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[4],
        env={name: value for name, value in os.environ.items() if name != "LABTOP_JOB"},
    )
    try:
        assert process.stdout is not None
        yield Hub(root, f"http://127.0.0.1:{int(process.stdout.readline())}")
    finally:
        process.kill()
        process.communicate()
