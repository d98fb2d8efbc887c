"""Servers that deviate from the protocol, or are hostile: an answer or a reason, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.chat.exchange import Exchange
from core.chat.session import Session
from core.chat.target import Target
from core.errors import LabtopError
from core.serving.completions.reply_events import MAX_REPLY_CHARACTERS, ReplyEvents
from core.serving.credentials import Mask
from tests.core.serving.deviating_server import BODIES, TEXT, chunk, data, deviating_server

pytestmark = pytest.mark.slow

REASONS = {
    "nothing": "ended before it was complete: received nothing",
    "only-done": "is empty",
    "empty-choices": "is empty",
    "reasoning": "no answer: received only 3 characters of reasoning",
    "tool-calls": "the model asks to call get_weather",
    "error-in-stream": "answers: out of memory",
    "error-as-text": "answers: out of memory",
    "error-with-200": "answers: out of memory",
    "filtered": "withheld by its content filter",
    "aborted": "ended before it was complete: received 4 characters",
    "cut": "ended before it was complete: received 4 characters",
    "html": "contains a web page instead of JSON",
    "text": "ended before it was complete: received nothing",
    "list": "contains JSON that is not an object",
    "no-choices": "contains JSON without choices",
    "broken-json": "contains a piece that is not JSON",
    "wrong-types": "contains a choice that is not an object",
    "deep": "contains a piece that is not JSON",
    "long-line": "contains a piece of more than 8 MB",
    "endless-line": "contains a piece of more than 8 MB",
    "endless": "ended after 1,000,000 characters",
    "endless-empty": "ended after 1,000,000 characters",
}
KEPT = {"error-in-stream": "Ha", "aborted": "Half", "cut": "Half", "endless": ("word " * 200_000)}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with deviating_server() as url:
        yield url


async def ask(url: str, model: str) -> Session:
    session = Session()
    exchange = Exchange(session, Target(url, model), "Hello?")
    try:
        async for _ in exchange.pieces():
            pass
    finally:
        assert session.turns[0].content == "Hello?"
        assert (session.unanswered is None) is bool(exchange.text)
    return session


@pytest.mark.parametrize("model", [*(name for name in BODIES if name not in REASONS), "byte-by-byte"])
async def test_deviating_reply_is_read(url: str, model: str) -> None:
    session = await ask(url, model)
    assert session.turns[1].content == TEXT
    figures = session.turns[1].figures
    assert figures is not None and figures.ended == ""
    if "usage" in model:
        assert figures.counted and figures.tokens == 9


@pytest.mark.parametrize("model", REASONS)
async def test_unusable_reply_has_a_reason(url: str, model: str) -> None:
    session = Session()
    exchange = Exchange(session, Target(url, model), "Hello?")
    with pytest.raises(LabtopError, match=REASONS[model]) as caught:
        async for _ in exchange.pieces():
            pass
    assert caught.value.hint
    assert exchange.text == KEPT.get(model, "")
    assert [turn.content for turn in session.turns] == ["Hello?", *([exchange.text] if exchange.text else [])]


def test_tiny_pieces_are_limited_like_long_ones() -> None:
    events = ReplyEvents("http://127.0.0.1/v1", Mask(None))
    event = data(chunk(content="x"))
    pieces = 0
    while not events.done:
        pieces += len(list(events.feed(event * 1000)))
    assert pieces < MAX_REPLY_CHARACTERS / 3
    with pytest.raises(LabtopError, match="ended after 1,000,000 characters"):
        events.check(None)
