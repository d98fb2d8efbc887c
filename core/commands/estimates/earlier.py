"""The time of a training by the speed of the last one of such a model on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from core.commands.estimates.measurement import minutes_at
from core.commands.estimates.resources import Record
from core.config.options.train import TrainingOptions
from core.figures import counted
from core.training.earlier import earlier_speed


def earlier_record(model: Path, options: TrainingOptions, trainings: Sequence[Record]) -> Record | None:
    """{tokens_per_second, steps, ended, tokens_per_sample, minutes} of trainings with `samples` and `epochs`.

    One without `tokens` counts with the earlier training's tokens for each sample. None if the speed, or these, are not
    known.
    """
    speed = earlier_speed(model, options)
    if speed is None:
        return None
    minutes = 0.0
    for each in trainings:
        tokens = each.get("tokens")
        if tokens is None and speed.tokens_per_sample is None:
            return None
        tokens = tokens if tokens is not None else round(each["samples"] * (speed.tokens_per_sample or 0))
        minutes += minutes_at(speed.tokens_per_second, tokens, each["epochs"]) or 0.0
    return {**asdict(speed), "minutes": minutes}


def earlier_text(earlier: Record) -> str:
    """Such as `4,913 tokens/s in the last training of such a model here (320 steps, until 2026-11-29 14:05)`."""
    ended = datetime.fromtimestamp(earlier["ended"]).strftime("%Y-%m-%d %H:%M")
    return (
        f"{earlier['tokens_per_second']:,.0f} tokens/s in the last training of such a model here "
        f"({counted(earlier['steps'], 'step')}, until {ended})"
    )
