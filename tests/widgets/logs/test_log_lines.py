"""Lines in bounded memory, and the search in them."""

from __future__ import annotations

from widgets.logs.log_lines import Line, LogLines


def lines(*texts: str) -> list[Line]:
    return [Line(text) for text in texts]


def test_log_lines_are_bounded() -> None:
    log = LogLines(limit=100)
    for number in range(1000):
        log.add(lines(f"line {number}"))
        assert len(log.lines) <= 100
    assert log.lines[-1].text == "line 999"
    assert log.dropped + len(log.lines) == 1000
    log.add(lines(*(f"more {number}" for number in range(5000))))
    assert log.lines[-1].text == "more 4999"
    assert len(log.lines) <= 100


def test_search_starts_at_the_top_of_the_screen_and_wraps() -> None:
    log = LogLines(limit=100)
    log.add(lines("Loss 1", "x", "loss 2", "y", "loss 3"))
    assert log.search("LOSS", 1) == 2
    assert log.found == "/loss 2 of 3"
    assert [log.step(1), log.step(1), log.step(-1)] == [4, 0, 4]
    assert log.search("loss", 5) == 0
    assert log.search("nothing", 0) is None
    assert log.found == "/nothing not found"
    assert log.step(1) is None
    assert log.search("", 0) is None
    assert log.found == ""


def test_search_finds_new_lines_and_forgets_dropped_ones() -> None:
    log = LogLines(limit=10)
    log.add(lines("match", *("x" for _ in range(8))))
    log.search("match", 0)
    log.add(lines("match", "x", "x"))
    assert log.dropped == 3
    assert log.matches == [9]
    assert log.step(1) == 9
