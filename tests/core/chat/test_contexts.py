from __future__ import annotations

from pathlib import Path

import pytest

from core.chat.contexts import contexts, resolve_context
from core.errors import LabtopError


def test_contexts_of_the_documents_and_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "cook.md").write_text("You are a cook.\n")
    (tmp_path / "broken.txt").write_bytes(b"\xff")
    (tmp_path / "notes.yaml").write_text("a: 1")
    assert [context.name for context in contexts(tmp_path)] == ["default", "cli_helper", "cook"]
    assert resolve_context("cook", tmp_path).prompt == "You are a cook."
    assert resolve_context("default", tmp_path).prompt == ""
    assert "command" in resolve_context("cli_helper", tmp_path).prompt
    custom = resolve_context(" you are a book ", tmp_path)
    assert (custom.name, custom.prompt) == ("custom", "you are a book")
    with pytest.raises(LabtopError, match="no context cok; there are default, cli_helper, cook"):
        resolve_context("cok", tmp_path)
