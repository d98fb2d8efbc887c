"""The questions of a benchmark that a model was asked, next to the answers of another model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import LabtopError
from core.evaluation.statistics import Comparison
from core.overview.asked import AskedPair, AskedQuestion, pair_asked, read_asked
from core.overview.evaluations import ScoredModel
from core.overview.scores import KnownScore, compare_known, is_share

SELECTIONS: Mapping[str, Callable[[AskedPair, bool], bool]] = {
    "all": lambda _pair, _ratings: True,
    "better": lambda pair, _ratings: pair.change > 0,
    "worse": lambda pair, _ratings: pair.change < 0,
    "wrong": lambda pair, ratings: pair.second.score is None or (not ratings and pair.second.score < 1),
}
"""Which questions a selection contains, by its name."""

NOT_STORED = "no-questions"
"""The code of the error for a model without stored questions."""


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


def read_model_questions(model: ScoredModel, reference: ScoredModel | None, benchmark: str) -> ModelQuestions:
    """Read a model's questions. Raises LabtopError where they were not stored. Call it in a thread."""
    score = model.scores.get(benchmark)
    if score is None or score.file is None:
        reason = "has no score" if score is None else "has no stored questions"
        raise LabtopError(f"{model.name} {reason} on {benchmark}.", code=NOT_STORED)
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
