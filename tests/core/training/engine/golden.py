"""Five steps of a plan on every back end: a program for the ranks of the golden test.

Run as `python -m tests.core.training.engine.golden MODEL OUTPUT BACKEND…` with torchrun's variables. A back end's name
with `-packed` packs the samples, after the check of a training's start; one with `-lora` trains adapters. Rank 0 writes
`OUTPUT/<name>.json` with the losses and gradient norms, and `OUTPUT/<name>.safetensors` with the final weights.
"""

from __future__ import annotations

import json
import random
import sys
from array import array
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

from core.training.arguments import TrainArguments
from core.training.engine.attention import problem_with
from core.training.engine.backend import Backend
from core.training.engine.ddp import DDPBackend
from core.training.engine.lora import add_adapters
from core.training.engine.model import LossModule
from core.training.engine.optimizer import OptimizerSettings
from core.training.engine.ranks import Ranks
from core.training.engine.single import SingleBackend
from core.training.engine.trainer import Trainer
from core.training.masking import Sample
from core.training.plan import TrainingPlan, plan_epoch

STEPS = 5
CHUNK_LOGITS = 4096
"""So few that the loss is computed in several chunks."""


def samples() -> list[Sample]:
    """Twenty-one: the last of five steps has a single sample, so that a second rank has none."""
    draw = random.Random(5)
    made = []
    for _ in range(21):
        length = draw.randint(6, 60)
        mask = bytes((index > 0 and draw.random() < 0.6) or index == length - 1 for index in range(length))
        made.append(Sample(array("i", [draw.randrange(200) for _ in range(length)]), mask))
    return made


def backend_named(name: str, ranks: Ranks) -> Backend:
    if name.startswith("fsdp"):
        from core.training.engine.fsdp import FSDPBackend

        return FSDPBackend(ranks)
    if name.startswith("deepspeed"):
        from core.training.engine.deepspeed import DeepSpeedBackend

        return DeepSpeedBackend(ranks, stage=3 if "3" in name else 2)
    return DDPBackend(ranks) if name.startswith("ddp") else SingleBackend(ranks)


def run(name: str, folder: Path, output: Path, ranks: Ranks) -> None:
    """Train with one back end."""
    data = samples()
    loss_tokens = [sample.num_loss_tokens for sample in data]
    plan = TrainingPlan([len(each) for each in data], 5, 100, 3, 1, loss_tokens, ranks.world_size)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    if name.endswith("lora"):
        torch.manual_seed(1)
        given = {"model_path": folder, "data_path": folder, "ckpt_output_dir": output}
        add_adapters(model, TrainArguments.from_data({**given, "lora_rank": 4, "lora_dropout": 0.0}))
    settings = OptimizerSettings(0.5, STEPS, algorithm="sgd")
    module = LossModule(model, chunk_logits=CHUNK_LOGITS)
    trainer = Trainer(backend_named(name, ranks), module, data, settings)
    if name.endswith("packed"):
        if problem := problem_with("sdpa", trainer, bfloat16=False):
            raise RuntimeError(problem)
        plan = replace(plan, packed=True)
    held_out = plan_epoch(
        plan.lengths,
        loss_tokens=loss_tokens,
        batch_size=21,
        max_tokens=100,
        seed=0,
        epoch=0,
        world_size=ranks.world_size,
    )
    validation = []
    results = []
    for step in plan.steps():
        results.append(trainer.run(step))
        validation.append(trainer.evaluate(held_out.steps[0], data))
    weights = trainer.backend.export()
    if ranks.is_first:
        record = {
            "losses": [each.loss for each in results],
            "norms": [each.grad_norm for each in results],
            "validation": validation,
        }
        (output / f"{name}.json").write_text(json.dumps(record))
        whole = {key: value.detach().clone() for key, value in weights.items()}
        save_file(whole, output / f"{name}.safetensors")


def main(model: str, output: str, *names: str) -> None:
    torch.set_num_threads(1)
    ranks = Ranks.join()
    for name in names:
        run(name, Path(model), Path(output), ranks)


if __name__ == "__main__":
    main(*sys.argv[1:])
