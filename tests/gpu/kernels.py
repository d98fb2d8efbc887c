"""Figures of the training's computation: utilisation, packing, memory and kernels."""

from __future__ import annotations

import statistics
import time
from dataclasses import replace
from importlib.util import find_spec
from itertools import islice
from typing import Any

import torch

from core.training.engine.attention import enable_packing
from core.training.engine.batches import collate
from core.training.engine.liger import switch_to_liger
from core.training.engine.trainer import Trainer
from core.training.estimate import memory_per_device
from core.training.plan import TrainingPlan
from tests.gpu.machine import Machine, notes
from tests.gpu.verdict import Figure, SkippedError

STEPS = 6
"""The first is not measured: kernels are compiled in it."""


def throughput(machine: Machine, trainer: Trainer, plan: TrainingPlan) -> float:
    """Tokens a second, without padding, by the median step."""
    rates = []
    for step in islice(plan.steps(), STEPS):
        machine.wait()
        began = time.perf_counter()
        tokens = trainer.run(step).tokens
        machine.wait()
        rates.append(tokens / (time.perf_counter() - began))
    return statistics.median(rates[1:])


def matmul_flops(machine: Machine) -> float:
    """What the device reaches with large matrices in the training's precision, in operations a second."""
    size = 256 if machine.tiny else 8192
    precision = torch.bfloat16 if machine.bfloat16 else torch.float32
    left, right = (torch.randn(size, size, device=machine.device, dtype=precision) for _ in range(2))
    left @ right
    repeats = 10
    seconds = machine.seconds(lambda: [left @ right for _ in range(repeats)])
    return float(2 * size**3 * repeats / seconds)


def utilisation(machine: Machine) -> Figure:
    """Model FLOPs utilisation of a packed training, of what matrix products reach on this device."""
    length = machine.tokens // 4
    samples = machine.samples(8 * STEPS, length, length)
    trainer = machine.trainer(samples)
    reporter, said = notes()
    packed = enable_packing(machine.arguments(), trainer, reporter, bfloat16=machine.bfloat16)
    rate = throughput(machine, trainer, machine.plan(samples, 8, packed=packed))
    config = machine.config()
    parameters = trainer.model.num_parameters()
    attention = 6 * config.num_hidden_layers * config.hidden_size * length  # causal: half of the pairs
    flops = rate * (6 * parameters + attention)
    share = flops / matmul_flops(machine)
    return Figure(
        machine.verdict(share >= 0.35),
        {
            "utilisation": round(share, 3),
            "teraflops": round(flops / 1e12, 3),
            "tokens_per_second": round(rate),
            "parameters": parameters,
            "attention": said[-1] if said else "padded",
        },
    )


def packing(machine: Machine) -> Figure:
    """Packed against padded throughput on samples of varied lengths, on the same trainer."""
    samples = machine.samples(32 * STEPS, 8 if machine.tiny else 64, machine.tokens // 4)
    trainer = machine.trainer(samples)
    plan = machine.plan(samples, 32, packed=False)
    reporter, said = notes()
    padded = throughput(machine, trainer, plan)
    if not enable_packing(machine.arguments(), trainer, reporter, bfloat16=machine.bfloat16):
        raise SkippedError(said[-1])
    packed = throughput(machine, trainer, replace(plan, packed=True))
    padding = statistics.mean(
        1 - sum(len(samples[index]) for batch in step.ranks[0] for index in batch.samples) / step.padded_tokens
        for step in plan.steps()
    )
    return Figure(
        machine.verdict(packed >= padded),
        {
            "ratio": round(packed / padded, 3),
            "packed_tokens_per_second": round(packed),
            "padded_tokens_per_second": round(padded),
            "padding": round(padding, 3),
            "attention": said[-1],
        },
    )


def memory(machine: Machine) -> Figure:
    """Peak memory against the estimate, with and without activation checkpointing."""
    values: dict[str, Any] = {}
    good = True
    for recompute in (True, False):
        machine.forget_peak()
        length = machine.tokens // 4
        samples = machine.samples(4, length, length)
        trainer = machine.trainer(samples)
        if recompute:
            trainer.model.gradient_checkpointing_enable({"use_reentrant": False})
        for step in machine.plan(samples, 4, packed=False).steps():
            trainer.run(step)
            trainer.run(step)
        shape = machine.shape(trainer.model.num_parameters())
        estimate = memory_per_device(shape, machine.arguments(), recompute=recompute).needed(machine.tokens)
        name = "recomputed" if recompute else "kept"
        values |= {f"{name}_peak_mb": machine.peak() // 10**6, f"{name}_estimate_mb": estimate // 10**6}
        good = good and 0.7 <= machine.peak() / estimate <= 1.1
        del trainer
    return Figure(machine.verdict(good), values)


def liger(machine: Machine) -> Figure:
    """Liger's fused loss against the chunked one: the difference, the time and the memory of a pass."""
    if find_spec("liger_kernel") is None:
        raise SkippedError("liger-kernel is not installed")
    if machine.device.type != "cuda":
        raise SkippedError("Liger's kernels need a GPU")
    length = machine.tokens // 4
    samples = machine.samples(4, length, length)
    trainer = machine.trainer(samples)
    (step,) = machine.plan(samples, 4, packed=False).steps()
    (batch,) = step.ranks[0]
    chunks = trainer.module.chunks(batch.num_loss_tokens)
    tensors = collate(samples, batch.padded_length, chunks)
    values: dict[str, float] = {}

    def run() -> None:
        values["loss"] = float(trainer.backend.backward(tensors, 1.0, last_micro_batch=True))

    figures: dict[str, Any] = {}
    for name in ("chunked", "fused"):
        if name == "fused" and (problem := switch_to_liger(trainer, layers=False, bfloat16=machine.bfloat16)):
            return Figure(False, {"problem": problem})
        run()
        machine.forget_peak()
        seconds = machine.seconds(run)
        figures |= {f"{name}_ms": round(seconds * 1000, 1), f"{name}_peak_mb": machine.peak() // 10**6}
        figures[f"{name}_loss"] = values["loss"]
    difference = abs(figures["fused_loss"] / figures["chunked_loss"] - 1)
    return Figure(difference < 5e-3, {**figures, "difference": difference})
