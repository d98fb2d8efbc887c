"""`labtop model remove`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from core import paths
from core.commands.models.remove import removals
from core.errors import LabtopError
from core.models.download.place import Place
from tests.core.models.download.hub import write_model
from tests.tui.cli.running import labtop


def test_remove_deletes_models_that_nothing_uses(tmp_path: Path) -> None:
    models = paths.current().models_dir
    write_model(models / "org" / "tiny", 100)
    write_model(models / "Granite-7b-starter", 100)
    write_model(tmp_path / "elsewhere", 100)
    unfinished = Place.of(models, "org/tiny").unfinished
    unfinished.mkdir(parents=True)

    assert "only models there are deleted" in labtop("model", "remove", f"{tmp_path / 'elsewhere'}", status=1).stderr
    assert "There is no model none" in labtop("model", "remove", "none", status=1).stderr
    assert "Deleted nothing." in labtop("model", "remove", "org/tiny", stdin="n\n").stdout

    server = subprocess.Popen(
        [sys.executable, "-c", "input()", "--model", str(models / "org" / "tiny")], stdin=subprocess.PIPE
    )
    try:
        refused = labtop("model", "remove", "-f", "org/tiny", "granite-7b-starter", status=1)
        assert f"org/tiny is in use by process {server.pid}" in refused.stderr
    finally:
        server.kill()
        server.communicate()
    assert (models / "org" / "tiny").exists() and (models / "Granite-7b-starter").exists()

    removed = json.loads(labtop("model", "remove", "-f", "--json", "org/tiny", "granite-7b-starter").stdout)
    assert [entry["name"] for entry in removed] == ["org/tiny", "granite-7b-starter"]
    assert [entry.name for entry in models.iterdir()] == [".downloads"] and not any((models / ".downloads").iterdir())
    assert (tmp_path / "elsewhere" / "config.json").exists()

    assert "Name the models to delete" in labtop("model", "remove", status=2).stderr
    assert "Deleted elsewhere" in labtop("model", "remove", "-f", "-m", "elsewhere", "-md", str(tmp_path)).stdout
    assert not (tmp_path / "elsewhere").exists()


def test_remove_deletes_nothing_outside_of_the_models_folder(tmp_path: Path) -> None:
    models, outside = tmp_path / "models", tmp_path / "outside"
    write_model(models / "tiny", 100)
    write_model(outside / "tiny", 100)
    (models / ".downloads").mkdir()
    (models / "link").symlink_to(outside)
    for name in ("../outside/tiny", "tiny/../../outside/tiny", "link/tiny", "tiny/../tiny", "..", ".", ".downloads"):
        with pytest.raises(LabtopError, match=r"only models there are deleted|There is no model"):
            removals([name], models)
