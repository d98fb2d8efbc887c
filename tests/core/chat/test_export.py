from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.chat.export import as_markdown, export
from core.chat.session import Session
from core.errors import LabtopError


def test_export_as_markdown_and_training_data(tmp_path: Path) -> None:
    session = Session("Be brief.")
    with pytest.raises(LabtopError, match="no answer"):
        export(session, tmp_path / "a.jsonl")
    session.append("user", "Why?")
    session.append("assistant", "So\x1b[2J.", model="tiny")
    session.append("user", "More")
    text = as_markdown(session)
    assert text.startswith("# Why?\n") and "## Answer of tiny" in text and "\x1b" not in text
    export(session, tmp_path / "a.jsonl")
    (line,) = (tmp_path / "a.jsonl").read_text().splitlines()
    assert [message["role"] for message in json.loads(line)["messages"]] == ["system", "user", "assistant"]
    with pytest.raises(LabtopError, match="no known format"):
        export(session, tmp_path / "a.pdf")
