"""What a pipeline starts from: a row for every chunk, every pair of chunk and seed example, or every seed example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.sdg.chunking import Chunk
from core.sdg.inputs import Leaf, Seed
from core.sdg.markdown import plain
from core.sdg.pipeline import Pipeline

Row = dict[str, Any]
"""Values by column. Those that many rows share are shared."""


def start_rows(leaf: Leaf, chunks: Sequence[Chunk], pipeline: Pipeline) -> list[Row]:
    """The rows of a leaf, in plan order: chunks as in their documents, for each the seed examples as in the leaf."""
    variables = dict(pipeline.variables)
    examples = [_example(seed) for seed in leaf.seeds]
    count = pipeline.examples or len(examples)
    if pipeline.rows == "seed":
        return [
            {**variables, "task": leaf.task, "context": "", "examples": _rotated(examples, start, count)}
            for start in range(len(examples))
        ]
    shown = [[example] for example in examples] if pipeline.rows == "chunk_and_seed" else [examples[:count]]
    return [
        {
            **variables,
            "document": chunk.text,
            "title": chunk.title,
            "domain": leaf.domain.strip(),
            "outline": leaf.outline.strip(),
            "examples": choice,
        }
        for chunk in chunks
        for choice in shown
    ]


def _example(seed: Seed) -> dict[str, Any]:
    return {
        "context": plain(seed.context.strip()),
        "pairs": [{"question": pair.question.strip(), "answer": pair.answer.strip()} for pair in seed.pairs],
    }


def _rotated(examples: list[dict[str, Any]], start: int, count: int) -> list[dict[str, Any]]:
    return [examples[(start + step) % len(examples)] for step in range(min(count, len(examples)))]
