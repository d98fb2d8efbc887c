from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from transformers import PreTrainedTokenizerFast

from core.errors import LabtopError
from core.training.samples import dropped_hint, load_dataset
from tests.core.training.conftest import ROWS, write_rows


@pytest.fixture
def tokenizer(student: Path) -> Any:
    return PreTrainedTokenizerFast.from_pretrained(student)


def test_rows_are_read_in_order(tmp_path: Path, tokenizer: Any) -> None:
    first = write_rows(tmp_path / "a.jsonl", ROWS[:5])
    second = write_rows(tmp_path / "b.jsonl", ROWS[5:])
    whole = write_rows(tmp_path / "c.jsonl")
    dataset = load_dataset([first, second], tokenizer, 1000)
    assert dataset.samples == load_dataset([whole], tokenizer, 1000).samples
    assert "When was The Kestrel bridge built?" in tokenizer.decode(list(dataset.samples[0].ids))
    assert dataset.dropped == {}


def test_digest_depends_on_the_content(tmp_path: Path, tokenizer: Any) -> None:
    digests = {
        load_dataset([write_rows(tmp_path / f"{name}.jsonl", rows)], tokenizer, 1000).digest
        for name, rows in (("a", ROWS), ("b", ROWS), ("c", ROWS[1:]))
    }
    assert len(digests) == 2


def test_long_and_empty_samples_are_dropped_and_counted(tmp_path: Path, tokenizer: Any) -> None:
    path = write_rows(tmp_path / "data.jsonl", [*ROWS, ("Long?", "long " * 300)])
    with path.open("a") as stream:
        stream.write(json.dumps({"messages": [{"role": "user", "content": "alone"}]}) + "\n\n")
    dataset = load_dataset([path], tokenizer, 100)
    assert len(dataset.samples) == len(ROWS)
    assert dataset.dropped == {"longer than 100 tokens": 1, "nothing to learn": 1}


def test_unmask_of_a_row_is_respected(tmp_path: Path, tokenizer: Any) -> None:
    masked = load_dataset([write_rows(tmp_path / "a.jsonl")], tokenizer, 1000).samples
    unmasked = load_dataset([write_rows(tmp_path / "b.jsonl", unmask=True)], tokenizer, 1000).samples
    assert all(a.num_loss_tokens < b.num_loss_tokens for a, b in zip(masked, unmasked, strict=True))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{not json", r"Line 2 of .*data.jsonl is not valid JSON"),
        ("[" * 100_000, "Line 2 .* is not valid JSON"),
        ("[]", "Line 2 .* is not a chat sample"),
        ('{"messages": []}', "Line 2 .* is not a chat sample"),
        ('{"messages": [{"role": "user"}]}', "Line 2 .* is not a chat sample"),
        ('{"messages": [{"role": "user", "content": ["a"]}]}', "Line 2 .* is not a chat sample"),
        ("\udcff\udcfe", "Line 2 .* is not valid JSON"),
        (r'{"messages": [{"role": "user", "content": "\ud800"}]}', "Line 2 .* contains an unpaired surrogate"),
    ],
)
def test_invalid_line_is_named(tmp_path: Path, tokenizer: Any, line: str, message: str) -> None:
    path = write_rows(tmp_path / "data.jsonl", ROWS[:1])
    with path.open("ab") as stream:
        stream.write(line.encode("utf-8", "surrogateescape") + b"\n")
    with pytest.raises(LabtopError, match=message):
        load_dataset([path], tokenizer, 1000)


def test_empty_data_is_an_error(tmp_path: Path, tokenizer: Any) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text("\n")
    with pytest.raises(LabtopError, match="it is empty"):
        load_dataset([path], tokenizer, 1000)


def test_without_samples_the_error_has_the_reasons(tmp_path: Path, tokenizer: Any) -> None:
    with pytest.raises(LabtopError, match="12 longer than 3 tokens"):
        load_dataset([write_rows(tmp_path / "data.jsonl")], tokenizer, 3)


def test_rejected_sample_names_its_line(tmp_path: Path, tokenizer: Any) -> None:
    path = write_rows(tmp_path / "data.jsonl")
    with path.open("a") as stream:
        stream.write(json.dumps({"messages": [{"role": "tool", "content": "x"}]}) + "\n")
    tokenizer.chat_template = tokenizer.chat_template + (
        "{% for m in messages %}{% if m['role'] == 'tool' %}{{ raise_exception('no tools') }}{% endif %}{% endfor %}"
    )
    with pytest.raises(LabtopError, match=rf"line {len(ROWS) + 1} of .*data\.jsonl: no tools"):
        load_dataset([path], tokenizer, 1000)


def test_hint_fits_the_reason(tmp_path: Path, tokenizer: Any) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text(json.dumps({"messages": [{"role": "user", "content": "alone"}]}) + "\n")
    with pytest.raises(LabtopError, match="1 nothing to learn") as caught:
        load_dataset([path], tokenizer, 1000)
    assert "assistant" in str(caught.value.hint)
    assert "max_seq_len" not in str(caught.value.hint)
    assert "max_seq_len" in dropped_hint(["longer than 3 tokens"])


def test_missing_file_is_an_error(tmp_path: Path, tokenizer: Any) -> None:
    with pytest.raises(LabtopError, match="No such file"):
        load_dataset([tmp_path / "none.jsonl"], tokenizer, 1000)
