from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import trustme

from core.chat.client import ModelChoice, choose_model
from core.errors import LabtopError
from core.serving.client import list_models
from core.serving.completions.streaming import stream_reply
from core.serving.lifecycle import Server
from tests.core.serving.http import ask
from tests.core.serving.scripted_server import Answer, redirects_to, says, scripted_server

pytestmark = pytest.mark.slow

HELLO = [{"role": "user", "content": "night"}]


async def pieces_of(url: str, model: str = "m", **settings: Any) -> list[str]:
    return [piece async for piece in stream_reply(url, model, HELLO, **settings)]


@pytest.mark.parametrize(
    ("asked", "served", "expected"),
    [
        (None, ["a", "/x/a"], ModelChoice("a")),
        ("/x/a", ["a", "/x/a"], ModelChoice("/x/a")),
        ("Mixtral-8x7B.v0.1", ["mixtral-8x7b-v0-1"], ModelChoice("mixtral-8x7b-v0-1")),
        ("/instructlab/granite-7b-redhat-lab", ["granite-7b-redhat-lab"], None),
        ("granite", ["/models/granite"], None),
    ],
)
def test_choose_model(asked: str | None, served: list[str], expected: ModelChoice | None) -> None:
    choice = choose_model(asked, served)
    if expected is None:
        assert choice == ModelChoice(served[0], f"{asked} is served as {served[0]}.")
    else:
        assert choice == expected


def test_choose_model_never_replaces_an_unserved_model() -> None:
    with pytest.raises(LabtopError, match="does not serve granite; it serves tiny"):
        choose_model("granite", ["tiny"])
    with pytest.raises(LabtopError, match="does not serve granite; it serves a, b"):
        choose_model("granite", ["a", "b"])
    with pytest.raises(LabtopError, match="serves no model"):
        choose_model(None, [])


async def test_a_reply_streams_in_as_the_server_writes_it(tiny_server: Server) -> None:
    body = {"messages": HELLO, "temperature": 0, "max_tokens": 30}
    whole = ask(tiny_server.base_url, "/chat/completions", **body)["choices"][0]["message"]["content"]
    pieces = await pieces_of(tiny_server.base_url, "Tiny-1.0", temperature=0.0, max_tokens=30)
    assert "".join(pieces) == whole
    assert len(pieces) > 1


async def test_leaving_a_reply_closes_the_connection() -> None:
    gone = asyncio.Event()

    async def speak_forever(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        try:
            while not writer.is_closing():
                writer.write(b'data: {"choices": [{"index": 0, "delta": {"content": "a"}}]}\n\n')
                await writer.drain()
                await asyncio.sleep(0.01)
        except ConnectionError:
            pass
        gone.set()

    server = await asyncio.start_server(speak_forever, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with aclosing(stream_reply(f"http://127.0.0.1:{port}/v1", "any", HELLO)) as pieces:
        async for _ in pieces:
            break
    await asyncio.wait_for(gone.wait(), 60)
    server.close()


async def test_an_unknown_model_and_a_conversation_that_is_too_long(tiny_server: Server) -> None:
    with pytest.raises(LabtopError, match="does not serve granite"):
        await pieces_of(tiny_server.base_url, "granite")
    long = [{"role": "user", "content": "a b c " * 200}]
    with pytest.raises(LabtopError, match="longer than the model's context") as caught:
        [piece async for piece in stream_reply(tiny_server.base_url, "Tiny-1.0", long)]
    assert caught.value.hint == "/n starts a new one."


def broken_off(handler: BaseHTTPRequestHandler) -> None:
    """Two pieces of a stream, then nothing more of the length that was announced."""
    piece = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for text in ("a", "b"):
        choices = [{"index": 0, "delta": {"content": text}, "finish_reason": None}]
        handler.wfile.write(f"data: {json.dumps({**piece, 'choices': choices})}\n\n".encode())


def mid_stream_error(handler: BaseHTTPRequestHandler) -> None:
    body = b'data: {"error": {"message": "The model failed over this request", "type": "server_error"}}\n\n'
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (says(401, b"{}"), "API key"),
        (says(429, b"{}"), "too many requests"),
        (says(500, b'{"error": {"message": "it burns"}}'), "answers: .*it burns"),
        (says(400, b'{"error": {"message": "no", "code": "context_length_exceeded"}}'), "longer than the model's"),
        (broken_off, "was lost during"),
        (mid_stream_error, "The model failed"),
    ],
)
async def test_failures_have_a_message_and_a_hint(answer: Answer, said: str) -> None:
    def after_reading(handler: BaseHTTPRequestHandler) -> None:
        handler.rfile.read(int(handler.headers["Content-Length"]))
        answer(handler)

    with scripted_server(after_reading) as url, pytest.raises(LabtopError, match=said) as caught:
        await pieces_of(url)
    assert caught.value.hint


async def test_a_closed_port() -> None:
    with pytest.raises(LabtopError, match="No server answers"):
        await pieces_of("http://127.0.0.1:9/v1")


async def test_the_event_loop_is_free_while_a_reply_comes(tiny_server: Server) -> None:
    """Two replies at once overlap."""
    both = await asyncio.gather(*(pieces_of(tiny_server.base_url, "Tiny-1.0", temperature=0.0) for _ in range(2)))
    assert both[0]
    assert "".join(both[0]) == "".join(both[1])


