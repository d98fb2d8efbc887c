"""Models by what the user writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import LabtopError
from core.serving.names import require_model


def test_folder_without_config_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "half").mkdir()
    with pytest.raises(LabtopError, match=rf"the folder {tmp_path / 'half'} has no config\.json"):
        require_model("half", tmp_path / "models")


@pytest.mark.parametrize("name", ["nowhere", "n" * 5000])
def test_model_that_does_not_exist_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(LabtopError, match="no such folder"):
        require_model(name, tmp_path)
