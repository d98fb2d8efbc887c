"""Warnings about probable mistakes, before time is spent on training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.config.options.train import TrainingOptions
from core.events import Reporter
from core.figures import counted
from core.training.arguments import TrainArguments
from core.training.samples import Dataset, dropped_hint, reasons_text

RECOMMENDED_EPOCHS = 10
"""The documents recommend to stay within these."""

LORA_RATE = 5e-5
"""Adapters learn little at lower learning rates: their matrices begin at zero, and 1e-4 to 2e-4 are common."""

DROPPED_SHARE = 0.05
"""Dropping a larger share of the samples is worth a warning."""


HINT_EPOCHS = "Stay within ten epochs, and compare the checkpoints: more passes over the data overfit."


@dataclass(frozen=True)
class Mistake:
    """A probable mistake."""

    message: str
    hint: str


def probable_mistakes(settings: TrainingOptions, samples: int) -> list[Mistake]:
    """What is probably wrong with the settings for so many samples."""
    found = []
    total_steps = -(-samples // settings.effective_batch_size) * settings.num_epochs
    warmup_steps = settings.warmup(total_steps)
    if warmup_steps >= total_steps:
        found.append(
            Mistake(
                f"The warm-up of {counted(warmup_steps, 'step')} is as long as the whole training of "
                f"{total_steps}: the learning rate is never reached.",
                "Lower the warm-up steps or the effective batch size, or train more epochs.",
            )
        )
    if settings.effective_batch_size > samples:
        found.append(
            Mistake(
                f"The effective batch size of {settings.effective_batch_size} is larger than the data set of "
                f"{counted(samples, 'sample')}: each epoch is one step.",
                "Lower the effective batch size.",
            )
        )
    if settings.num_epochs > RECOMMENDED_EPOCHS:
        found.append(
            Mistake(f"{settings.num_epochs} epochs are more than the recommended {RECOMMENDED_EPOCHS}.", HINT_EPOCHS)
        )
    if settings.lora_rank and settings.learning_rate < LORA_RATE:
        found.append(
            Mistake(
                f"The learning rate of {settings.learning_rate:g} is for all weights: LoRA adapters learn little.",
                "Raise the learning rate to about 1e-4 or 2e-4.",
            )
        )
    return found


def warn(settings: TrainArguments, dataset: Dataset, reporter: Reporter) -> None:
    """Note the chat template of a model without one, dropped samples, and probable mistakes."""
    if dataset.template_note:
        reporter.note("info", dataset.template_note)
    dropped = sum(dataset.dropped.values())
    if dropped:
        share = dropped / (dropped + len(dataset.samples))
        reporter.note(
            "warning" if share > DROPPED_SHARE else "info",
            dropped_text(dataset.dropped, dataset.examples, len(dataset.samples)),
            hint=dropped_hint(dataset.dropped),
        )
    for each in probable_mistakes(settings, len(dataset.samples)):
        reporter.note("warning", each.message, hint=each.hint)


def dropped_text(dropped: Mapping[str, int], examples: Mapping[str, str], kept: int) -> str:
    """A sentence about samples that are left out."""
    number = sum(dropped.values())
    return f"{number} of {number + kept} samples are dropped: {reasons_text(dropped, examples)}."
