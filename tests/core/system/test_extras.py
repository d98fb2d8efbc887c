"""What is said when a part is not installed."""

from __future__ import annotations

import importlib.util

import pytest

from core.errors import LabtopError
from core.system import extras


def known(name: str, asked: list[str]) -> object:
    asked.append(name)
    return importlib.util.find_spec(name)


def test_require_looks_for_every_module_of_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for extra in extras.MODULES:
        asked: list[str] = []
        monkeypatch.setattr(extras, "find_spec", lambda name, asked=asked: known(name, asked))
        extras.require(extra)
        assert asked == list(extras.MODULES[extra])


def test_require_names_the_missing_module_and_the_install_command(monkeypatch: pytest.MonkeyPatch) -> None:
    known = importlib.util.find_spec
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == "torch" else known(name))
    with pytest.raises(LabtopError, match="torch is required, but not installed") as caught:
        extras.require("train")
    assert "pip install '.[cpu]'" in str(caught.value.hint)
