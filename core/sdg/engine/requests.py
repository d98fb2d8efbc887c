"""Rows on their way through a pipeline, and the requests that they wait for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from core.sdg.engine.finished import Place
from core.sdg.engine.rows import Row
from core.sdg.pipeline.blocks import Pipeline, PromptBlock


@dataclass(frozen=True)
class Task:
    """Rows of one leaf, and the pipeline to run them through."""

    leaf: str
    pipeline: Pipeline
    rows: Sequence[Row]


@dataclass(frozen=True)
class Step:
    """A row at a block of its pipeline."""

    task: Task
    number: int
    """The task's."""
    window: int
    place: Place
    start: Row
    """The row as it started."""
    made: Row = field(default_factory=dict)
    """The columns added by replies."""
    at: int = 0
    """The block's index in the pipeline."""
    prompts: int = 0
    """How many prompt blocks come before it."""

    @property
    def row(self) -> Row:
        return {**self.start, **self.made}

    def after(self, sample: int, item: int, values: Row) -> Step:
        """The row with the values of one item of the block's reply, at the next block."""
        return replace(
            self,
            place=(*self.place, sample, item),
            made={**self.made, **values},
            at=self.at + 1,
            prompts=self.prompts + 1,
        )


@dataclass(order=True)
class Request:
    """One sample of one prompt for one row; ordered by what is sent first."""

    priority: tuple[int, int, int, Place, int]
    step: Step = field(compare=False)
    block: PromptBlock = field(compare=False)
    sample: int = field(compare=False)
    question: Question | None = field(compare=False, default=None)
    """Set when it is first looked at."""


@dataclass(frozen=True)
class Question:
    """A prompt with its settings, shared by the requests that are equal."""

    key: str
    prompt: str
    max_tokens: int
    waiting: list[Request] = field(default_factory=list)
    """The requests that wait for its reply."""
