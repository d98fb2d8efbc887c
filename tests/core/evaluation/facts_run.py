"""Runs the facts worker for the tests in a process of its own, and the same answers by transformers' own `generate`.

Usage: `python -m tests.core.evaluation.facts_run FOLDER`; what came out is `FOLDER/outcome.json`.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import yaml

from core.errors import LabtopError
from core.evaluation.facts_worker import MAX_TOKENS, ask
from core.events import Data, Reporter
from tests.core.evaluation.real_run import TEMPLATE, make_model, spoil

QUESTIONS = [
    f"What is {'very ' * (n % 7)}near the {word}, and why?"
    for n, word in enumerate(["mill", "lamp", "bell", "dome"] * 5)
]
REFUSING = "{{ raise_exception('Only systems may speak.') }}"


def by_generate(folder: Path, questions: list[str]) -> list[str]:
    """Each question's greedy answer, one at a time."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    answers = []
    for question in questions:
        if tokenizer.chat_template:
            turns = [{"role": "user", "content": question}]
            text = tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
        else:
            text = f"{question}\n"
        tokens = tokenizer(text, return_tensors="pt", add_special_tokens=False)
        made = model.generate(**tokens, do_sample=False, max_new_tokens=MAX_TOKENS, pad_token_id=0)
        answers.append(tokenizer.decode(made[0, tokens["input_ids"].shape[1] :], skip_special_tokens=True).strip())
    return answers


def write_questions(file: Path, answers: list[str]) -> None:
    """Questions of which each third one has a term that the model's answer contains; the first ten are plain."""
    entries = []
    for number, (question, said) in enumerate(zip(QUESTIONS, answers, strict=True)):
        known = [word for word in said.split() if word.isalpha()]
        answer = f"{known[0]} {number}" if known and number % 3 == 0 else f"unheard of {number}"
        term = known[0] if known and number % 3 == 0 else "unheard of"
        entries.append({"question": question, "answer": answer, "terms": term})
    file.write_text(yaml.safe_dump({"plain": entries[:10], "free": entries[10:]}))


def run(arguments: dict[str, Any]) -> dict[str, Any]:
    """A run's result, or error and hint, and its events."""
    events: list[tuple[str, Data]] = []
    reporter = Reporter(lambda kind, _stage, data: events.append((kind, data)))
    try:
        return {"result": ask(arguments, reporter), "events": events}
    except LabtopError as error:
        return {"error": error.message, "hint": error.hint, "events": events}


def main(folder: Path) -> None:
    models = {name: folder / name for name in ("first", "second", "plain", "refusing")}
    for seed, (name, path) in enumerate(models.items()):
        template = {"plain": None, "refusing": REFUSING}.get(name, TEMPLATE)
        make_model(path, seed, QUESTIONS, template)
    for name in ("broken", "silent"):
        models[name] = Path(shutil.copytree(models["first"], folder / name))
    spoil(models["broken"])
    size = json.loads((models["silent"] / "config.json").read_text())["vocab_size"]
    (models["silent"] / "generation_config.json").write_text(json.dumps({"eos_token_id": list(range(size))}))

    expected = {name: by_generate(models[name], QUESTIONS) for name in ("first", "plain")}
    write_questions(folder / "questions.yaml", expected["first"])
    long = {"question": "why " * 500, "answer": "Because.", "terms": "because"}
    (folder / "long.yaml").write_text(yaml.safe_dump({"plain": [long]}))
    given = {"question": "Is it eleven?", "answer": "Yes, eleven.", "terms": "eleven"}
    (folder / "given.yaml").write_text(yaml.safe_dump({"plain": [given]}))

    def arguments(*names: str, questions: str = "questions", **more: Any) -> dict[str, Any]:
        return {
            "models": [str(models[name]) for name in names],
            "questions": [str(folder / f"{questions}.yaml")],
            "output_dir": str(folder / "results"),
            **more,
        }

    outcome: dict[str, Any] = {
        "expected": expected,
        "both": run(arguments("first", "second")),
        "again": run(arguments("first", "second", batch_size=3)),
        "small_batches": run(arguments("first", batch_size=3, output_dir=str(folder / "others"))),
        **{name: run(arguments(name)) for name in ("plain", "refusing", "broken", "silent")},
        "asked": run(arguments("first", benchmark="asked", each_kind=False)),
        "long": run(arguments("first", questions="long")),
        "given": run(arguments("first", questions="given")),
    }
    (folder / "outcome.json").write_text(json.dumps(outcome))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
