import pytest

from core.evaluation.statistics import Comparison, binomial_stderr, compare, mcnemar_exact, mean_of_tasks


def test_binomial_stderr_equals_the_textbook() -> None:
    # The margin of a poll of 1,000 people at 50 % is given as 3.1 points: 1.96 standard errors.
    assert binomial_stderr(500, 1000) * 1.96 == pytest.approx(0.031, abs=5e-5)
    assert binomial_stderr(7, 7) == 0


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
    assert compare(base, tuned) == Comparison(gained=2, lost=1, p_value=1.0)
