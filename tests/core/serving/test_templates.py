"""The chat template that a server uses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jinja2
import pytest

from core.errors import LabtopError, UsageError
from core.serving.templates import FOLDER, choose_template, own_template

TURNS = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Who?"},
    {"role": "assistant", "content": "I."},
    {"role": "user", "content": "Why?"},
]


def model(folder: Path, config: dict[str, Any], tokens: tuple[str, ...] = (), **tokenizer: Any) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer))
    (folder / "tokenizer.json").write_text(json.dumps({"added_tokens": [{"content": token} for token in tokens]}))
    return folder


def test_template_of_the_model_comes_first(tmp_path: Path) -> None:
    folder = model(tmp_path / "m", {"model_type": "granite"}, chat_template="{{ messages }}")
    assert choose_template(folder, "auto", None).file is None
    assert "no effect" in choose_template(folder, "auto", "mixtral").note
    (folder / "chat_template.jinja").write_text("{% generation %}{{ messages[0].content }}{% endgeneration %}")
    assert choose_template(folder, "tokenizer", None).file is None
    assert own_template(folder) != "{{ messages }}"


@pytest.mark.parametrize(
    ("config", "tokens", "family", "name"),
    [
        ("granite", (), None, "granite"),
        ("granite", ("<|user|>", "<|assistant|>"), None, "granite-7b"),
        ("llama", ("<|user|>", "<|assistant|>"), None, "granite-7b"),
        ("llama", (), "Granite", "granite"),
        ("llama", ("<|user|>", "<|assistant|>", "<|start_of_role|>"), "merlinite", "granite"),
        ("mistral", (), None, "mixtral"),
        ("granite", (), "mixtral", "mixtral"),
    ],
)
def test_template_of_a_family(
    config: str, tokens: tuple[str, ...], family: str | None, name: str, tmp_path: Path
) -> None:
    folder = model(tmp_path / "m", {"model_type": config}, tokens)
    assert choose_template(folder, "auto", family).file == FOLDER / f"{name}.jinja"


def test_template_missing(tmp_path: Path) -> None:
    folder = model(tmp_path / "m", {"model_type": "llama"})
    found = choose_template(folder, "auto", None)
    assert found.file is None and "no chats" in found.note
    with pytest.raises(LabtopError, match="no chat template"):
        choose_template(folder, "tokenizer", None)
    with pytest.raises(UsageError, match="model-family"):
        choose_template(folder, "auto", "gemma")


def test_template_that_does_not_parse(tmp_path: Path) -> None:
    folder = model(tmp_path / "m", {}, chat_template="{% for x in messages %}\n{{ x }")
    with pytest.raises(LabtopError, match=r"line 2 does not parse") as caught:
        choose_template(folder, "auto", None)
    assert caught.value.code == "bad-template"
    file = tmp_path / "t.jinja"
    with pytest.raises(LabtopError, match="cannot be read"):
        choose_template(folder, str(file), None)
    file.write_text("{{ messages }}")
    assert choose_template(folder, str(file), None).file == file


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "granite",
            "<|start_of_role|>system<|end_of_role|>Be brief.<|end_of_text|>\n"
            "<|start_of_role|>user<|end_of_role|>Who?<|end_of_text|>\n"
            "<|start_of_role|>assistant<|end_of_role|>I.<|end_of_text|>\n"
            "<|start_of_role|>user<|end_of_role|>Why?<|end_of_text|>\n"
            "<|start_of_role|>assistant<|end_of_role|>",
        ),
        (
            "granite-7b",
            "<|system|>\nBe brief.\n<|user|>\nWho?\n<|assistant|>\nI.<|endoftext|><|user|>\nWhy?\n<|assistant|>\n",
        ),
        ("mixtral", "<s>[INST] Be brief.\n\nWho? [/INST] I.</s>[INST] Why? [/INST]"),
    ],
)
def test_family_template_renders(name: str, text: str) -> None:
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((FOLDER / f"{name}.jinja").read_text())
    assert template.render(messages=TURNS, add_generation_prompt=True, bos_token="<s>", eos_token="</s>") == text
