"""Warnings about probable mistakes, before time is spent on training."""

from __future__ import annotations

from core.events import Reporter
from core.figures import counted
from core.training.arguments import TrainArguments
from core.training.plan import TrainingPlan
from core.training.samples import Dataset, dropped_hint, reasons_text

DROPPED_SHARE = 0.05
"""Dropping a larger share of the samples is worth a warning."""


def warn(settings: TrainArguments, dataset: Dataset, plan: TrainingPlan, reporter: Reporter) -> None:
    """Note dropped samples, a warm-up that never ends, and a batch larger than the data set."""
    if dataset.template_note:
        reporter.note("info", dataset.template_note)
    dropped = sum(dataset.dropped.values())
    if dropped:
        share = dropped / (dropped + len(dataset.samples))
        reasons = reasons_text(dataset.dropped, dataset.examples)
        reporter.note(
            "warning" if share > DROPPED_SHARE else "info",
            f"{dropped} of {dropped + len(dataset.samples)} samples are dropped: {reasons}.",
            hint=dropped_hint(dataset.dropped),
        )
    if settings.warmup_steps >= plan.total_steps:
        reporter.note(
            "warning",
            f"The warm-up of {counted(settings.warmup_steps, 'step')} is as long as the whole training of "
            f"{plan.total_steps}: the learning rate is never reached.",
            hint="Lower the warm-up steps or the effective batch size, or train more epochs.",
        )
    if settings.effective_batch_size > len(dataset.samples):
        reporter.note(
            "warning",
            f"The effective batch size of {settings.effective_batch_size} is larger than the data set of "
            f"{counted(len(dataset.samples), 'sample')}: each epoch is one step.",
            hint="Lower the effective batch size.",
        )
