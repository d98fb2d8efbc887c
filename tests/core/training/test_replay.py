from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import LabtopError
from core.training.replay import ReplayOptions, hold_out, mix
from tests.core.training.conftest import ROWS, write_rows


def texts(file: Path) -> list[str]:
    return [json.loads(line)["messages"][0]["content"] for line in file.read_text().splitlines()]


@pytest.fixture
def own(tmp_path: Path) -> ReplayOptions:
    rows = [(f"Question {number}?", f"Answer {number}.") for number in range(50)]
    file = write_rows(tmp_path / "own.jsonl", rows)
    file.write_text(file.read_text().replace("\n", "\n\n", 3))  # empty lines are not samples
    return ReplayOptions(data=file, share=0.25)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "data.jsonl")


def test_share_is_of_the_mixed_data(own: ReplayOptions, data: Path, tmp_path: Path) -> None:
    mixed = mix(own, [data], tmp_path / "replay.jsonl", seed=1)
    assert (mixed.samples, mixed.share) == (4, 0.25)
    assert len(texts(mixed.file)) == 4
    assert len(ROWS) == 12
    assert mixed.note == "4 replay samples are mixed in: 25.0% of the data."


def test_held_out_samples_are_never_mixed_in(own: ReplayOptions, data: Path, tmp_path: Path) -> None:
    assert hold_out(own, tmp_path / "held_out.jsonl", seed=1) == 5
    everything = own.model_copy(update={"share": 0.9})
    mixed = mix(everything, [data], tmp_path / "replay.jsonl", seed=1)
    held_out, trained = texts(tmp_path / "held_out.jsonl"), texts(mixed.file)
    assert sorted(held_out + trained) == sorted(f"Question {number}?" for number in range(50))
    assert (mixed.samples, mixed.wanted) == (45, 108)
    assert "no more; 108 were asked for" in mixed.note


def test_selection_depends_on_seed_and_part(own: ReplayOptions, data: Path, tmp_path: Path) -> None:
    def chosen(seed: int, part: str) -> list[str]:
        return texts(mix(own, [data], tmp_path / "replay.jsonl", seed, part).file)

    assert chosen(1, "phase 1") == chosen(1, "phase 1")
    assert len({tuple(chosen(seed, part)) for seed in (1, 2) for part in ("phase 1", "phase 2")}) > 1


@pytest.mark.parametrize(
    ("text", "words"), [('{"messages": []}\n', "Line 1"), ("", "too few to mix in"), ("no JSON\n", "not valid JSON")]
)
def test_invalid_replay_data_is_an_error(tmp_path: Path, data: Path, text: str, words: str) -> None:
    file = tmp_path / "own.jsonl"
    file.write_text(text)
    with pytest.raises(LabtopError, match=words):
        mix(ReplayOptions(data=file, share=0.1), [data], tmp_path / "replay.jsonl", seed=1)