async def test_redirect_is_not_followed() -> None:
    reached: list[str] = []

    def other(handler: BaseHTTPRequestHandler) -> None:
        reached.append(handler.path)
        says(200, b"{}")(handler)

    with scripted_server(other) as elsewhere:
        answer = redirects_to(elsewhere)
        with scripted_server(answer) as url, pytest.raises(LabtopError, match=f"redirects to {elsewhere}"):
            await pieces_of(url)
    assert reached == []


async def test_server_message_is_one_line_without_control_characters() -> None:
    body = json.dumps({"error": {"message": "no\n\x1b]0;evil\x07 way" + "!" * 5000}}).encode()
    with (
        scripted_server(says(400, body)) as url,
        pytest.raises(LabtopError, match=r"answers: no \\u001b\]0;evil\\u0007 way!") as caught,
    ):
        await pieces_of(url)
    assert caught.value.message.isprintable() and len(caught.value.message) < 500


@pytest.mark.parametrize(
    "event",
    [
        b"rubbish",
        b"[" * 100_000,
        b"[1]",
        b"null",
        b'"text"',
        b'{"choices": 5}',
        b'{"choices": {"0": 1}}',
        b'{"choices": [null]}',
        b'{"choices": [{"delta": {"content": 5}}]}',
        b'{"choices": [{"delta": {"content": ["a"]}}]}',
        b"\xff\xfe",
    ],
)
async def test_invalid_stream_is_an_error(event: bytes) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.rfile.read(int(handler.headers["Content-Length"]))
        body = b"data: " + event + b"\n\n"
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    with scripted_server(answer) as url, pytest.raises(LabtopError, match="not a chat completion") as caught:
        await pieces_of(url)
    assert caught.value.hint


async def test_unpaired_surrogate_does_not_reach_the_transcript() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.rfile.read(int(handler.headers["Content-Length"]))
        body = rb'data: {"choices": [{"delta": {"content": "a\ud800b"}, "finish_reason": "stop"}]}' + b"\n\n"
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    with scripted_server(answer) as url:
        assert await pieces_of(url) == ["a?b"]


def streams(*events: object) -> Answer:
    """A server that streams these events; a text is sent as it is."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.rfile.read(int(handler.headers["Content-Length"]))
        lines = [event if isinstance(event, str) else json.dumps(event, ensure_ascii=False) for event in events]
        body = "".join(f"data: {line}\n\n" for line in lines).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def piece(ended: str | None = None, **delta: str) -> dict[str, Any]:
    return {"choices": [{"delta": delta, "finish_reason": ended}]}


@pytest.mark.parametrize(
    ("events", "said", "received"),
    [
        ([], "ended before it was complete: received nothing", []),
        (["[DONE]"], "is empty", []),
        ([piece("stop", content="")], "is empty", []),
        ([piece(content="Half an")], "ended before it was complete: received 7 characters of the answer", ["Half an"]),
        ([piece(reasoning_content="Hm."), piece("stop")], "has no answer: received only 3 characters of reasoning", []),
        ([piece(reasoning="Hm."), "[DONE]"], "has no answer: received only 3 characters of reasoning", []),
        ([piece(reasoning_content="Hm.")], "before it was complete: received 3 characters of reasoning", []),
    ],
)
async def test_an_incomplete_reply_says_what_was_received(events: list[object], said: str, received: list[str]) -> None:
    pieces: list[str] = []
    with scripted_server(streams(*events)) as url, pytest.raises(LabtopError, match=said) as caught:
        async for text in stream_reply(url, "m", HELLO):
            pieces.append(text)
    assert pieces == received and caught.value.hint


@pytest.mark.parametrize("events", [[piece(content="a\u2028b"), "[DONE]"], [piece("length", content="a\u2028b")]])
async def test_either_end_of_a_stream_is_enough(events: list[object]) -> None:
    with scripted_server(streams(*events)) as url:
        assert await pieces_of(url) == ["a\u2028b"]


async def test_a_key_in_a_stream_is_masked_also_across_pieces() -> None:
    key = "sk-12345678"
    events = [piece(content=text) for text in ("You sent sk-", "1234", "5678. Or sk-", "9?")]
    with scripted_server(streams(*events, "[DONE]")) as url:
        assert "".join(await pieces_of(url, api_key=key)) == "You sent ***. Or sk-9?"


@pytest.mark.parametrize("where", ["error", "stream", "models"])
async def test_key_repeated_by_the_server_is_masked(where: str) -> None:
    key = "sk-secret"
    message = {"error": {"message": f"no such key: {key}"}}
    answer = streams(message) if where == "stream" else says(400, json.dumps(message).encode())
    if where == "models":
        with scripted_server(says(200, json.dumps({"data": [{"id": key}]}).encode())) as url:
            assert list_models(url, key) == ["***"]
        return

    def after_reading(handler: BaseHTTPRequestHandler) -> None:
        if where == "error":
            handler.rfile.read(int(handler.headers["Content-Length"]))
        answer(handler)

    with scripted_server(after_reading) as url, pytest.raises(LabtopError, match=r"no such key: \*\*\*") as caught:
        await pieces_of(url, api_key=key)
    assert key not in caught.value.message


async def test_untrusted_certificate_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    authority = trustme.CA()
    with scripted_server(streams(piece("stop", content="hello")), authority) as url:
        with pytest.raises(LabtopError, match=f"{url}.*certificate"):
            await pieces_of(url)
        authority.cert_pem.write_to_path(tmp_path / "authority.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        assert await pieces_of(url) == ["hello"]
