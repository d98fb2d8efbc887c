"""Runs the evaluation worker for the tests in a process of its own: models, scores, and the same scores by hand.

Usage: `python -m tests.core.evaluation.real_run (score|resume) FOLDER`; what came out is `FOLDER/<mode>.json`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from core.errors import LabtopError
from core.evaluation.tasks import read_task
from core.evaluation.worker import evaluate
from core.events import Data, Reporter

TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


class EventRecorder:
    """Collects a worker's events; ends the process with -9 at the first of a given type."""

    def __init__(self, fatal: str | None = None) -> None:
        self.events: list[tuple[str, Data]] = []
        self._fatal = fatal

    def write(self, kind: str, stage: str | None, data: Data) -> None:
        self.events.append((kind, data))
        if kind == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)


def run(arguments: dict[str, Any], recorder: EventRecorder | None = None) -> dict[str, Any]:
    """A run's result, error and events."""
    recorder = recorder or EventRecorder()
    try:
        return {"result": evaluate(arguments, Reporter(recorder.write)), "events": recorder.events}
    except LabtopError as error:
        return {"error": error.message, "events": recorder.events}


def make_model(folder: Path, seed: int, texts: list[str], template: str | None = TEMPLATE) -> None:
    """A tiny model with random weights, large enough in their spread to have opinions."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ["<|end|>", "<|user|>", "<|assistant|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=special, initial_alphabet=sorted(alphabet), show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|end|>", pad_token="<|end|>")
    fast.chat_template = template
    fast.save_pretrained(folder)
    torch.manual_seed(seed)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(fast),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=512,
            initializer_range=0.3,
            eos_token_id=0,
        )
    )
    model.save_pretrained(folder)


def spoil(folder: Path) -> None:
    """What a training that diverged leaves."""
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    save_file({name: tensor * float("nan") for name, tensor in tensors.items()}, folder / "model.safetensors")


def by_hand(folder: Path, task_file: Path, shots: int) -> list[list[float]]:
    """Each choice's log-likelihood by a forward pass of its own, without the harness."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    questions = read_task(task_file).questions
    rows = []
    for question in questions:
        others = [other for other in questions if other != question][:shots]
        messages = [
            turn
            for other in others
            for turn in (
                {"role": "user", "content": other.prompt},
                {"role": "assistant", "content": other.choices[other.answer]},
            )
        ]
        if tokenizer.chat_template:
            asked = [*messages, {"role": "user", "content": question.prompt}]
            context = tokenizer.apply_chat_template(asked, tokenize=False, add_generation_prompt=True)
        else:
            context = question.prompt
        row = []
        for choice in question.choices:
            start = len(tokenizer.encode(context))
            tokens = torch.tensor([tokenizer.encode(context + choice)])
            with torch.no_grad():
                logs = model(tokens[:, :-1]).logits.log_softmax(-1)
            chosen = logs.gather(2, tokens[:, 1:, None])[0, start - 1 :, 0]
            row.append(float(chosen.sum()))
        rows.append(row)
    return rows


def by_lm_eval(folder: Path, tasks_folder: Path) -> dict[str, float]:
    """The tasks' `acc_norm` when lm-eval reads the task files itself."""
    from lm_eval import evaluate as harness_evaluate
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager

    tasks = TaskManager(include_path=str(tasks_folder), include_defaults=False).load(["mmlu_pr"])
    lm = HFLM(pretrained=str(folder), device="cpu", dtype="float32")
    found = harness_evaluate(lm, tasks, bootstrap_iters=0, apply_chat_template=True)
    return {name: result["acc_norm,none"] for name, result in found["results"].items() if "acc_norm,none" in result}


def score(folder: Path) -> dict[str, Any]:
    tasks = [folder / "tasks" / "one_task.yaml", folder / "tasks" / "two_task.yaml"]
    texts = [" ".join((q.prompt, *q.choices)) for file in tasks for q in read_task(file).questions]
    models = {name: folder / name for name in ("first", "second", "plain", "broken", "alien")}
    for seed, (name, path) in enumerate(models.items()):
        make_model(path, seed, texts, None if name == "plain" else TEMPLATE)
    spoil(models["broken"])
    config = json.loads((models["alien"] / "config.json").read_text())
    (models["alien"] / "config.json").write_text(json.dumps({**config, "model_type": "from_elsewhere"}))

    def arguments(*names: str, **more: Any) -> dict[str, Any]:
        kept = {"tasks": [str(file) for file in tasks], "output_dir": str(folder / "results")}
        return {"models": [str(models[name]) for name in names], **kept, **more}

    outcome = {
        "both": run(arguments("first", "second", tasks_dir=str(folder / "tasks"), tasks=[])),
        "again": run(arguments("first", "second", names=["base", "tuned"])),
        "acc": run(arguments("first", metric="acc", limit=3)),
        "shots": run(arguments("first", few_shots=2, batch_size=3, tasks=[str(tasks[0])])),
        "plain": run(
            arguments("plain", questions={"held": str(folder / "held.jsonl")}, tasks=[], benchmark="by people")
        ),
        "broken": run(arguments("broken")),
        **{
            f"{name} by {evaluator}": run(
                arguments(name, tasks=[], tasks_dir=str(folder / "letters"), few_shots=5, evaluator=evaluator)
            )
            for name in ("first", "plain")
            for evaluator in ("labtop", "lm-eval")
        },
        "first's texts by lm-eval": run(arguments("first", few_shots=2, evaluator="lm-eval")),
        "first's texts by labtop": run(arguments("first", few_shots=2)),
        "alien": run(arguments("alien")),
        "by_lm_eval": by_lm_eval(models["first"], folder / "tasks"),
        "by_hand": {
            "first": {file.stem: by_hand(models["first"], file, 0) for file in tasks},
            "second": {file.stem: by_hand(models["second"], file, 0) for file in tasks},
            "shots": {tasks[0].stem: by_hand(models["first"], tasks[0], 2)},
        },
    }
    (folder / "score.json").write_text(json.dumps(outcome))
    if os.fork() == 0:
        run(arguments("first", batch_size=2, output_dir=str(folder / "half")), EventRecorder(fatal="progress"))
    os.wait()
    run(arguments("first", "second", output_dir=str(folder / "killed")), EventRecorder(fatal="score"))
    return outcome


def resume(folder: Path) -> dict[str, Any]:
    tasks = [str(folder / "tasks" / f"{name}_task.yaml") for name in ("one", "two")]
    models = [str(folder / name) for name in ("first", "second")]
    outcome = run({"models": models, "tasks": tasks, "output_dir": str(folder / "killed")})
    outcome["half"] = run({"models": models[:1], "tasks": tasks, "output_dir": str(folder / "half")})
    (folder / "resume.json").write_text(json.dumps(outcome))
    return outcome


if __name__ == "__main__":
    {"score": score, "resume": resume}[sys.argv[1]](Path(sys.argv[2]))
