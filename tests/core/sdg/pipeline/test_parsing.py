"""Reading replies."""

from __future__ import annotations

import pytest

from core.sdg.pipeline.parsing import Output, OutputKind, convert, parse_reply

PAIR = (Output("q", "[QUESTION]", "[ANSWER]"), Output("a", "[ANSWER]", "[END]"))
JUDGE = (Output("score", "[Start of Score]", "[End of Score]", "number"),)
ADA = ("Who?", "Ada.")
DATE = ("When?", "1843.")
CHOICE = (
    Output("q", "[CHOICE QUESTION]", "[A]"),
    Output("a", "[A]", "[B]"),
    Output("b", "[B]", "[CORRECT]"),
    Output("right", "[CORRECT]", "[END]", "letter"),
)


@pytest.mark.parametrize(
    ("text", "pairs", "unreadable"),
    [
        ("[QUESTION] Who? [ANSWER] Ada.\n[END]\n\n[QUESTION]\nWhen? [ANSWER] 1843. [END]", [ADA, DATE], 0),
        ("Sure! [question 1] Who? **[Answer]:** Ada. [end] Anything else?", [ADA], 0),
        ("[QUESTION] Who? [ANSWER] Ada.", [ADA], 0),
        ("[QUESTION] Who? [ANSWER] Ada. [QUESTION] When? [ANSWER] 1843. [END]", [ADA, DATE], 0),
        ("[QUESTION] Who? [END] [QUESTION] When? [ANSWER] 1843. [END]", [DATE], 1),
        ("[QUESTION] Who? [ANSWER] [END]", [], 1),
        ("[ANSWER] Ada. [END]", [], 1),
        ("I cannot.", [], 1),
        ("", [], 1),
        ("<think>[QUESTION] x [ANSWER] y [END]</think>[QUESTION] Who? [ANSWER] Ada. [END]", [ADA], 0),
        ("[QUESTION] Who [2]? [ANSWER] Ada [1]. [END]", [("Who [2]?", "Ada [1].")], 0),
    ],
)
def test_pairs(text: str, pairs: list[tuple[str, str]], unreadable: int) -> None:
    parsed = parse_reply(text, PAIR, repeated=True)
    assert [(item["q"], item["a"]) for item in parsed.items] == pairs
    assert parsed.unreadable == unreadable


def test_truncated_end_is_not_an_answer() -> None:
    text = "[QUESTION] Who? [ANSWER] Ada. [END] [QUESTION] When? [ANSWER] In 18"
    parsed = parse_reply(text, PAIR, repeated=True, truncated=True)
    assert [item["a"] for item in parsed.items] == ["Ada."] and parsed.unreadable == 1


def test_last_verdict_counts() -> None:
    text = "[Start of Score] 1 [End of Score]. No, wait: [Start of Score] 3/3 [End of Score]"
    assert parse_reply(text, JUDGE, repeated=False).items == [{"score": 3.0}]
    assert parse_reply("[Start of Score] good", JUDGE, repeated=False).unreadable == 1


def test_footnote_is_not_a_choice() -> None:
    text = "[CHOICE QUESTION] Which [a]? [A] one [b] [B] two [CORRECT] (B) [END]"
    assert parse_reply(text, CHOICE, repeated=True).items == [
        {"q": "Which [a]?", "a": "one [b]", "b": "two", "right": "B"}
    ]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Yes.", "word", "YES"),
        ("**NO**, because", "word", "NO"),
        ("42", "word", None),
        ("2/2", "number", 2.0),
        ("Total Score: 2", "number", 2.0),
        ("1.0", "number", 1.0),
        ("two", "number", None),
        ("B", "letter", "B"),
        ("[C]", "letter", "C"),
        ("D) because", "letter", "D"),
        ("E", "letter", None),
        ("  ", "text", None),
    ],
)
def test_values(text: str, kind: OutputKind, value: object) -> None:
    assert convert(text, kind) == value
