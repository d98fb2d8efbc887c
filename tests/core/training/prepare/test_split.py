"""Holding samples out for the validation loss."""

from __future__ import annotations

import random
from array import array
from collections import Counter
from pathlib import Path

import pytest

from core.errors import LabtopError
from core.training.masking import Sample
from core.training.prepare.cache import CachedSamples, EntryWriter
from core.training.prepare.split import split_samples


def cached(folder: Path, texts: list[str]) -> CachedSamples:
    """One sample for each text, a token for each character."""
    folder.mkdir()
    writer = EntryWriter(folder)
    writer.add([Sample(array("i", map(ord, text)), bytes([0] + [1] * (len(text) - 1))) for text in texts])
    writer.close()
    return CachedSamples(folder)


def text_of(sample: Sample) -> str:
    return "".join(map(chr, sample.ids))


def test_equal_samples_stay_together(tmp_path: Path) -> None:
    draw = random.Random(3)
    texts = [f"sample {draw.randrange(60)}" for _ in range(200)]
    training, validation = split_samples(cached(tmp_path / "a", texts), 0.2, 1)
    first, second = ({text_of(each) for each in side} for side in (training, validation))
    assert first | second == set(texts) and not first & second
    assert Counter(map(text_of, [*training, *validation])) == Counter(texts)
    assert 36 <= len(validation) <= 40
    assert sorted([*training.indices, *validation.indices]) == list(range(200))
    assert validation.lengths.tolist() == [len(each) for each in validation]
    assert validation.loss_tokens.tolist() == [len(each) - 1 for each in validation]


def test_split_depends_on_content_and_seed_only(tmp_path: Path) -> None:
    texts = [f"sample {number}" for number in range(100)]
    turned = random.Random(1).sample(texts, 100)
    first, again = (
        split_samples(cached(tmp_path / name, rows), 0.1, 7) for name, rows in (("a", texts), ("b", turned))
    )
    held_out = set(map(text_of, first[1]))
    assert len(held_out) == 10
    assert set(map(text_of, again[1])) == held_out
    assert set(map(text_of, split_samples(cached(tmp_path / "c", texts), 0.1, 8)[1])) != held_out


@pytest.mark.parametrize("texts", [["a question", "another"], ["a question"] * 9 + ["another"]])
def test_each_side_has_a_sample(tmp_path: Path, texts: list[str]) -> None:
    training, validation = split_samples(cached(tmp_path / "a", texts), 0.01, 1)
    assert len(validation) == 1 and len(training) == len(texts) - 1


def test_equal_samples_cannot_be_split(tmp_path: Path) -> None:
    with pytest.raises(LabtopError, match="All samples are equal") as raised:
        split_samples(cached(tmp_path / "a", ["the same"] * 5), 0.2, 1)
    assert raised.value.code == "nothing-to-validate"
