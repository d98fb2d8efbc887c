from __future__ import annotations

import pytest

from core.taxonomy.rules.options import AdviceOptions
from tests.core.taxonomy.leaves import SHA, edited, knowledge
from tests.core.taxonomy.second_pass import advise
from tests.core.taxonomy.test_lint import KNOWLEDGE, marked


@pytest.mark.parametrize(
    ("old", "new", "stretch"),
    [
        ("created_by: someone", "created_by: <user-name>", "<user-name>"),
        ("domain: birds", "domain: '<domain>'", "'<domain>'"),
        ("All about birds", "<what the document is about>", "<what the document is about>"),
        (
            "https://example.org/docs.git",
            "https://github.com/<profile>/<repo-name>",
            "https://github.com/<profile>/<repo-name>",
        ),
        (SHA, "<commit hash>", "<commit hash>"),
        ("'*.md'", "'<file>.md'", "'<file>.md'"),
    ],
)
def test_placeholder(old: str, new: str, stretch: str) -> None:
    text = edited(knowledge(), old, new)
    found = [one for one in advise(text, KNOWLEDGE, AdviceOptions()) if one.code == "placeholder"]
    assert [marked(text, one) for one in found] == [stretch]
    assert "<" in found[0].message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("created_by: someone", "created_by: Some One <some@example.org>"),
        ("All about birds", "What <b> and <i> do"),
        ("answer: It sings 0.", "answer: <br>"),
    ],
)
def test_no_placeholder(old: str, new: str) -> None:
    found = advise(edited(knowledge(), old, new), KNOWLEDGE, AdviceOptions())
    assert "placeholder" not in [one.code for one in found]
