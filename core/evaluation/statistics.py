"""The certainty of scores: standard errors and intervals, and a comparison of two models on the same questions.

The error of a share of right answers comes from Wilson's interval, wherever it is shown (`share_stderr`).

A difference is significant where the 95 % interval of a paired bootstrap, stratified by task, does not contain zero.
The percentile interval is too narrow for a few questions: with five, one of six comparisons of equal models would be
significant. So it is widened as Student's t is wider than the normal distribution.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from math import comb, exp, lgamma, log, sqrt
from typing import Any

RESAMPLES = 2_000

LARGE = 1_000
"""Questions of a task from which on the mean of resampled ones is drawn from a normal distribution."""

CONFIDENCE = 0.95

SEED = 20

T_QUANTILES = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
"""The 97.5 % quantiles of Student's t for 1 to 10 degrees of freedom."""

NORMAL_QUANTILE = 1.96


Bounds = tuple[float, float]
"""The low and the high bound of an interval."""


def share_interval(correct: int, n: int, quantile: float = NORMAL_QUANTILE) -> Bounds:
    """The interval of a share of right answers, by default of 95 %: Wilson's score interval.

    It is in 0 to 1, and never empty: with 20 of 20 right answers it is 0.84 to 1. Sources: Wilson (1927), Journal of
    the American Statistical Association 22:209; Brown, Cai and DasGupta (2001), Statistical Science 16:101, on its
    coverage, and on that of `p ± 1.96 sqrt(p (1 - p) / n)`.
    """
    share, square = correct / n, quantile**2
    centre = (share + square / (2 * n)) / (1 + square / n)
    half = quantile / (1 + square / n) * sqrt(share * (1 - share) / n + square / (4 * n**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def share_stderr(correct: int, n: int) -> float:
    """The standard error of a share of right answers, as shown after a `±`.

    It is the distance to the farther bound of Wilson's interval for one standard error, so `share ± error` contains
    that interval. With some hundred questions it is `sqrt(p (1 - p) / n)`, and if all or none are right `1 / (n + 1)`.
    """
    low, high = share_interval(correct, n, 1.0)
    share = correct / n
    return max(share - low, high - share)


def mean_interval(shares: Sequence[float], intervals: Sequence[Bounds]) -> Bounds:
    """The interval of the unweighted mean of independent shares, from their intervals.

    The distances to the bounds add up as standard errors do. Source: Zou and Donner (2008), Statistics in Medicine
    27:1693, on the method of variance estimates recovery.
    """
    count, mean = len(shares), sum(shares) / len(shares)
    below = sqrt(sum((share - low) ** 2 for share, (low, _) in zip(shares, intervals, strict=True)))
    above = sqrt(sum((high - share) ** 2 for share, (_, high) in zip(shares, intervals, strict=True)))
    return max(0.0, mean - below / count), min(1.0, mean + above / count)


def mean_and_stderr(scores: Sequence[float]) -> tuple[float, float]:
    """The mean and its standard error, `s / sqrt(n)`; 0 for a single score."""
    n = len(scores)
    mean = sum(scores) / n
    if n == 1:
        return mean, 0.0
    return mean, sqrt(sum((score - mean) ** 2 for score in scores) / (n - 1) / n)


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
class Interval:
    """The difference of two mean scores."""

    difference: float
    low: float
    high: float
    """The bounds of its 95 % interval."""

    @property
    def significant(self) -> bool:
        """Whether the interval does not contain zero."""
        return self.low > 0 or self.high < 0


def paired_bootstrap(differences: Sequence[Sequence[float]], seed: int = SEED) -> Interval:
    """The mean over tasks of the mean difference of each task, with the percentile interval of resampled questions.

    `differences` holds, for each task, the second model's score minus the first one's on each question. Questions are
    resampled within their task. Sources: Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13;
    for the width with few questions, Hesterberg (2015), What Teachers Should Know About the Bootstrap, section 4.3.
    """
    mean = sum(sum(task) / len(task) for task in differences) / len(differences)
    if all(len(set(task)) == 1 for task in differences):
        return _interval_without_variance(mean, differences)
    rng = random.Random(seed)
    means = [0.0] * RESAMPLES
    for task in differences:
        resampled = _resampled_means(task, rng)
        means = [total + value / len(differences) for total, value in zip(means, resampled, strict=True)]
    means.sort()
    outside = (1 - CONFIDENCE) / 2
    low, high = means[int(outside * RESAMPLES)], means[int((1 - outside) * RESAMPLES)]
    wider = _widening(sum(map(len, differences)), len(differences))
    return Interval(mean, mean - (mean - low) * wider, mean + (high - mean) * wider)


def _interval_without_variance(mean: float, differences: Sequence[Sequence[float]]) -> Interval:
    """Equal differences say nothing of their spread: the interval reaches zero unless the sign test excludes it."""
    gained, lost = _changes(differences)
    if mcnemar_exact(gained, lost) < 1 - CONFIDENCE:
        return Interval(mean, mean, mean)
    return Interval(mean, min(mean, 0.0), max(mean, 0.0))


def _interval_without_changes(differences: Sequence[Sequence[float]]) -> Interval:
    """Of models that give right answers to the same questions, of which there may be few.

    A task's interval adds one gained and one lost answer. Source: Bonett and Price (2012), Journal of Educational and
    Behavioral Statistics 37:479, whose variance is `2 / (n + 2)²` without changes.
    """
    half = NORMAL_QUANTILE * sqrt(sum(2 / (len(task) + 2) ** 2 for task in differences)) / len(differences)
    return Interval(0.0, -half, half)


def _widening(questions: int, tasks: int) -> float:
    """The factor for an interval of so few questions; near 1 from some hundred on."""
    freedom = questions - tasks
    if freedom <= len(T_QUANTILES):
        quantile = T_QUANTILES[freedom - 1]
    else:  # the first terms of the Cornish-Fisher expansion
        quantile = NORMAL_QUANTILE + 2.372 / freedom + 2.823 / freedom**2
    return quantile / NORMAL_QUANTILE * sqrt(questions / freedom)


def _changes(differences: Sequence[Sequence[float]]) -> tuple[int, int]:
    """The questions with a higher, and those with a lower score."""
    changes = [change for task in differences for change in task]
    return sum(change > 0 for change in changes), sum(change < 0 for change in changes)


def _resampled_means(scores: Sequence[float], rng: random.Random) -> list[float]:
    """Means of as many scores drawn with replacement: how often each distinct score is drawn is multinomial.

    Drawing these counts takes a few microseconds for any number of questions.
    """
    n = len(scores)
    if n > LARGE:
        mean, stderr = mean_and_stderr(scores)
        return [rng.gauss(mean, stderr) for _ in range(RESAMPLES)]
    counts = sorted(Counter(scores).items(), key=lambda item: -item[1])
    means = []
    for _ in range(RESAMPLES):
        left, weight, total = n, n, 0.0
        for value, count in counts:
            drawn = left if count == weight else bisect_left(_binomial_cdf(left, count, weight), rng.random())
            total += drawn * value
            left, weight = left - drawn, weight - count
        means.append(total / n)
    return means


@lru_cache(maxsize=20_000)
def _binomial_cdf(n: int, count: int, of: int) -> tuple[float, ...]:
    """The cumulative distribution of successes in `n` trials with the probability `count / of`, below one."""
    success, failure = log(count / of), log(1 - count / of)
    chances = (
        exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * success + (n - k) * failure) for k in range(n)
    )
    return tuple(accumulate(chances))


@dataclass(frozen=True)
class Comparison:
    """Two models on the same questions."""

    gained: int
    """Questions on which only the second model is right, or on which its score is higher."""
    lost: int
    """Questions on which only the first model is right, or on which its score is higher."""
    p_value: float
    """Of McNemar's exact test."""
    difference: float = 0.0
    """The second model's mean score minus the first one's."""
    low: float = 0.0
    high: float = 0.0
    """The bounds of its 95 % interval, of a paired bootstrap."""

    @property
    def significant(self) -> bool:
        """Whether the interval does not contain zero."""
        return self.low > 0 or self.high < 0

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Comparison:
        return cls(**data)


def compare(base: Sequence[float], tuned: Sequence[float]) -> Comparison:
    """Compare two models question by question; both sequences are in the order of the questions."""
    return compare_tasks([base], [tuned])


def compare_tasks(base: Sequence[Sequence[float]], tuned: Sequence[Sequence[float]]) -> Comparison:
    """Compare two models by the unweighted mean over tasks; each task holds the scores of its questions."""
    differences = [
        [float(after) - float(before) for before, after in zip(*task, strict=True)]
        for task in zip(base, tuned, strict=True)
    ]
    gained, lost = _changes(differences)
    shares = {score for side in (base, tuned) for task in side for score in task} <= {0, 1}
    found = paired_bootstrap(differences) if gained or lost or not shares else _interval_without_changes(differences)
    return Comparison(gained, lost, mcnemar_exact(gained, lost), found.difference, found.low, found.high)
