"""The certainty of scores: standard errors, and a test for two models on the same questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, sqrt


def binomial_stderr(correct: int, n: int) -> float:
    """The standard error of a proportion: `sqrt(p (1 - p) / n)`. Zero when all or none of the answers are right."""
    share = correct / n
    return sqrt(share * (1 - share) / n)


def mean_of_tasks(scores: Sequence[float], stderrs: Sequence[float]) -> tuple[float, float]:
    """The unweighted mean over tasks and its standard error, for independent tasks."""
    count = len(scores)
    return sum(scores) / count, sqrt(sum(stderr**2 for stderr in stderrs)) / count


def mcnemar_exact(gained: int, lost: int) -> float:
    """Two-sided p-value of McNemar's exact test: the probability by chance of so uneven a split of the changed answers.

    Source: McNemar (1947), Psychometrika 12; the exact conditional form as in Fagerland, Lydersen and Laake (2013),
    BMC Medical Research Methodology 13:91.
    """
    changed = gained + lost
    tail = sum(comb(changed, count) for count in range(min(gained, lost) + 1))
    return float(min(1.0, 2 * tail / 2**changed))


@dataclass(frozen=True)
class Comparison:
    """Two models on the same questions."""

    gained: int
    """Questions that only the second model answers correctly."""
    lost: int
    """Questions that only the first model answers correctly."""
    p_value: float


def compare(base: Sequence[bool], tuned: Sequence[bool]) -> Comparison:
    """Compare two models question by question; both sequences are in the order of the questions."""
    pairs = list(zip(base, tuned, strict=True))
    gained = sum(after and not before for before, after in pairs)
    lost = sum(before and not after for before, after in pairs)
    return Comparison(gained, lost, mcnemar_exact(gained, lost))
