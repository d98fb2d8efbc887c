"""What is said of endpoints that are up, down, wrong or lying."""

from __future__ import annotations

import socket
from http.server import BaseHTTPRequestHandler

import pytest

from core.errors import LabtopError
from core.serving.client import check_endpoint, list_models, normalise_url, slots
from core.serving.lifecycle import Server
from tests.core.serving.lying import lying_server, says


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/v1"),
        ("127.0.0.1:8000/", "http://127.0.0.1:8000/v1"),
        (" https://rhelai.redhat.com:8443/v1/ ", "https://rhelai.redhat.com:8443/v1"),
        ("http://h/v1/chat/completions", "http://h/v1"),
        ("http://h/openai/v1beta", "http://h/openai/v1beta"),
        ("http://[::1]:80/models", "http://[::1]:80/v1"),
    ],
)
def test_urls_with_and_without_the_version_mean_the_same(given: str, meant: str) -> None:
    assert normalise_url(given) == meant


@pytest.mark.parametrize("given", ["", "ftp://h/v1", "http://", "http://h:port", "http://h:99999"])
def test_what_is_no_url_is_refused(given: str) -> None:
    with pytest.raises(LabtopError, match="no endpoint's URL"):
        normalise_url(given)


def test_a_served_model_is_found_and_another_is_not(tiny_server: Server) -> None:
    served = check_endpoint(tiny_server.base_url, "Tiny-1.0")
    assert served[0] == "Tiny-1.0"
    assert slots(tiny_server.base_url) == 16
    with pytest.raises(LabtopError, match=r"does not serve mixtral; it serves Tiny-1.0, /"):
        check_endpoint(tiny_server.base_url, "mixtral")


def test_a_closed_port() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with pytest.raises(LabtopError, match=r"No server answers at .*refused") as caught:
            list_models(url)
        assert caught.value.hint is not None
        assert "labtop model serve" in caught.value.hint
        assert slots(url) is None


def test_a_server_that_accepts_and_says_nothing() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(LabtopError, match=r"did not answer within 0.2 seconds"),
    ):
        list_models(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2)


def test_a_proxy_is_not_asked_for_this_machine(tiny_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert list_models(tiny_server.base_url)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, b"", "asks for an API key"),
        (404, b"nothing here", "does not offer the OpenAI API"),
        (503, b"", "answers with status 503"),
        (200, b"<html>hello</html>", "does not offer the OpenAI API"),
        (200, b"[" * 100_000, "does not offer the OpenAI API"),
        (200, b'{"data": [1]}', "does not offer the OpenAI API"),
        (200, b"\xff\xfe", "does not offer the OpenAI API"),
    ],
)
def test_other_answers_each_get_their_sentence(status: int, body: bytes, said: str) -> None:
    with lying_server(says(status, body)) as url, pytest.raises(LabtopError, match=said) as caught:
        check_endpoint(url, "m")
    assert caught.value.hint


def test_a_wrong_key_is_told_from_a_missing_one() -> None:
    with lying_server(says(401, b"")) as url, pytest.raises(LabtopError, match="does not accept the API key"):
        list_models(url, api_key="secret")


def test_rubbish_instead_of_http() -> None:
    def rubbish(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n")

    with lying_server(rubbish) as url, pytest.raises(LabtopError, match="does not offer the OpenAI API"):
        list_models(url)


@pytest.mark.parametrize("body", [b"{}", b'{"total_slots": "many"}', b'{"total_slots": true}', b'{"total_slots": -1}'])
def test_slots_that_make_no_sense_are_not_told(body: bytes) -> None:
    with lying_server(says(200, body)) as url:
        assert slots(url) is None
