"""What a judge is asked."""

from __future__ import annotations

import pytest

from core.evaluation.judging.prompts import judge_prompt, merges_messages
from core.evaluation.judging.rating import FIVE
from tests.core.evaluation.judging.helpers import question


def test_first_turn() -> None:
    prompt = judge_prompt(question(1), ("An answer.",), 0)
    assert prompt.name == "labtop-single-v1"
    assert "[request]\nQuestion 1, turn 1.\n[end of request]" in prompt.user
    assert "[answer to grade]\nAn answer.\n[end of answer to grade]" in prompt.user
    assert "reference" not in prompt.user + prompt.system
    assert "[[5]]" in prompt.system


def test_second_turn_shows_the_conversation_with_references() -> None:
    prompt = judge_prompt(question(1, "math", reference="42"), ("First.", "Second."), 1)
    assert prompt.name == "labtop-single-reference-v1-multi-turn"
    order = [prompt.user.index(text) for text in ("Question 1, turn 1.", "First.", "Question 1, turn 2.", "Second.")]
    assert order == sorted(order)
    assert prompt.user.count("42") == 2
    assert "second one" in prompt.system


def test_scale_of_five() -> None:
    prompt = judge_prompt(question(1, turns=1, reference="r"), ("a",), 0, FIVE)
    assert "[[3]]" in prompt.system and "10" not in prompt.system


def test_messages_are_merged_for_judges_without_a_system_message() -> None:
    prompt = judge_prompt(question(1), ("a",), 0)
    assert [message.role for message in prompt.messages(merged=False)] == ["system", "user"]
    merged = prompt.messages(merged=True)
    assert [message.role for message in merged] == ["user"]
    assert merged[0].content == f"{prompt.system}\n\n{prompt.user}"


@pytest.mark.parametrize(
    ("judge", "asked", "merged"),
    [
        ("prometheus-8x7b-v2.0", None, True),
        ("Mixtral-8x7B-Instruct", None, True),
        ("granite-3.1", None, False),
        ("granite-3.1", True, True),
        ("prometheus-8x7b-v2.0", False, False),
    ],
)
def test_merging_follows_the_name(judge: str, asked: bool | None, merged: bool) -> None:
    assert merges_messages(judge, asked) == merged
