"""Our trainer against TRL's SFTTrainer: the same model, samples, batch size, optimizer, precision and thread.

Each of TRL's steps is followed by one of ours, so that a busy machine slows both. Prints one JSON line. `ratio` is our
throughput in tokens, without padding, over that of SFTTrainer with length-grouped batches and without activation
checkpointing; `ratio_to_defaults` over that with random batches and activation checkpointing, which are its defaults.

TRL is not a dependency: pip install trl accelerate datasets
"""

from __future__ import annotations

import copy
import json
import statistics
import tempfile
import time
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, TrainerCallback
from transformers.utils import logging

from core.events import Reporter
from core.system.processor import has_native_bfloat16, processor_flags
from core.training.arguments import TrainArguments
from core.training.engine.attention import enable_packing
from core.training.engine.model import LossModule
from core.training.engine.optimizer import OptimizerSettings
from core.training.engine.ranks import Ranks
from core.training.engine.single import SingleBackend
from core.training.engine.trainer import Trainer
from core.training.masking import Sample
from core.training.plan import TrainingPlan
from tests.benchmarks.training_loop import load

BATCH_SIZE = 16
EPOCHS = 4
"""The first of them is not measured."""


class OurSteps(TrainerCallback):  # type: ignore[misc]
    """Runs a step of ours after each of TRL's, and measures both."""

    def __init__(self, trainer: Trainer, plan: TrainingPlan) -> None:
        self.trainer = trainer
        self.steps = list(plan.steps())
        self.ours: list[float] = []
        self.theirs: list[float] = []
        self.losses: list[float] = []

    def on_step_begin(self, *_arguments: Any, **_options: Any) -> None:
        if not self.theirs:
            self.began = time.perf_counter()

    def on_step_end(self, *_arguments: Any, **_options: Any) -> None:
        ended = time.perf_counter()
        self.theirs.append(ended - self.began)
        self.losses.append(self.trainer.run(self.steps[len(self.ours)]).loss)
        self.began = time.perf_counter()
        self.ours.append(self.began - ended)

    def ratio(self, steps_per_epoch: int) -> float:
        """Both have read the same tokens after each epoch."""
        ratios = []
        for first in range(steps_per_epoch, len(self.ours), steps_per_epoch):
            epoch = slice(first, first + steps_per_epoch)
            ratios.append(sum(self.theirs[epoch]) / sum(self.ours[epoch]))
        return statistics.median(ratios)


def our_trainer(model: Any, samples: list[Sample], plan: TrainingPlan, *, bfloat16: bool) -> tuple[Trainer, bool]:
    """The trainer as a training makes it, and whether it packs samples."""
    module = LossModule(model, autocast=torch.bfloat16 if bfloat16 else None)
    settings = OptimizerSettings(1e-3, plan.total_steps, warmup_steps=10)
    trainer = Trainer(SingleBackend(Ranks.alone()), module, samples, settings)
    arguments = TrainArguments(model_path=Path("m"), data_path=(Path("d"),), ckpt_output_dir=Path("o"))
    return trainer, enable_packing(arguments, trainer, Reporter(lambda *_: None), bfloat16=bfloat16)


def compare(
    model: Any, tokenizer: Any, samples: list[Sample], folder: Path, *, grouped: bool, bfloat16: bool
) -> tuple[OurSteps, float]:
    """Train both; our steps, and TRL's last loss."""
    from datasets import Dataset  # type: ignore[import-untyped]
    from trl import SFTConfig, SFTTrainer

    plan = TrainingPlan(
        [len(each) for each in samples], BATCH_SIZE, 4096, 1, EPOCHS, [each.num_loss_tokens for each in samples]
    )
    trainer, packed = our_trainer(copy.deepcopy(model), samples, plan, bfloat16=bfloat16)
    ours = OurSteps(trainer, replace(plan, packed=packed))
    rows = [
        {
            "input_ids": list(sample.ids),
            "labels": [token if counts else -100 for token, counts in zip(sample.ids, sample.loss_mask, strict=True)],
        }
        for sample in samples
    ]
    options = {"gradient_checkpointing": False, "train_sampling_strategy": "group_by_length"} if grouped else {}
    config = SFTConfig(
        output_dir=str(folder),
        per_device_train_batch_size=BATCH_SIZE,
        num_train_epochs=EPOCHS,
        learning_rate=1e-3,
        warmup_steps=10,
        lr_scheduler_type="cosine",
        adam_beta2=0.95,
        weight_decay=0.0,
        max_grad_norm=1.0,
        optim="adamw_torch_fused",
        bf16=bfloat16,
        max_length=None,
        use_cpu=True,
        save_strategy="no",
        logging_strategy="epoch",
        report_to="none",
        disable_tqdm=True,
        **options,
    )
    theirs = SFTTrainer(
        model=copy.deepcopy(model),
        args=config,
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        callbacks=[ours],
    )
    theirs.train()
    last = [record["loss"] for record in theirs.state.log_history if "loss" in record][-1]
    return ours, float(last)


def main() -> None:
    if find_spec("trl") is None:
        print(json.dumps({"benchmark": "trl_comparison", "skipped": "pip install trl accelerate datasets"}))
        return
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    bfloat16 = has_native_bfloat16(processor_flags())
    with tempfile.TemporaryDirectory() as name:
        model, samples = load(Path(name, "model"))
        tokenizer = AutoTokenizer.from_pretrained(Path(name, "model"))
        tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
        grouped, their_loss = compare(model, tokenizer, samples, Path(name, "grouped"), grouped=True, bfloat16=bfloat16)
        default, _ = compare(model, tokenizer, samples, Path(name, "default"), grouped=False, bfloat16=bfloat16)
    per_epoch = -(-len(samples) // BATCH_SIZE)
    figures = {
        "benchmark": "trl_comparison",
        "ratio": round(grouped.ratio(per_epoch), 3),
        "ratio_to_defaults": round(default.ratio(per_epoch), 3),
        "ms_per_step": round(statistics.median(grouped.ours[per_epoch:]) * 1000, 1),
        "trl_ms_per_step": round(statistics.median(grouped.theirs[per_epoch:]) * 1000, 1),
        "loss": round(statistics.mean(grouped.losses[-per_epoch:]), 3),
        "trl_loss": round(their_loss, 3),
        "tokens_per_sample": round(sum(map(len, samples)) / len(samples), 1),
        "precision": "bfloat16" if bfloat16 else "float32",
        "threads": 1,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
