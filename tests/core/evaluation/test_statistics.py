import random

import pytest

from core.evaluation.statistics import (
    Comparison,
    compare,
    compare_tasks,
    mcnemar_exact,
    mean_and_stderr,
    mean_interval,
    mean_of_tasks,
    paired_bootstrap,
    share_interval,
    share_stderr,
)


@pytest.mark.parametrize(
    ("correct", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_interval_equals_the_published_one(correct: int, n: int, low: float, high: float) -> None:
    # Newcombe (1998), Statistics in Medicine 17:857, table I, method 3.
    assert share_interval(correct, n) == pytest.approx((low, high), abs=5e-5)
    assert share_interval(n - correct, n) == pytest.approx((1 - high, 1 - low), abs=5e-5)


def test_share_stderr_equals_the_textbook() -> None:
    # The margin of a poll of 1,000 people at 50 % is given as 3.1 points: 1.96 standard errors.
    assert share_stderr(500, 1000) * 1.96 == pytest.approx(0.031, abs=5e-5)


@pytest.mark.parametrize("n", [1, 7, 20, 500])
def test_share_stderr_is_never_zero(n: int) -> None:
    assert (share_stderr(n, n), share_stderr(0, n)) == pytest.approx((1 / (n + 1), 1 / (n + 1)))
    for correct in range(n + 1):
        low, high = share_interval(correct, n, 1)
        assert correct / n - share_stderr(correct, n) <= low + 1e-12
        assert correct / n + share_stderr(correct, n) >= high - 1e-12


def test_interval_of_a_mean_of_shares() -> None:
    # One task has the interval of its share; equal tasks are narrower by the root of their number.
    share, interval = 0.9, share_interval(18, 20)
    assert mean_interval([share], [interval]) == pytest.approx(interval)
    low, high = mean_interval([share] * 4, [interval] * 4)
    assert (share - low, high - share) == pytest.approx(((share - interval[0]) / 2, (interval[1] - share) / 2))


@pytest.mark.parametrize(("share", "n"), [(0.5, 20), (0.9, 20), (0.98, 50)])
def test_share_interval_contains_the_truth(share: float, n: int) -> None:
    rng = random.Random(n)
    inside = 0
    for _ in range(2000):
        low, high = share_interval(sum(rng.random() < share for _ in range(n)), n)
        inside += low <= share <= high
    assert inside >= 2000 * 0.92


def test_mean_of_tasks_is_unweighted() -> None:
    # The example of the RHEL AI 1.1 documents: 0.35, 0.44 and 0.55 give 0.45 (across 3).
    mean, stderr = mean_of_tasks([0.35, 0.44, 0.55], [0.03, 0.04, 0.12])
    assert round(mean, 2) == 0.45
    assert stderr == pytest.approx(0.13 / 3)


def test_mcnemar_equals_the_published_value() -> None:
    # Fagerland, Lydersen and Laake (2013), table 1 and results: 1 and 7 changed, exact conditional p = 0.070.
    assert mcnemar_exact(1, 7) == pytest.approx(0.0703, abs=5e-5)
    assert mcnemar_exact(7, 1) == mcnemar_exact(1, 7)
    assert mcnemar_exact(0, 0) == 1
    assert mcnemar_exact(3, 3) == 1


def test_compare() -> None:
    base = [True, True, False, False, False, True]
    tuned = [True, False, True, True, False, True]
    found = compare(base, tuned)
    assert (found.gained, found.lost, found.p_value) == (2, 1, 1.0)
    assert found.difference == pytest.approx(1 / 6)
    assert found.low < 0 < found.high and not found.significant


def test_mean_and_stderr_equal_the_textbook() -> None:
    # Bland and Altman (1996), BMJ 313:744, on the standard error as the standard deviation over the root of n.
    assert mean_and_stderr([2, 4, 4, 4, 5, 5, 7, 9]) == pytest.approx((5, (32 / 7 / 8) ** 0.5))
    assert mean_and_stderr([7]) == (7, 0)


def test_bootstrap_interval_agrees_with_the_normal_one() -> None:
    rng = random.Random(5)
    differences = [rng.choice([-1.0, 0.0, 0.0, 1.0, 1.0]) for _ in range(400)]
    mean, stderr = mean_and_stderr(differences)
    found = paired_bootstrap([differences])
    assert found.difference == pytest.approx(mean)
    assert (found.low, found.high) == pytest.approx((mean - 1.96 * stderr, mean + 1.96 * stderr), abs=0.01)
    assert found == paired_bootstrap([differences])  # the same data gives the same interval
    assert found.significant


def test_bootstrap_resamples_within_tasks_and_weighs_them_equally() -> None:
    small, large = [1.0] * 5, [0.0, 1.0] * 100
    found = paired_bootstrap([small, large])
    assert found.difference == pytest.approx(0.75)  # the unweighted mean of 1 and 0.5
    assert found.high - found.low == pytest.approx(1.96 * (0.25 / 200) ** 0.5, rel=0.15)  # twice the half of one task's


def test_models_that_answer_alike_do_not_differ() -> None:
    found = compare_tasks([[5, 7], [8.0]], [[5, 7], [8.0]])
    assert found == Comparison(0, 0, 1.0) and not found.significant


def test_equal_answers_to_a_few_questions_leave_the_difference_open() -> None:
    few, many = (compare([True] * n, [True] * n) for n in (20, 2000))
    assert (few.gained, few.lost, few.difference, few.significant) == (0, 0, 0, False)
    # Bonett and Price (2012): one answer is added to each kind of change, so 1.96 sqrt(2 / 22 / 22).
    assert (few.low, few.high) == pytest.approx((-0.126, 0.126), abs=5e-4)
    assert many.high == pytest.approx(0.0014, abs=5e-5)
    assert compare_tasks([[1] * 20] * 4, [[1] * 20] * 4).high == pytest.approx(few.high / 2)


def test_a_few_questions_show_no_difference() -> None:
    assert not compare([5], [6]).significant
    assert not compare([5, 5], [6, 6]).significant  # the sign test's p is 1/2
    assert not compare([5, 5, 5], [6, 7, 8]).significant  # t = 3.46 with 2 degrees of freedom: p = 0.07
    assert compare([5] * 6, [6] * 6).significant  # the sign test's p is 1/32
    assert compare([5] * 5, [6, 6, 6, 6, 7]).significant  # t = 6 with 4 degrees of freedom: p = 0.004
    assert not compare_tasks([[0], [0, 0]], [[1], [1, 1]]).significant


@pytest.mark.parametrize("questions", [2, 3, 5, 8, 20])
def test_equal_models_seldom_differ(questions: int) -> None:
    rng = random.Random(questions)
    found = 0
    for _ in range(200):
        base, tuned = ([rng.randint(1, 10) for _ in range(questions)] for _ in range(2))
        found += compare(base, tuned).significant
    assert found <= 200 * 0.08
