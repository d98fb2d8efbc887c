"""What `labtop run` prints at its end."""

from __future__ import annotations

import pytest

from tui.cli.run import show_result


def test_run_result_until_generate(capsys: pytest.CaptureFixture[str]) -> None:
    files = {"knowledge_train": "/run/knowledge_train_msgs.jsonl", "messages": "/run/messages.jsonl"}
    stages = [{"stage": "generate", "status": "done", "seconds": 8.0}]
    show_result({"stages": stages, "files": files, "best": None}, {})
    printed = capsys.readouterr().out
    assert "data show /run/knowledge_train_msgs.jsonl" in printed
    assert "/run/messages.jsonl" not in printed
