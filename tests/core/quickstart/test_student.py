from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer

from core.errors import LabtopError
from core.events import Reporter
from core.models.local import check_model_folder
from core.quickstart.student_worker import make_student

pytestmark = [pytest.mark.slow, pytest.mark.torch]

ROWS = [
    ("When was the Kestrel bridge built?", "The Kestrel bridge was built in 1931."),
    ("Who designed it?", "Étienne Marl designed it — “alone”, as he said."),
] * 20

SMALL = {"hidden": 64, "intermediate": 96, "layers": 1}


@pytest.fixture
def arguments(tmp_path: Path) -> dict[str, Any]:
    data = tmp_path / "train.jsonl"
    lines = [
        {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]}
        for question, answer in ROWS
    ]
    data.write_text("".join(json.dumps(line) + "\n" for line in lines))
    document = tmp_path / "document.md"
    document.write_text("# Bridges\n\nThe Kestrel bridge crosses the Marl.\n")
    return {
        "output_dir": str(tmp_path / "models" / "student"),
        "data_path": [str(data), str(document)],
        "seed": 3,
        "shape": SMALL,
    }


def test_a_student_is_a_whole_model_of_granites_shape(arguments: dict[str, Any], tmp_path: Path) -> None:
    result = make_student({**arguments, "shape": {}}, Reporter.silent())
    folder = Path(result["path"])
    config = check_model_folder(folder).config
    assert config["architectures"] == ["GraniteForCausalLM"]
    assert AutoModelForCausalLM.from_pretrained(folder).num_parameters() == result["parameters"]
    assert 600_000 < result["parameters"] < 800_000
    assert all(file.stat().st_mode & 0o044 for file in folder.iterdir())
    assert str(tmp_path) not in "".join(file.read_text() for file in folder.glob("*.json"))


@pytest.mark.parametrize(
    "text", ["The Kestrel bridge, 1931.", "NEW Words: Ünïcödé 漢字 🌉", "two  spaces\n\nand lines\n", "<tag> a < b"]
)
def test_any_text_encodes_and_reads_as_it_was_written(arguments: dict[str, Any], text: str) -> None:
    tokenizer = AutoTokenizer.from_pretrained(make_student(arguments, Reporter.silent())["path"])
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


def test_the_chat_template_is_that_of_granite_3(arguments: dict[str, Any]) -> None:
    tokenizer = AutoTokenizer.from_pretrained(make_student(arguments, Reporter.silent())["path"])
    messages = [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "He."}]
    assert tokenizer.apply_chat_template(messages, tokenize=False) == (
        "<|start_of_role|>user<|end_of_role|>Who?<|end_of_text|>\n"
        "<|start_of_role|>assistant<|end_of_role|>He.<|end_of_text|>\n"
    )
    prompt = tokenizer.apply_chat_template(messages[:1], tokenize=False, add_generation_prompt=True)
    assert prompt.endswith("<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>")
    for token in ("<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>"):
        assert len(tokenizer(token)["input_ids"]) == 1
    assert tokenizer.eos_token == "<|end_of_text|>"


def test_the_same_seed_makes_the_same_files_in_another_process(arguments: dict[str, Any], tmp_path: Path) -> None:
    first = Path(make_student(arguments, Reporter.silent())["path"])
    other = {**arguments, "output_dir": str(tmp_path / "again")}
    code = (
        "import json, sys; from core.events import Reporter; from core.quickstart.student_worker import make_student;"
        "make_student(json.loads(sys.argv[1]), Reporter.silent())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, "-c", code, json.dumps(other)], cwd=Path.cwd(), env=environment, check=True)
    for file in first.iterdir():
        assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes(), file.name
    make_student({**other, "seed": 4}, Reporter.silent())
    weights = "model.safetensors"
    assert (first / weights).read_bytes() != (tmp_path / "again" / weights).read_bytes()


def test_one_that_is_there_is_kept_and_one_of_other_data_replaced(arguments: dict[str, Any], tmp_path: Path) -> None:
    first = make_student(arguments, Reporter.silent())
    inode = (Path(first["path"]) / "model.safetensors").stat().st_ino
    assert make_student(arguments, Reporter.silent()) == first
    assert (Path(first["path"]) / "model.safetensors").stat().st_ino == inode
    (tmp_path / "document.md").write_text("Entirely other words, of which there are quite a few.")
    make_student(arguments, Reporter.silent())
    assert "Ġquite" in json.loads((Path(first["path"]) / "tokenizer.json").read_text())["model"]["vocab"]


def test_what_is_no_student_is_never_replaced(arguments: dict[str, Any]) -> None:
    folder = Path(arguments["output_dir"])
    folder.mkdir(parents=True)
    (folder / "thesis.txt").write_text("years of work")
    with pytest.raises(LabtopError, match="not a student created here"):
        make_student(arguments, Reporter.silent())
    assert (folder / "thesis.txt").exists()


def test_no_text_and_broken_text_are_told(arguments: dict[str, Any], tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text("\n")
    with pytest.raises(LabtopError, match="no text"):
        make_student({**arguments, "data_path": [str(empty)]}, Reporter.silent())
    for line in ('{"messages": 3}', r'{"messages": [{"role": "user", "content": "\ud800"}]}'):
        empty.write_text(f"{line}\n")
        with pytest.raises(LabtopError, match=r"Line 1 of .*empty\.jsonl is not a chat sample"):
            make_student({**arguments, "data_path": [str(empty)]}, Reporter.silent())
    assert not Path(arguments["output_dir"]).exists()
