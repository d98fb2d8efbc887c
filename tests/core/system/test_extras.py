"""What is said when a part is not installed."""

from __future__ import annotations

import importlib.util

import pytest

from core.errors import LabtopError
from core.system import extras


def test_what_is_installed_is_not_asked_for() -> None:
    for extra in extras.MODULES:
        extras.require(extra)


def test_a_missing_module_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    known = importlib.util.find_spec
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == "torch" else known(name))
    with pytest.raises(LabtopError, match="This needs torch, which is not installed") as caught:
        extras.require("train")
    assert "pip install '.[cpu]'" in str(caught.value.hint)
