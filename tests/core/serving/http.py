"""Asking a server the plain way."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

Body = dict[str, Any]


def connect(base_url: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=60)


def send(connection: http.client.HTTPConnection, route: str, body: Body | bytes) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection.request("POST", f"/v1{route}", data, {"Content-Type": "application/json"})


def post(base_url: str, route: str, body: Body | bytes) -> tuple[int, Body]:
    """Status and body of the answer."""
    with closing(connect(base_url)) as connection:
        send(connection, route, body)
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def ask(base_url: str, route: str, **body: Any) -> Body:
    """The body of an answer that must be good."""
    status, answer = post(base_url, route, body)
    assert status == 200, answer
    return answer


def stream(base_url: str, route: str, **body: Any) -> Iterator[Body]:
    """The events of a streamed answer, which must end as such streams do."""
    with closing(connect(base_url)) as connection:
        send(connection, route, {**body, "stream": True})
        response = connection.getresponse()
        assert response.status == 200, response.read()
        last = b""
        for line in response:
            if line.strip():
                assert line.startswith(b"data: ")
                last = line[6:].strip()
                if last != b"[DONE]":
                    yield json.loads(last)
        assert last == b"[DONE]"
