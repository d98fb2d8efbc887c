"""Noticing that a server has ended, or that it lives but no longer answers."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import urlsplit

HEALTH_PATH = "/health"
"""Both the embedded server and vLLM answer it without a key. vLLM's status is 503 once its engine is dead."""

DEAD = 503


@dataclass(frozen=True)
class Limits:
    """How closely a server is watched, in seconds."""

    between: float = 1.0
    """Between two requests."""
    response: float = 10.0
    """For one response; a server that computes on all processors may take seconds."""
    hung: float = 60.0
    """Without a response until the server is given up."""


WATCHED = Limits()


def watch(
    wait: Callable[[float], int | None],
    url: str,
    *,
    limits: Limits = WATCHED,
    on_silence: Callable[[float], object] = lambda _seconds: None,
) -> int | None:
    """Watch a server until it ends; returns its exit status, or None if it stopped answering.

    `wait(seconds)` returns the exit status once the process has ended, None if it still runs. `on_silence` is called
    once for each silence of several requests, with its length in seconds. A server whose engine is dead gets a few
    seconds to end by itself.
    """
    answered = time.monotonic()
    reported = False
    dead = 0
    while True:
        status = wait(limits.between)
        if status is not None:
            return status
        response = ask(url, limits.response)
        now = time.monotonic()
        if response == DEAD:
            dead += 1
            if dead > 1:
                return None
            continue
        if response is not None:
            answered, reported, dead = now, False, 0
            continue
        silence = now - answered
        if silence >= limits.hung:
            return None
        if silence >= limits.hung / 4 and not reported:
            reported = True
            on_silence(silence)


def ask(url: str, seconds: float) -> int | None:
    """The status of the health route of a server, by its base URL; None without a response."""
    try:
        with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=seconds)) as connection:
            connection.request("GET", HEALTH_PATH)
            return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
