"""Scores and questions as files for people and programs: Markdown, and JSON next to it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.errors import disk_error
from core.files import write_atomic
from core.overview.asked import AskedPair
from core.overview.evaluations import Evaluations
from core.overview.model_questions import ModelQuestions
from core.overview.scores import KnownScore, known_text
from core.printable import printable_lines


def write_scores(found: Evaluations, folder: Path) -> Path:
    """Write the table of all scores as Markdown, and as JSON next to it; returns the Markdown file."""
    head = ["model", *found.benchmarks]
    rows = [[model.name, *(_cell(model.scores.get(name)) for name in found.benchmarks)] for model in found.models]
    data = [
        {"model": model.path, "scores": [asdict(score) for score in model.scores.values()]} for model in found.models
    ]
    return _write(folder / "scores", _markdown(head, rows), data)


def write_model_questions(found: ModelQuestions, pairs: Sequence[AskedPair], folder: Path) -> Path:
    """Write questions with both answers as Markdown, and as JSON next to it; returns the Markdown file."""
    names = [found.model.name, *([found.reference.name] if found.reference else [])]
    text = [f"# {found.score.benchmark}: {' and '.join(names)}", ""]
    for pair in pairs:
        text += [f"## {pair.second.question}", "", f"Expected: {pair.second.expected}", ""]
        for name, one in zip(names, (pair.second, pair.first), strict=False):
            if one is not None:
                text += [f"- {name} ({one.score}): {one.answer} {one.comment}".rstrip()]
        text.append("")
    name = (
        f"questions-{found.score.benchmark}-{found.model.name}".replace("/", "-").replace(", ", "-").replace(" ", "-")
    )
    return _write(folder / name, "\n".join(text), [asdict(pair) for pair in pairs])


def _cell(score: KnownScore | None) -> str:
    return known_text(score) if score else ""


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _write(file: Path, text: str, data: Any) -> Path:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        markdown = file.with_name(f"{file.name}.md")
        write_atomic(file.with_name(f"{file.name}.json"), json.dumps(data, ensure_ascii=False, indent=2, default=str))
        write_atomic(markdown, printable_lines(text))
    except OSError as error:
        raise disk_error(error, f"writing {file.parent}") from error
    return markdown
