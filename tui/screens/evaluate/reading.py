"""What the Evaluate pane shows of one model's questions, and what it writes to files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.errors import LabtopError, disk_error
from core.evaluation.statistics import Comparison
from core.files import write_atomic
from core.overview.asked import AskedPair, AskedQuestion, pair_asked, read_asked
from core.overview.evaluations import Evaluations, ScoredModel
from core.overview.scores import KnownScore, compare_known, is_share, score_text
from core.printable import printable_lines

SELECTIONS: Mapping[str, Callable[[AskedPair, bool], bool]] = {
    "all": lambda _pair, _ratings: True,
    "better": lambda pair, _ratings: pair.change > 0,
    "worse": lambda pair, _ratings: pair.change < 0,
    "wrong": lambda pair, ratings: pair.second.score is None or (not ratings and pair.second.score < 1),
}
"""Which questions are shown, by name."""


@dataclass(frozen=True)
class ModelQuestions:
    """The questions of a benchmark that a model was asked, next to the reference's answers."""

    model: ScoredModel
    score: KnownScore
    pairs: tuple[AskedPair, ...]
    reference: ScoredModel | None = None
    change: Comparison | None = None

    @property
    def ratings(self) -> bool:
        """Whether scores are a judge's."""
        return not is_share(self.score.benchmark)

    def selected(self, selection: str, text: str = "") -> list[AskedPair]:
        """The questions of a selection that contain a text, which is in lower case."""
        keeps = SELECTIONS[selection]
        return [
            pair
            for pair in self.pairs
            if keeps(pair, self.ratings)
            and (not text or text in f"{pair.second.task}\n{pair.second.question}".casefold())
        ]


def read_questions(model: ScoredModel, reference: ScoredModel | None, benchmark: str) -> ModelQuestions:
    """Read a model's questions. Raises LabtopError where they were not stored. Call it in a thread."""
    score = model.scores.get(benchmark)
    if score is None or score.file is None:
        reason = "has no score" if score is None else "has no stored questions"
        raise LabtopError(
            f"{model.name} {reason} on {benchmark}.",
            hint="h shows another benchmark first; e opens the form that evaluates the model.",
        )
    asked = _asked(score, Path(score.file))
    first = reference.scores.get(benchmark) if reference is not None and reference is not model else None
    if first is None or first.file is None:
        return ModelQuestions(model, score, tuple(AskedPair(one) for one in asked))
    try:
        before = _asked(first, Path(first.file))
    except LabtopError:
        before = []
    return ModelQuestions(model, score, tuple(pair_asked(asked, before)), reference, compare_known(first, score))


def _asked(score: KnownScore, file: Path) -> list[AskedQuestion]:
    return [one for one in read_asked(file) if score.task in ("", one.task)]


def write_scores(found: Evaluations, folder: Path) -> Path:
    """Write the table of all scores as Markdown, and as JSON next to it; returns the Markdown file."""
    head = ["model", *found.benchmarks]
    rows = [[model.name, *(_cell(name, model.scores.get(name)) for name in found.benchmarks)] for model in found.models]
    data = [
        {"model": model.path, "scores": [asdict(score) for score in model.scores.values()]} for model in found.models
    ]
    return _write(folder / "scores", _markdown(head, rows), data)


def write_questions(found: ModelQuestions, pairs: Sequence[AskedPair], folder: Path) -> Path:
    """Write the questions that are shown, with both answers."""
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


def _cell(benchmark: str, score: KnownScore | None) -> str:
    return score_text(benchmark, score.figure.score, score.figure.stderr) if score else ""


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
