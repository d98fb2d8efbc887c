"""Tokens, redirects and logins of a registry, with a server on loopback that asks for them."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from core.models.oci.client import LoginError, RegistryClient, is_loopback
from core.models.oci.logins import find_login, parse_challenge

MANIFEST = b'{"schemaVersion": 2}'
BLOB = b"0123456789"


class TokenRegistry(BaseHTTPRequestHandler):
    """Gives a token for a login, manifests for the token, and blobs from another host."""

    protocol_version = "HTTP/1.1"
    store: str
    token = json.dumps({"token": "t1"}).encode()
    seen: list[tuple[str, str]]

    def do_GET(self) -> None:
        login = self.headers.get("Authorization", "")
        self.seen.append((self.path.partition("?")[0], login))
        if self.path.startswith("/token"):
            known = login == f"Basic {base64.b64encode(b'lena:secret').decode()}"
            self.answer(200 if known else 401, self.token)
        elif self.path.startswith("/v2/") and login != "Bearer t1":
            realm = f"http://{self.headers['Host']}/token"
            challenge = f'Bearer realm="{realm}",service="tests",scope="repository:lab/m:pull"'
            self.answer(401, b"{}", {"WWW-Authenticate": challenge})
        elif "/blobs/" in self.path:
            self.answer(307, b"", {"Location": f"http://{self.store}/object"})
        else:
            start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").removesuffix("-"))
            self.answer(206 if start else 200, MANIFEST if "/manifests/" in self.path else BLOB[start:])

    def answer(self, status: int, data: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The registry's host, and what it and the store of its blobs were asked, with the login that was sent."""

    class Handler(TokenRegistry):
        seen: list[tuple[str, str]] = []  # noqa: RUF012

    server, store = (ThreadingHTTPServer(("127.0.0.1", 0), Handler) for _ in range(2))
    Handler.store = f"127.0.0.1:{store.server_port}"
    host = f"127.0.0.1:{server.server_port}"
    entry = {"auth": base64.b64encode(b"lena:secret").decode()}
    (tmp_path / "auth.json").write_text(json.dumps({"auths": {f"{host}/lab": entry}}))
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path / "auth.json"))
    threads = [threading.Thread(target=each.serve_forever) for each in (server, store)]
    for thread in threads:
        thread.start()
    try:
        yield host, Handler.seen
    finally:
        for each, thread in zip((server, store), threads, strict=True):
            each.shutdown()
            thread.join()
            each.server_close()


def test_token_is_requested_with_the_login_and_not_sent_to_another_host(
    registry: tuple[str, list[tuple[str, str]]],
) -> None:
    host, seen = registry
    with RegistryClient(f"{host}/lab/m") as client:
        assert client.manifest("latest")[0] == MANIFEST
        with client.blob("sha256:00", 4) as response:
            assert response.read() == BLOB[4:]
    assert ("/v2/lab/m/blobs/sha256:00", "Bearer t1") in seen
    assert [login for path, login in seen if path == "/object"] == [""]


def test_missing_login_is_an_error(registry: tuple[str, list[tuple[str, str]]], tmp_path: Path) -> None:
    (tmp_path / "auth.json").write_text("{}")
    with RegistryClient(f"{registry[0]}/lab/m") as client, pytest.raises(LoginError) as raised:
        client.manifest("latest")
    assert not raised.value.known


def test_most_specific_login_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"quay.io": b"a:1", "quay.io/lab": b"b:2", "quay.io/lab/other": b"c:3"}
    entries = {name: {"auth": base64.b64encode(text).decode()} for name, text in names.items()}
    (tmp_path / "auth.json").write_text(json.dumps({"auths": entries}))
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path / "auth.json"))
    assert find_login("quay.io", "lab/m") == ("b", "2")
    assert find_login("quay.io", "lab/other/m") == ("c", "3")
    assert find_login("quay.io", "else/m") == ("a", "1")
    assert find_login("other.io", "lab/m") is None


def test_credential_helper_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper = tmp_path / "docker-credential-tests"
    helper.write_text('#!/bin/sh\nread host\necho "{\\"Username\\": \\"$host\\", \\"Secret\\": \\"s\\"}"\n')
    helper.chmod(0o700)
    (tmp_path / "auth.json").write_text('{"credHelpers": {"quay.io": "tests"}}')
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path / "auth.json"))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert find_login("quay.io", "lab/m") == ("quay.io", "s")


def test_challenges_and_hosts() -> None:
    assert parse_challenge('Bearer realm="https://a/t",service=b, scope="x:y,z"') == (
        "bearer",
        {"realm": "https://a/t", "service": "b", "scope": "x:y,z"},
    )
    assert parse_challenge("Basic") == ("basic", {})
    here = ("localhost:5000", "127.0.0.1", "[::1]:5000")
    assert all(is_loopback(host) for host in here)
    assert not any(is_loopback(host) for host in ("quay.io", "10.0.0.1:5000"))


@pytest.mark.parametrize("answer", [b"<html>", b"[" * 100_000, b'{"token": 3}', b'{"token": "a\\nb"}'])
def test_token_that_is_none_is_a_refused_login(
    registry: tuple[str, list[tuple[str, str]]], monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    monkeypatch.setattr(TokenRegistry, "token", answer)
    with RegistryClient(f"{registry[0]}/lab/m") as client, pytest.raises(LoginError):
        client.manifest("latest")
