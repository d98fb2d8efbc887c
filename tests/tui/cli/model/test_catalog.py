"""`labtop model catalog`."""

from __future__ import annotations

import json

from core import paths
from tests.tui.cli.running import labtop


def test_catalog_shows_what_is_missing_here() -> None:
    folder = paths.current().models_dir / "Granite-7B-starter"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    listed = labtop("model", "catalog", "--release", "1.1").stdout
    assert "Technology Preview: these models are not supported with production" in listed
    assert "Missing here for customizing with 1.1: mixtral-8x7B-instruct-v0-1, prometheus-8x7b-v2.0" in listed
    missing = json.loads(labtop("model", "catalog", "--release", "1.1", "--missing", "--json").stdout)
    assert "granite-7b-starter" not in [entry["name"] for entry in missing]
    assert {entry["name"]: entry["bytes"] for entry in missing}["prometheus-8x7b-v2.0"] == 87_000_000_000
