"""How every client of labtop reports a certificate that it does not accept."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import trustme

from core import paths
from core.errors import LabtopError
from core.serving.client import list_models
from core.serving.completions.pool import CompletionsPool
from core.serving.completions.streaming import stream_reply
from core.serving.tls.client import PLAIN_TLS, ClientTls
from tests.core.serving.certificates import make_certificates
from tests.core.serving.scripted_server import says, scripted_server

pytestmark = pytest.mark.slow

Client = Callable[[str, ClientTls], Awaitable[object]]
NOW = datetime.now(UTC)
DAY = timedelta(days=1)


async def models(url: str, tls: ClientTls) -> object:
    return list_models(url, tls=tls)


async def chat(url: str, tls: ClientTls) -> object:
    return [piece async for piece in stream_reply(url, "m", [{"role": "user", "content": "a"}], tls=tls)]


async def pool(url: str, tls: ClientTls) -> object:
    async with CompletionsPool([url], "m", tls=tls) as asked:
        await asked.learn()
        return asked.slots.limit


clients = pytest.mark.parametrize("client", [models, chat, pool])


def answer(handler: BaseHTTPRequestHandler) -> None:
    """A list of models, and a reply that streams."""
    handler.rfile.read(int(handler.headers["Content-Length"] or 0))
    if handler.path.endswith("/models"):
        says(200, b'{"data": [{"id": "m"}]}')(handler)
    elif handler.path.endswith("/completions"):
        says(200, b'data: {"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]}\n\n')(handler)
    else:
        says(404, b"")(handler)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path) -> ClientTls:
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    return ClientTls(authority=tmp_path / "authority.pem")


@clients
async def test_an_untrusted_certificate(client: Client, authority: trustme.CA, trusted: ClientTls) -> None:
    with scripted_server(answer, authority) as url:
        with pytest.raises(LabtopError, match="its certificate is not trusted here") as caught:
            await client(url, PLAIN_TLS)
        address = url.removeprefix("https://").removesuffix("/v1")
        assert caught.value.hint and caught.value.hint.endswith(f"labtop tls check {address}")
        await client(url, trusted)
        await client(url, ClientTls(insecure=True))


@clients
@pytest.mark.parametrize(
    ("names", "first", "last", "said"),
    [
        (["127.0.0.1"], -2, -1, "its certificate has expired"),
        (["127.0.0.1"], 1, 2, "its certificate is not valid yet"),
        (["other.example", "127.0.0.2"], -1, 1, "its certificate is for another name than 127.0.0.1"),
    ],
)
async def test_a_trusted_certificate_that_is_not_valid(
    client: Client, names: list[str], first: int, last: int, said: str, authority: trustme.CA, trusted: ClientTls
) -> None:
    """Valid from the day `first` to the day `last`, counted from now."""
    certificate = authority.issue_cert(*names, not_before=NOW + first * DAY, not_after=NOW + last * DAY)
    with scripted_server(answer, certificate=certificate) as url:
        with pytest.raises(LabtopError, match=said) as caught:
            await client(url, trusted)
        assert caught.value.hint and "labtop tls check 127.0.0.1:" in caught.value.hint
        assert "trust it" not in caught.value.hint


@clients
async def test_a_certificate_of_the_users_store(client: Client, authority: trustme.CA) -> None:
    """That of the server alone is enough, without its issuer."""
    certificate = authority.issue_cert("127.0.0.1")
    store = paths.current().trusted_dir
    store.mkdir(parents=True)
    certificate.cert_chain_pems[0].write_to_path(store / "mine.pem")
    with scripted_server(answer, certificate=certificate) as url:
        await client(url, PLAIN_TLS)
    with scripted_server(answer, authority) as url, pytest.raises(LabtopError, match="is not trusted here"):
        await client(url, PLAIN_TLS)


@clients
async def test_a_client_certificate(client: Client, authority: trustme.CA, tmp_path: Path) -> None:
    files = make_certificates(tmp_path)
    with scripted_server(answer, authority, client_authority=files.authority) as url:
        with pytest.raises(LabtopError, match=r"No secure connection to .*(client certificate|after the handshake)"):
            await client(url, ClientTls(insecure=True))
        await client(url, ClientTls(insecure=True, certificate=files.both))


@clients
@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("No required SSL certificate was sent", "it requires a client certificate"),
        ("The SSL certificate error", "it does not trust the client certificate"),
        ("The plain HTTP request was sent to HTTPS port", "it requires TLS"),
    ],
)
async def test_pages_of_nginx(client: Client, title: str, said: str) -> None:
    page = f"<html>\r\n<head><title>400 {title}</title></head>\r\n<body>…</body></html>".encode()
    with scripted_server(says(400, page)) as url, pytest.raises(LabtopError, match=said) as caught:
        await client(url, PLAIN_TLS)
    assert caught.value.hint


@pytest.mark.parametrize("client", [models, chat])
async def test_a_proxy_without_its_server(client: Client) -> None:
    with (
        scripted_server(says(502, b"<html>Bad Gateway</html>")) as url,
        pytest.raises(LabtopError, match=r"cannot reach its model server \(status 502\)"),
    ):
        await client(url, PLAIN_TLS)


def test_files_that_hold_no_certificate(tmp_path: Path) -> None:
    text = tmp_path / "text.pem"
    text.write_text("nothing\n")
    with pytest.raises(LabtopError, match="no certificate in PEM format") as caught:
        ClientTls(authority=text).context()
    assert caught.value.hint == "Check --tls-ca-cert."
    with pytest.raises(LabtopError, match="No such file"):
        ClientTls(authority=tmp_path / "none.pem").context()
    store = paths.current().trusted_dir
    store.mkdir(parents=True)
    text.rename(store / "text.pem")
    with pytest.raises(LabtopError, match="no certificate in PEM format") as caught:
        PLAIN_TLS.context()
    assert caught.value.hint and str(store / "text.pem") in caught.value.hint


def test_connections_are_checked_by_default() -> None:
    context = PLAIN_TLS.context()
    assert context.check_hostname and context.verify_mode is ssl.CERT_REQUIRED
