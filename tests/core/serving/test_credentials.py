"""Client certificates: which files can be used, and what is said of those that cannot."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme

from core.errors import LabtopError
from core.serving.completions.pool import CompletionsPool
from core.serving.credentials import judge_key
from core.serving.tls.client import ClientTls
from tests.core.sdg.helpers import rule_server
from tests.core.serving.certificates import PASSWORD, Certificates, make_certificates
from tests.core.serving.scripted_server import says, scripted_server


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def test_tls_checks_the_server_unless_insecure() -> None:
    assert ClientTls().context().verify_mode is ssl.CERT_REQUIRED
    insecure = ClientTls(insecure=True).context()
    assert insecure.verify_mode is ssl.CERT_NONE and not insecure.check_hostname


def test_tls_loads_a_certificate_with_its_key_in_every_form(files: Certificates) -> None:
    ClientTls(certificate=files.both).context()
    ClientTls(certificate=files.client, key=files.key).context()
    ClientTls(certificate=files.client, key=files.locked_key, password=PASSWORD).context()


@pytest.mark.parametrize(
    ("certificate", "key", "password", "reason"),
    [
        ("client", "locked_key", None, "is protected by a password"),
        ("client", "locked_key", "wrong", "the password is wrong"),
        ("client", "server", None, "the key does not belong to the certificate"),
        ("client", None, None, "it is not in PEM format, or contains no key"),
        ("nowhere", None, None, "No such file"),
        (None, "key", None, "without its certificate"),
    ],
)
def test_tls_says_why_files_cannot_be_used(
    files: Certificates, certificate: str | None, key: str | None, password: str | None, reason: str
) -> None:
    def named(name: str | None) -> Path | None:
        return getattr(files, name, files.authority.with_name("nowhere")) if name else None

    with pytest.raises(LabtopError, match=reason) as caught:
        ClientTls(certificate=named(certificate), key=named(key), password=password).context()
    assert caught.value.hint


def test_tls_password_is_in_no_representation() -> None:
    assert PASSWORD not in repr(ClientTls(password=PASSWORD))


async def ask(url: str, tls: ClientTls) -> None:
    async with CompletionsPool([url], "rules", tls=tls) as pool:
        await pool.learn()
        assert (await pool.complete("Hi", temperature=0, max_tokens=5, seed=1)).text == "Hello."


@pytest.mark.slow
async def test_pool_reaches_a_server_that_requires_a_client_certificate(files: Certificates) -> None:
    with rule_server("--certificate", files.server, "--client-authority", files.authority) as server:
        await ask(server.url, ClientTls(insecure=True, certificate=files.both))
        locked = ClientTls(insecure=True, certificate=files.client, key=files.locked_key, password=PASSWORD)
        await ask(server.url, locked)
        with pytest.raises(LabtopError, match="ends it after the handshake") as caught:
            await ask(server.url, ClientTls(insecure=True))
        assert caught.value.hint and "It may require a client certificate" in caught.value.hint
        with pytest.raises(LabtopError, match="its certificate is not trusted here"):
            await ask(server.url, ClientTls(certificate=files.both))


async def test_pool_says_when_a_server_has_no_tls() -> None:
    with scripted_server(says(200, b"{}")) as url:
        with pytest.raises(LabtopError, match="No secure connection to https://") as caught:
            await ask(url.replace("http:", "https:"), ClientTls(insecure=True))
        assert caught.value.hint == "Check whether the address should start with https or http."


async def test_pool_says_when_a_client_certificate_is_missing_or_not_trusted(
    files: Certificates, tmp_path: Path
) -> None:
    other = make_certificates(tmp_path)
    with scripted_server(says(200, b"{}"), trustme.CA(), client_authority=files.authority) as url:
        with pytest.raises(LabtopError, match="requires a client certificate"):
            await ask(url, ClientTls(insecure=True))
        with pytest.raises(LabtopError, match="does not trust the client certificate"):
            await ask(url, ClientTls(insecure=True, certificate=other.both))


@pytest.mark.parametrize(
    ("url", "environment", "key"),
    [
        ("http://judge/v1", {"LABTOP_JUDGE_API_KEY": "j", "LABTOP_API_KEY": "a"}, "j"),
        ("http://judge/v1", {"LABTOP_API_KEY": "a", "OPENAI_API_KEY": "o"}, "a"),
        ("http://judge/v1", {"OPENAI_API_KEY": "o"}, None),
        ("https://api.openai.com/v1", {"LABTOP_API_KEY": "a", "OPENAI_API_KEY": "o"}, "o"),
        ("https://api.openai.com.example.org/v1", {"OPENAI_API_KEY": "o"}, None),
    ],
)
def test_judge_key(url: str, environment: dict[str, str], key: str | None) -> None:
    assert judge_key([url], environment) == key
