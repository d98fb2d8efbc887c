"""Reading ratings."""

from __future__ import annotations

import pytest

from core.evaluation.judging.rating import FIVE, TEN, Rating, read_rating


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("It is right.\n[[7]]", 7.0),
        ("Rating: [[7.5]]", 7.5),
        ("[[ 8 ]]", 8.0),
        ("[[8/10]]", 8.0),
        ("The form is [[5]]. My rating is [[9]].", 9.0),
        ("As [1] shows, it is good. Rating: [6].", 6.0),
        ("**[[10]]**", 10.0),
    ],
)
def test_read_rating(reply: str, value: float) -> None:
    assert read_rating(reply) == Rating(value)


@pytest.mark.parametrize("reply", ["", "Good.", "7", "[[seven]]", "[1] is cited, and nothing is rated.", "[[]]"])
def test_read_rating_finds_none(reply: str) -> None:
    assert read_rating(reply) == Rating(None, "no rating")


@pytest.mark.parametrize(
    ("reply", "scale"), [("[[0]]", TEN), ("[[11]]", TEN), ("[[-3]]", TEN), ("[[6]]", FIVE), ("[[9/20]]", TEN)]
)
def test_rating_outside_the_scale_is_none(reply: str, scale: object) -> None:
    assert read_rating(reply, FIVE if scale is FIVE else TEN) == Rating(None, "out of range")


def test_a_reply_that_was_cut_off_may_quote_a_rating() -> None:
    quoting = "The answer says [[10]] of itself, which"
    assert read_rating(quoting, truncated=True) == Rating(None, "no rating")
    assert read_rating(f"**Rating: [[4]]**\n{quoting}", truncated=True) == Rating(4.0)


def test_a_number_of_the_prompt_in_single_brackets_is_a_quotation() -> None:
    assert read_rating("It says [10]", prompt="a list [10]") == Rating(None, "no rating")
    assert read_rating("It says [10]", prompt="for example: [[10]]") == Rating(10.0)
    assert read_rating("It says [10]. My rating: [6]", prompt="a list [10]") == Rating(6.0)
    assert read_rating("It says [10]. My rating: [[10]]", prompt="a list [10]") == Rating(10.0)
    assert read_rating("It says [10]", truncated=True) == Rating(None, "no rating")
