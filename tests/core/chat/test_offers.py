"""The models that a chat can use."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Iterator

import pytest

from core.chat.offers import Offer, is_reachable, pair, read_offers
from core.serving.registry import ServerRecord
from tests.core.serving.paced_server import MODEL, paced_server


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with paced_server(rate=1000, tokens=1) as url:
        yield url


def record(url: str | None, model: str, names: tuple[str, ...] = ("announced",)) -> ServerRecord:
    return ServerRecord(
        pid=os.getpid(),
        ticks=0,
        host="here",
        boot_id="",
        started=0.0,
        purpose="serve",
        model=model,
        backend="embedded",
        devices=(),
        job=None,
        parent=0,
        parent_ticks=0,
        log="",
        url=url,
        names=names,
    )


def test_offers_are_served_models_then_trained_ones(url: str) -> None:
    gone = "http://127.0.0.1:9/v1"
    servers = [record(url, "/models/best"), record(gone, "/models/other"), record(None, "/models/loading")]
    trained = [("/models/best", "best model"), ("/models/base", "its base")]
    assert read_offers(servers, [url, gone, "http://127.0.0.1:10/v1"], None, trained) == [
        Offer(MODEL, url, "best model"),
        Offer("announced", gone),
        Offer("/models/base", None, "its base"),
    ]


def test_offers_pair_is_base_and_best() -> None:
    base, best = Offer("b", "http://127.0.0.1:1/v1", "its base"), Offer("t", "http://127.0.0.1:2/v1", "best model")
    assert pair([best, Offer("o", "http://127.0.0.1:3/v1"), base]) == [base, best]
    assert pair([best, Offer("/models/b", None, "its base")]) == []


async def test_offers_reachable_while_this_program_is_busy(url: str) -> None:
    """A stall of its own must not be taken for the server's end."""
    looking = asyncio.create_task(is_reachable(url, seconds=0.05))
    await asyncio.sleep(0)
    time.sleep(0.2)  # noqa: ASYNC251
    assert await looking


def test_offers_reachable_while_something_listens(url: str) -> None:
    assert asyncio.run(is_reachable(url))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert not asyncio.run(is_reachable(f"http://127.0.0.1:{free.getsockname()[1]}/v1"))
