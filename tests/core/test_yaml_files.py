"""YAML that would cost too much to build."""

from __future__ import annotations

import pytest
import yaml

from core.yaml_files import load_yaml

BOMB = "l0: &l0 [x]\n" + "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 9))


def test_a_document_is_its_value_and_aliases_may_be_used() -> None:
    assert load_yaml("a: &one [1, 2]\nb: *one\n") == {"a": [1, 2], "b": [1, 2]}
    assert load_yaml("") is None


def test_a_merged_key_may_be_overridden() -> None:
    assert load_yaml("a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\n")["b"] == {"x": 1, "y": 3}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" if n else "l0: &l0 [x]\n" for n in range(9)),
            "aliases expand to",
        ),
        ("a: &a [*a]", "inside the value"),
        ("[" * 200 + "]" * 200, "more than 100 levels"),
        ("a: 1" + ":1" * 5000, "number in it is too long"),
        ("a: 2020-13-45", "month"),
        ("x" * 5_000_001, "larger than 5 MB"),
        ("a: [", "while parsing"),
        ("a:\n  b: 1\n  b: 2\n", r"'b' occurs twice\n.*line 3"),
    ],
)
def test_load_yaml_rejects_invalid_and_too_large_text(text: str, words: str) -> None:
    with pytest.raises(yaml.YAMLError, match=words):
        load_yaml(text)
