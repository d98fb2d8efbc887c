"""The device of the figures, its clock and memory, and models and samples that suit it."""

from __future__ import annotations

import random
import resource
import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from core.events import Reporter
from core.training.arguments import TrainArguments
from core.training.engine.model import LossModule
from core.training.engine.optimizer import OptimizerSettings
from core.training.engine.ranks import Ranks
from core.training.engine.single import SingleBackend
from core.training.engine.trainer import Trainer
from core.training.estimate import ModelShape
from core.training.masking import Sample
from core.training.plan import TrainingPlan

SMALL_GPU = 70_000_000_000
"""Bytes; a smaller GPU gets the smaller model."""


@dataclass(frozen=True)
class Machine:
    """One GPU, or a processor in its place."""

    device: torch.device
    tiny: bool
    """Whether sizes are so small that all figures take seconds on a processor; they mean nothing then."""
    folder: Path

    @property
    def bfloat16(self) -> bool:
        return self.device.type == "cuda"

    @property
    def tokens(self) -> int:
        """Of one pass."""
        return 256 if self.tiny else 8192

    def config(self) -> Any:
        """Of a model with Granite's architecture: 1.3 billion parameters, or 0.4 on small GPUs."""
        from transformers import GraniteConfig

        large = not self.tiny and torch.cuda.mem_get_info(self.device)[1] > SMALL_GPU
        hidden, layers = (64, 2) if self.tiny else (2048, 24) if large else (1024, 24)
        return GraniteConfig(
            vocab_size=300 if self.tiny else 49_152,
            hidden_size=hidden,
            intermediate_size=hidden * 4,
            num_hidden_layers=layers,
            num_attention_heads=4 if self.tiny else hidden // 64,
            num_key_value_heads=2 if self.tiny else 8,
            max_position_embeddings=4096,
            tie_word_embeddings=True,
            pad_token_id=0,
        )

    def model(self) -> Any:
        """Random weights, the same in each call."""
        from transformers import GraniteForCausalLM

        torch.manual_seed(1)
        return GraniteForCausalLM(self.config())

    def module(self) -> LossModule:
        return LossModule(self.model(), autocast=torch.bfloat16 if self.bfloat16 else None)

    def trainer(self, samples: Sequence[Sample]) -> Trainer:
        """A training on this device alone."""
        backend = SingleBackend(Ranks(0, 1, self.device, grouped=False))
        return Trainer(backend, self.module(), samples, OptimizerSettings(1e-5, 1000))

    def shape(self, parameters: int) -> ModelShape:
        return ModelShape.from_config(self.config().to_dict(), parameters)

    def arguments(self, **options: Any) -> TrainArguments:
        """Of a training on this device."""
        paths = {"model_path": self.folder / "model", "data_path": (self.folder / "data.jsonl",)}
        given = {"device": self.device.type, "ckpt_output_dir": self.folder / "out", **paths, **options}
        return TrainArguments(**given)

    def samples(self, number: int, shortest: int, longest: int) -> list[Sample]:
        """Random samples whose lengths vary as those of chats do; half of the tokens are in the loss."""
        draw = random.Random(3)
        vocabulary = self.config().vocab_size
        made = []
        for _ in range(number):
            length = min(longest, max(shortest, int(draw.lognormvariate(0, 0.8) * (shortest + longest) / 4)))
            ids = array("i", [draw.randrange(vocabulary) for _ in range(length)])
            made.append(Sample(ids, bytes(place >= length // 2 for place in range(length))))
        return made

    def plan(self, samples: Sequence[Sample], batch_size: int, *, packed: bool) -> TrainingPlan:
        loss_tokens = [sample.num_loss_tokens for sample in samples]
        lengths = [len(sample) for sample in samples]
        return TrainingPlan(lengths, batch_size, self.tokens, 1, 1, loss_tokens, packed=packed)

    def seconds(self, work: Callable[[], object]) -> float:
        """How long some work takes, until the device has finished it."""
        self.wait()
        began = time.perf_counter()
        work()
        self.wait()
        return time.perf_counter() - began

    def wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)

    def verdict(self, good: bool) -> bool | None:
        """Whether a speed or a memory is as expected; None where tiny sizes say nothing about it."""
        return None if self.tiny else good

    def forget_peak(self) -> None:
        """Free what is not used, and measure the peak from here."""
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats(self.device)

    def peak(self) -> int:
        """Bytes at the peak: of the device since `forget_peak`, or of this process."""
        if self.device.type == "cuda":
            return int(torch.cuda.max_memory_reserved(self.device))
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def notes() -> tuple[Reporter, list[str]]:
    """A reporter, and the list that its notes are added to."""
    found: list[str] = []

    def write(kind: str, _stage: str | None, data: Any) -> None:
        if kind == "note":
            found.append(data["message"])

    return Reporter(write), found
