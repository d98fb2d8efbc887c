"""Errors of endpoints that are down, have no OpenAI API, or send wrong replies."""

from __future__ import annotations

import socket
import time
from http.server import BaseHTTPRequestHandler

import pytest

from core.errors import LabtopError
from core.serving.client import MAX_RESPONSE_BYTES, list_models, normalise_url
from core.serving.lifecycle import Server
from tests.core.serving.scripted_server import redirects_to, says, scripted_server

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/v1"),
        ("127.0.0.1:8000/", "http://127.0.0.1:8000/v1"),
        (" https://rhelai.redhat.com:8443/v1/ ", "https://rhelai.redhat.com:8443/v1"),
        ("http://h/v1/chat/completions", "http://h/v1"),
        ("http://h/openai/v1beta", "http://h/openai/v1beta"),
        ("https://h/v1beta/openai/", "https://h/v1beta/openai"),
        ("http://[::1]:80/models", "http://[::1]:80/v1"),
    ],
)
def test_normalise_url(given: str, meant: str) -> None:
    assert normalise_url(given) == meant


@pytest.mark.parametrize(
    "given",
    ["", "ftp://h/v1", "http://", "http://h:port", "http://h:99999", "http://[::1", "http://a b/v1", "http://h\x00"],
)
def test_normalise_url_rejects_other_text(given: str) -> None:
    with pytest.raises(LabtopError, match="not an endpoint's URL"):
        normalise_url(given)


@pytest.mark.parametrize(
    "given", ["https://me:secret@h/v1", "https://secret@h/v1", "http://h/v1?api_key=secret", "h/v1#secret"]
)
def test_url_with_a_secret_is_rejected_without_repeating_it(given: str) -> None:
    with pytest.raises(LabtopError, match=r"user name or a password|a part after its path") as caught:
        normalise_url(given)
    assert caught.value.hint and "LABTOP_API_KEY" in caught.value.hint
    assert "secret" not in f"{caught.value.message} {caught.value.hint}"


def test_list_models(tiny_server: Server) -> None:
    assert list_models(tiny_server.base_url)[0] == "Tiny-1.0"


def test_a_closed_port() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with pytest.raises(LabtopError, match=r"No server answers at .*refused") as caught:
            list_models(url)
        assert caught.value.hint is not None
        assert "labtop model serve" in caught.value.hint


def test_server_that_accepts_and_never_answers() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(LabtopError, match=r"did not answer within 0.2 seconds"),
    ):
        list_models(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2)


def test_no_proxy_for_this_machine(tiny_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert list_models(tiny_server.base_url)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, b"", "requires an API key"),
        (404, b"nothing here", "does not offer the OpenAI API"),
        (503, b"", "returned status 503"),
        (200, b"<html>hello</html>", "does not offer the OpenAI API"),
        (200, b"[" * 100_000, "does not offer the OpenAI API"),
        (200, b'{"data": [1]}', "does not offer the OpenAI API"),
        (200, b"\xff\xfe", "does not offer the OpenAI API"),
    ],
)
def test_other_responses_have_their_own_errors(status: int, body: bytes, said: str) -> None:
    with scripted_server(says(status, body)) as url, pytest.raises(LabtopError, match=said) as caught:
        list_models(url)
    assert caught.value.hint


def test_wrong_and_missing_key_differ() -> None:
    with scripted_server(says(401, b"")) as url, pytest.raises(LabtopError, match="does not accept the API key"):
        list_models(url, api_key="secret")


def test_response_that_is_not_http() -> None:
    def rubbish(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n")

    with scripted_server(rubbish) as url, pytest.raises(LabtopError, match="OpenAI API"):
        list_models(url)


def test_redirect_is_not_followed_with_the_key() -> None:
    asked: list[str | None] = []

    def other(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.headers["Authorization"])
        says(200, b'{"data": []}')(handler)

    with scripted_server(other) as elsewhere:
        answer = redirects_to(f"{elsewhere}/models")
        with scripted_server(answer) as url, pytest.raises(LabtopError, match=f"redirects to {elsewhere}") as caught:
            list_models(url, api_key="secret")
    assert caught.value.hint and asked == []


def test_endless_slow_response_times_out() -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(3_000):  # a minute; then it says something, which a client that still listens would take
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.02)
        handler.wfile.write(b'{"data": []}')

    with scripted_server(drip) as url, pytest.raises(LabtopError, match=r"did not answer within 0\.3 seconds"):
        list_models(url, timeout=0.3)


def test_too_long_response_is_an_error() -> None:
    oversized = says(200, b" " * (MAX_RESPONSE_BYTES + 1))
    with scripted_server(oversized) as url, pytest.raises(LabtopError, match="OpenAI API"):
        list_models(url)


def test_unprintable_names_are_omitted() -> None:
    body = rb'{"data": [{"id": "good"}, {"id": "\u001b]0;evil\u0007"}]}'
    with scripted_server(says(200, body)) as url:
        assert list_models(url) == ["good"]
