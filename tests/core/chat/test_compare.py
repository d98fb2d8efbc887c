"""Comparing models: the order of hidden names, and votes that are kept and counted."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from core.chat.compare import Comparison, Contender, Tally, VoteStore
from core.chat.target import Target
from core.chat.turns import ChatSettings, Figures
from core.errors import LabtopError


def contenders(*names: str) -> list[Contender]:
    return [Contender(Target("http://127.0.0.1:1/v1", name), path=f"/models/{name}") for name in names]


def answer(comparison: Comparison, question: str = "Why?") -> None:
    for contender in comparison.contenders:
        contender.session.append("user", question)
        contender.session.append("assistant", f"{contender.target.model} says", figures=Figures(tokens=3, seconds=0.5))


def test_compare_keeps_a_vote(tmp_path: Path) -> None:
    store = VoteStore(tmp_path / "data" / "votes.jsonl")
    comparison = Comparison(contenders("base", "tuned"), blind=False)
    comparison.begin("Why?", ChatSettings(temperature=0.5, seed=7, system_prompt="Be brief.", context="custom"))
    assert not comparison.can_vote
    answer(comparison)
    assert comparison.can_vote
    vote = comparison.vote("B", store)
    assert store.read() == [vote]
    assert not comparison.can_vote
    record = json.loads(store.file.read_text())
    assert store.file.stat().st_mode & 0o777 == 0o600
    assert [each["path"] for each in record["answers"]] == ["/models/base", "/models/tuned"]
    assert [each["text"] for each in record["answers"]] == ["base says", "tuned says"]
    kept = {"question": "Why?", "verdict": "B", "blind": False, "seed": 7, "temperature": 0.5}
    assert {name: record[name] for name in kept} == kept
    assert record["system_prompt"] == "Be brief."


def test_compare_counts_votes_between_the_same_models(tmp_path: Path) -> None:
    store = VoteStore(tmp_path / "votes.jsonl")
    for names, verdict in ((("x", "y"), "A"), (("y", "x"), "A"), (("y", "x"), "B"), (("x", "y", "z"), "A")):
        comparison = Comparison(contenders(*names), blind=False)
        comparison.begin("Why?", ChatSettings())
        answer(comparison)
        comparison.vote(verdict, store)  # type: ignore[arg-type]
    with store.file.open("a") as stream:
        stream.write('{"verdict": "A"}\nnot JSON\n{"answers": [], "verdict": "A", ')  # a writer that was killed
    comparison = Comparison(contenders("y", "x"), blind=False)
    comparison.begin("Why?", ChatSettings())
    answer(comparison)
    comparison.vote("tie", store)
    assert store.tally(contenders("x", "y")) == Tally((("x", 2), ("y", 1)), ties=1)
    assert store.tally(contenders("x", "y", "z")).total == 1
    assert VoteStore(tmp_path / "none.jsonl").tally(contenders("x", "y")).total == 0


def test_compare_hides_names_and_draws_the_order_again(tmp_path: Path) -> None:
    comparison = Comparison(contenders("x", "y", "z"), blind=True, shuffle=random.Random(3))
    orders = set()
    for _ in range(20):
        comparison.begin("Why?", ChatSettings())
        assert [comparison.title(number) for number in range(3)] == ["A", "B", "C"]
        assert all(contender.session.turns == () for contender in comparison.contenders)
        answer(comparison)
        orders.add(tuple(contender.target.model for contender in comparison.contenders))
        vote = comparison.vote("none", VoteStore(tmp_path / "votes.jsonl"))
        assert [each.model for each in vote.answers] == [each.target.model for each in comparison.contenders]
        assert comparison.title(0) == f"A {comparison.contenders[0].target.model}"
    assert len(orders) > 1


def test_compare_needs_two_answers() -> None:
    comparison = Comparison(contenders("x", "y"), blind=False)
    comparison.begin("Why?", ChatSettings())
    comparison.contenders[0].session.append("user", "Why?")
    comparison.contenders[0].session.append("assistant", "So.")
    comparison.contenders[1].session.append("user", "Why?")
    assert not comparison.can_vote


@pytest.mark.parametrize("count", [1, 5])
def test_compare_takes_two_to_four_models(count: int) -> None:
    with pytest.raises(LabtopError) as caught:
        Comparison(contenders(*"abcde"[:count]), blind=False)
    assert "2 to 4" in str(caught.value.hint)
