"""The secure endpoint that `labtop tls init` writes, run by a real nginx."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import aclosing
from http.client import HTTPSConnection
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from core.errors import LabtopError
from core.serving.argv import embedded_plan
from core.serving.client import list_models
from core.serving.completions.pool import CompletionsPool
from core.serving.completions.streaming import stream_reply
from core.serving.keys import Access, with_access
from core.serving.lifecycle import start
from core.serving.names import BUILTIN_TEACHER
from core.serving.tls.client import ClientTls
from core.serving.tls.front import Front, create_front
from core.serving.tls.inspection import inspect
from tests.core.serving.certificates import PASSWORD, Certificates, make_certificates
from tests.core.serving.scripted_server import says, scripted_server
from tests.core.serving.tls.nginx_server import nginx_front, require_nginx
from tui.cli.main import cli

pytestmark = pytest.mark.slow

HELLO = [{"role": "user", "content": "night"}]


def event(text: str) -> bytes:
    return b"data: " + json.dumps({"choices": [{"delta": {"content": text}}]}).encode() + b"\n\n"


class Upstream:
    """A model server that waits in the middle of a reply, and records what arrived."""

    def __init__(self) -> None:
        self.heads: list[dict[str, str]] = []
        self.body: Any = None
        self.proceed = threading.Event()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.heads.append({name.lower(): value for name, value in handler.headers.items()})
        if not handler.path.endswith("/completions"):
            says(200, b'{"data": [{"id": "m"}]}')(handler)
            return
        self.body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        if not self.body.get("stream"):
            choice = {"message": {"content": "Good night."}, "finish_reason": "stop"}
            says(200, json.dumps({"choices": [choice], "usage": {}}).encode())(handler)
            return
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        handler.wfile.write(event("Good "))
        handler.wfile.flush()
        assert self.proceed.wait(60)
        handler.wfile.write(event("night.") + b"data: [DONE]\n\n")


@pytest.fixture(scope="module")
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture(scope="module")
def front(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("front")
    with scripted_server(upstream.answer) as url, nginx_front(folder, url) as running:
        yield running


@pytest.fixture
def trusted(front: Front) -> ClientTls:
    return ClientTls(authority=front.certificate_file)


def _has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("names", [("gpu1.example.com", "127.0.0.1"), ("::1",), ("10.0.0.7", "localhost")])
def test_nginx_accepts_the_configuration(names: tuple[str, ...], tmp_path: Path) -> None:
    program = require_nginx()
    if "::1" in names and not _has_ipv6():
        pytest.skip("this machine has no IPv6")
    create_front(names, tmp_path, 8443, "http://[::1]:8000/v1")
    command = [program, "-t", "-p", str(tmp_path), "-c", "nginx.conf", "-e", "stderr"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "[warn]" not in done.stderr, done.stderr


async def test_a_reply_arrives_in_pieces(front: Front, upstream: Upstream, trusted: ClientTls) -> None:
    """The upstream ends the reply only after the client has its beginning, so a proxy that buffers would never end."""
    upstream.proceed.clear()
    pieces = []
    async with aclosing(stream_reply(front.url, "m", HELLO, api_key="k-31415926535", tls=trusted)) as reply:
        async for piece in reply:
            pieces.append(piece)
            upstream.proceed.set()
    assert pieces == ["Good ", "night."]
    head = upstream.heads[-1]
    assert head["authorization"] == "Bearer k-31415926535"
    assert head["host"] == front.upstream.removeprefix("http://")
    assert head["x-forwarded-proto"] == "https" and head["x-forwarded-host"] == front.address
    assert head["x-forwarded-for"] == head["x-real-ip"] == "127.0.0.1"


async def test_generation_sends_long_prompts(front: Front, upstream: Upstream, trusted: ClientTls) -> None:
    prompt = "night " * 500_000  # 3 MB
    async with CompletionsPool([front.url], "m", tls=trusted) as pool:
        await pool.learn()
        completion = await pool.complete(prompt, temperature=0, max_tokens=5, seed=1)
    assert completion.text == "Good night."
    assert upstream.body["messages"][0]["content"] == prompt


async def test_a_prompt_that_nginx_rejects(front: Front, trusted: ClientTls) -> None:
    longest = [{"role": "user", "content": "n" * 17_000_000}]
    with pytest.raises(LabtopError, match="answers: 413 Request Entity Too Large"):
        [piece async for piece in stream_reply(front.url, "m", longest, tls=trusted)]


def labtop(*arguments: object) -> str:
    """The output of a command. Raises its error."""
    done = CliRunner().invoke(cli, [str(each) for each in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_chat_command_with_a_file_and_with_the_store(front: Front, upstream: Upstream) -> None:
    upstream.proceed.set()
    ask = ("chat", "--qq", "night", "--endpoint-url", front.url)
    with pytest.raises(LabtopError, match=r"its certificate is not trusted here \(it is self-signed\)") as caught:
        labtop(*ask)
    assert caught.value.hint and f"labtop tls check {front.address}" in caught.value.hint
    assert "Good night." in labtop(*ask, "--tls-ca-cert", front.certificate_file)
    assert "Good night." in labtop(*ask, "--tls-insecure")
    labtop("tls", "trust", front.address, "--fingerprint", front.certificate.fingerprint)
    assert "Good night." in labtop(*ask)
    labtop("tls", "remove", "127.0.0.1")
    with pytest.raises(LabtopError, match="not trusted here"):
        labtop(*ask)


async def test_own_server_with_a_key(tmp_path: Path) -> None:
    """It refuses names that it does not know as Host, and requests without its key."""
    key = "k-31415926535-8979323846"
    plan = with_access(embedded_plan(BUILTIN_TEACHER), Access(key))
    with (
        start(plan, log_file=tmp_path / "server.log") as server,
        nginx_front(tmp_path / "front", server.base_url, names=("localhost",)) as front,
    ):
        tls = ClientTls(authority=front.certificate_file)
        assert list_models(front.url, key, tls=tls) == [BUILTIN_TEACHER]
        with pytest.raises(LabtopError, match="requires an API key"):
            list_models(front.url, tls=tls)
        pieces = [each async for each in stream_reply(front.url, BUILTIN_TEACHER, HELLO, api_key=key, tls=tls)]
        assert "not a language model" in "".join(pieces)


def test_inspection_of_the_endpoint(front: Front) -> None:
    found = inspect("127.0.0.1", front.port)
    assert found.certificate == front.certificate
    assert [fault.code for fault in found.faults] == ["untrusted"] and found.can_be_trusted
    assert inspect("127.0.0.1", front.port, ClientTls(authority=front.certificate_file)).accepted


async def test_a_model_server_that_is_down(tmp_path: Path) -> None:
    with nginx_front(tmp_path, "http://127.0.0.1:9") as front:
        tls = ClientTls(authority=front.certificate_file)
        with pytest.raises(LabtopError, match=r"cannot reach its model server \(status 502\)"):
            list_models(front.url, tls=tls)
        with pytest.raises(LabtopError, match=r"cannot reach its model server \(status 502\)"):
            [piece async for piece in stream_reply(front.url, "m", HELLO, tls=tls)]
        connection = HTTPSConnection("127.0.0.1", front.port, context=tls.context())
        connection.request("GET", "/v1/models")
        page = json.load(connection.getresponse())
        connection.close()
    assert page == {"error": {"message": "The model server at http://127.0.0.1:9 does not answer."}}


def clients_of(files: Certificates) -> Callable[[str], str]:
    """Accept the clients of an authority only, with the lines that the configuration has for it."""

    def edit(text: str) -> str:
        text = text.replace("# ssl_verify_client on", "ssl_verify_client on")
        line = "# ssl_client_certificate ssl/clients.crt"
        assert line in text
        return text.replace(line, f"ssl_client_certificate {files.authority}")

    return edit


async def test_client_certificates(front: Front, upstream: Upstream, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    files, other = make_certificates(tmp_path / "files"), make_certificates(tmp_path)
    upstream.proceed.set()
    with nginx_front(tmp_path / "front", front.upstream, edit=clients_of(files)) as strict:
        trusted = ClientTls(authority=strict.certificate_file)
        for tls, said in (
            (trusted, "it requires a client certificate"),
            (ClientTls(authority=strict.certificate_file, certificate=other.both), "does not trust the client"),
        ):
            with pytest.raises(LabtopError, match=said):
                list_models(strict.url, tls=tls)
            with pytest.raises(LabtopError, match=said):
                [piece async for piece in stream_reply(strict.url, "m", HELLO, tls=tls)]
        allowed = ClientTls(authority=strict.certificate_file, certificate=files.client, key=files.key)
        assert list_models(strict.url, tls=allowed) == ["m"]
        pieces = [piece async for piece in stream_reply(strict.url, "m", HELLO, tls=allowed)]
        assert pieces == ["Good ", "night."]


def test_chat_command_with_a_client_certificate(front: Front, upstream: Upstream, tmp_path: Path) -> None:
    files = make_certificates(tmp_path)
    upstream.proceed.set()
    with nginx_front(tmp_path / "front", front.upstream, edit=clients_of(files)) as strict:
        ask = ("chat", "--qq", "night", "--endpoint-url", strict.url, "--tls-ca-cert", strict.certificate_file)
        given = ("--tls-client-cert", files.client, "--tls-client-key", files.locked_key)
        assert "Good night." in labtop(*ask, *given, "--tls-client-passwd", PASSWORD)
