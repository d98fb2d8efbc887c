from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from transformers import PreTrainedTokenizerFast

from core.errors import LabtopError
from core.training.prepare.cache import KEPT_ENTRIES, META_FILE, TOKENS, TYPES
from core.training.samples import Dataset, load_dataset
from tests.core.training.conftest import ROWS, write_rows


@pytest.fixture
def tokenizer(student: Path) -> Any:
    return PreTrainedTokenizerFast.from_pretrained(student)


@pytest.fixture
def load(data: Path, tokenizer: Any, tmp_path: Path) -> Callable[..., Dataset]:
    return lambda max_seq_len=200: load_dataset([data], tokenizer, max_seq_len, folder=tmp_path / "prepared")


def only_entry(folder: Path) -> Path:
    (entry,) = (each for each in folder.iterdir() if each.is_dir())
    return entry


def test_samples_are_tokenised_once(load: Callable[..., Dataset], tmp_path: Path) -> None:
    first, second = load(), load()
    assert (first.reused, second.reused) == (False, True)
    assert first.samples == second.samples
    assert len(first.samples) == len(ROWS)
    assert first.samples.lengths.tolist() == [len(sample) for sample in first.samples]
    assert first.samples.loss_tokens.tolist() == [sample.num_loss_tokens for sample in first.samples]
    assert first.largest_token == max(max(sample.ids) for sample in first.samples)
    assert {each.name for each in only_entry(tmp_path / "prepared").iterdir()} == {META_FILE, *TYPES}
    assert np.load(only_entry(tmp_path / "prepared") / TOKENS).tolist() == [
        token for sample in first.samples for token in sample.ids
    ]


def test_samples_are_indexed_like_a_list(load: Callable[..., Dataset]) -> None:
    samples = load().samples
    assert samples[-1] == samples[len(samples) - 1]
    assert list(samples[1:3]) == [samples[1], samples[2]]
    with pytest.raises(IndexError):
        samples[len(samples)]


def flip_a_byte(entry: Path) -> None:
    content = bytearray((entry / TOKENS).read_bytes())
    content[-3] ^= 1
    (entry / TOKENS).write_bytes(content)


def shorten(entry: Path) -> None:
    with (entry / TOKENS).open("r+b") as stream:
        stream.truncate(200)


@pytest.mark.parametrize(
    "damage",
    [
        flip_a_byte,
        shorten,
        lambda entry: (entry / META_FILE).unlink(),
        lambda entry: (entry / META_FILE).write_text("[]"),
        lambda entry: (entry / TOKENS).unlink(),
    ],
)
def test_damaged_entry_is_written_again(
    load: Callable[..., Dataset], tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    expected = list(load().samples)
    damage(only_entry(tmp_path / "prepared"))
    again = load()
    assert not again.reused
    assert list(again.samples) == expected
    assert load().reused


def test_entry_depends_on_data_tokenizer_template_and_length(
    load: Callable[..., Dataset], data: Path, tokenizer: Any
) -> None:
    load()
    assert not load(max_seq_len=199).reused
    tokenizer.chat_template += " "
    assert not load().reused
    tokenizer.add_tokens(["Kestrel"])
    assert not load().reused
    write_rows(data, ROWS[1:])
    assert not load().reused
    assert load().reused


def test_only_the_last_entries_are_kept(load: Callable[..., Dataset], tmp_path: Path) -> None:
    for length in range(200, 200 + KEPT_ENTRIES + 2):
        load(length)
    assert len([each for each in (tmp_path / "prepared").iterdir() if each.is_dir()]) == KEPT_ENTRIES


def test_processes_that_start_together_share_one_entry(load: Callable[..., Dataset]) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = [each.result() for each in [pool.submit(load) for _ in range(4)]]
    assert sum(not each.reused for each in found) == 1
    assert all(each.samples == found[0].samples for each in found)


def test_dropped_samples_are_remembered_with_an_example(load: Callable[..., Dataset], data: Path) -> None:
    with data.open("a") as stream:
        stream.write(json.dumps({"messages": [{"role": "user", "content": "alone"}]}) + "\n")
    for _ in range(2):
        dataset = load()
        assert dataset.dropped == {"nothing to learn": 1}
        assert dataset.examples == {"nothing to learn": f"line {len(ROWS) + 1} of {data}"}
    assert dataset.reused


def test_sample_without_an_end_token_is_dropped(load: Callable[..., Dataset], tokenizer: Any) -> None:
    tokenizer.chat_template = "{% for m in messages %}{{ m['role'] + ': ' + m['content'] + '\n' }}{% endfor %}"
    with pytest.raises(LabtopError, match=f"{len(ROWS)} without an end token after the answer") as caught:
        load()
    assert "stop" in str(caught.value.hint)


def test_failed_preparation_leaves_no_entry(load: Callable[..., Dataset], data: Path, tmp_path: Path) -> None:
    data.write_text(data.read_text() + "{\n")
    with pytest.raises(LabtopError, match="is not valid JSON"):
        load()
    assert [each.name for each in (tmp_path / "prepared").iterdir() if each.is_dir()] == []
