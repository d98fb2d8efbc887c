"""Our training loop against a plain one of thirty lines with the same arithmetic on the same micro-batches.

Both train the quickstart's student, step by step in turn, so that a busy machine slows both. Prints one JSON line.
`ratio` is the plain loop's median step time over ours; `processor_ratio` the median ratio of the processor time of each
pair, for a machine that is busy with other things. `pass_cost_tokens` is what one more forward and backward pass
costs besides its tokens, which the planner weighs padding against.
"""

from __future__ import annotations

import copy
import json
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from core.quickstart.student import StudentShape, make_student
from core.system.processor import has_native_bfloat16, processor_flags
from core.training.engine.batches import Batch, collate
from core.training.engine.model import LossModule
from core.training.engine.optimizer import OptimizerSettings
from core.training.engine.ranks import Ranks
from core.training.engine.single import SingleBackend
from core.training.engine.trainer import Trainer
from core.training.masking import Conversation, Masker, Sample
from core.training.plan import MicroBatch, OptimizerStep, TrainingPlan

WORDS = [
    "the",
    "dome",
    "of",
    "bridge",
    "harbour",
    "was",
    "built",
    "in",
    "stone",
    "north",
    "who",
    "when",
    "which",
    "year",
]
WARM_UP = 10
STEPS = 80


def conversations() -> list[Conversation]:
    draw = random.Random(1)

    def words(low: int, high: int) -> str:
        return " ".join(draw.choices(WORDS, k=draw.randint(low, high))) + f" {draw.randint(1, 9999)}."

    return [
        Conversation(
            ({"role": "user", "content": words(4, 30)}, {"role": "assistant", "content": words(4, 40)}), unmask=False
        )
        for _ in range(640)
    ]


class PlainLoop:
    """What one would write by hand, with its tensors made beforehand."""

    def __init__(self, model: Any, settings: OptimizerSettings, *, bfloat16: bool) -> None:
        self.model, self.settings, self.bfloat16, self.steps = model.train(), settings, bfloat16, 0
        self.optimizer = torch.optim.AdamW(model.parameters(), betas=settings.betas, weight_decay=0.0, fused=True)

    def step(self, batches: list[Batch]) -> float:
        counted = sum(len(batch.targets) for batch in batches)
        total = 0.0
        for batch in batches:
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bfloat16):
                hidden = self.model.model(input_ids=batch.ids, use_cache=False).last_hidden_state
                chosen = hidden.reshape(-1, hidden.shape[-1]).index_select(0, batch.positions)
                logits = self.model.lm_head(chosen) / self.model.config.logits_scaling
            loss = functional.cross_entropy(logits.float(), batch.targets, reduction="sum") / counted
            torch.autograd.backward(loss)
            total += loss.item()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.param_groups[0]["lr"] = self.settings.rate(self.steps)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.steps += 1
        return total


def pass_seconds(trainer: Trainer, rows: int, width: int) -> float:
    """Median time of one step of a single pass."""
    index = max(range(len(trainer.samples)), key=lambda each: len(trainer.samples[each]))
    loss_tokens = rows * trainer.samples[index].num_loss_tokens
    step = OptimizerStep(((MicroBatch((index,) * rows, width, loss_tokens),),))
    times = []
    for _ in range(15):
        began = time.perf_counter()
        trainer.run(step)
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def pass_cost(trainer: Trainer) -> float:
    """Tokens' worth of one more pass, by a line through steps of one and of eight rows."""
    width = max(len(trainer.samples[index]) for index in range(len(trainer.samples)))
    small, large = pass_seconds(trainer, 1, width), pass_seconds(trainer, 8, width)
    per_token = (large - small) / (7 * width)
    optimizer = statistics.median(_optimizer_seconds(trainer) for _ in range(15))
    return float(max(0.0, (small - optimizer) / per_token - width))


def _optimizer_seconds(trainer: Trainer) -> float:
    optimizer: Any = trainer.backend.optimizer  # type: ignore[attr-defined]
    began = time.perf_counter()
    optimizer.step()
    return time.perf_counter() - began


def load(folder: Path) -> tuple[Any, list[Sample]]:
    texts = [message["content"] for each in conversations() for message in each.messages]
    make_student(folder, texts, seed=1, shape=StudentShape())
    samples = [sample for sample in Masker(AutoTokenizer.from_pretrained(folder)).encode(conversations()) if sample]
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32), samples


def main() -> None:
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        model, samples = load(Path(folder))
    bfloat16 = has_native_bfloat16(processor_flags())
    loss_tokens = [sample.num_loss_tokens for sample in samples]
    plan = TrainingPlan(list(map(len, samples)), 16, 4096, 1, 3, loss_tokens)
    settings = OptimizerSettings(3e-3, plan.total_steps)
    plain = PlainLoop(copy.deepcopy(model), settings, bfloat16=bfloat16)
    backend = SingleBackend(Ranks.alone())
    module = LossModule(model, autocast=torch.bfloat16 if bfloat16 else None)
    ours = Trainer(backend, module, samples, settings)
    steps = list(plan.steps())[: WARM_UP + STEPS]
    times: dict[str, list[float]] = {"plain": [], "ours": []}
    processor: dict[str, list[float]] = {"plain": [], "ours": []}
    tokens = padded = 0
    for number, step in enumerate(steps):
        batches = [collate([samples[index] for index in batch.samples], batch.padded_length) for batch in step.ranks[0]]
        losses: dict[str, float] = {}
        for name in ("plain", "ours") if number % 2 else ("ours", "plain"):
            began, used = time.perf_counter(), time.process_time()
            losses[name] = plain.step(batches) if name == "plain" else ours.run(step).loss
            times[name].append(time.perf_counter() - began)
            processor[name].append(time.process_time() - used)
        assert abs(losses["plain"] - losses["ours"]) < 0.05, losses
        if number >= WARM_UP:
            tokens += sum(len(samples[index]) for batch in step.ranks[0] for index in batch.samples)
            padded += step.padded_tokens
    plain_s, ours_s = (statistics.median(times[name][WARM_UP:]) for name in ("plain", "ours"))
    pairs = zip(processor["plain"][WARM_UP:], processor["ours"][WARM_UP:], strict=True)
    print(
        json.dumps(
            {
                "benchmark": "training_loop",
                "ratio": round(plain_s / ours_s, 4),
                "processor_ratio": round(statistics.median(plain_used / used for plain_used, used in pairs), 4),
                "own_ms_per_step": round((ours_s - plain_s) * 1000, 3),
                "ms_per_step": round(ours_s * 1000, 2),
                "tokens_per_second": round(tokens / sum(times["ours"][WARM_UP:])),
                "fill": round(tokens / padded, 3),
                "pass_cost_tokens": round(pass_cost(ours)),
                "precision": "bfloat16" if bfloat16 else "float32",
                "threads": 1,
            }
        )
    )


if __name__ == "__main__":
    main()
