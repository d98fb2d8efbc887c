"""A server answers clients with its key, and no web page of another site."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from core.errors import LabtopError
from core.serving.argv import embedded_plan
from core.serving.client import access_denied, list_models
from core.serving.embedded.access import access_rules
from core.serving.keys import ALLOWED_HOSTS_VARIABLE, SERVER_KEY_VARIABLE, Access, server_access, with_access
from core.serving.lifecycle import Server, start
from core.serving.names import BUILTIN_TEACHER
from core.serving.plan import ReadyLine, ServerPlan

KEY = "a-key-that-is-not-in-any-file"
ALLOWED = "models.example"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    plan = with_access(embedded_plan(BUILTIN_TEACHER), Access(KEY, (ALLOWED,)))
    log_file = tmp_path_factory.mktemp("access") / "log"
    with start(plan, log_file=log_file, ready_seconds=60) as server:
        yield server
        assert KEY not in " ".join(psutil.Process(server.pid).cmdline())
    assert KEY not in log_file.read_text()


def get(server: Server, path: str, **headers: str) -> tuple[int, str | None]:
    """Status, and the error's code."""
    with closing(http.client.HTTPConnection(urlsplit(server.base_url).netloc, timeout=60)) as connection:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        error = json.loads(response.read()).get("error", {})
        return response.status, error.get("code")


@pytest.mark.slow
@pytest.mark.parametrize("authorization", ["", f"Basic {KEY}", "Bearer ", "Bearer wrong", f"Bearer {KEY}x", KEY])
def test_request_without_the_key(server: Server, authorization: str) -> None:
    for path in ("/v1/models", "/props", "/v1//models"):
        assert get(server, path, Authorization=authorization) == (401, "invalid_api_key")


@pytest.mark.slow
def test_request_with_the_key(server: Server) -> None:
    assert get(server, "/v1/models", Authorization=f"bearer {KEY}") == (200, None)
    assert get(server, "/health") == (200, None)
    assert list_models(server.base_url, KEY) == [BUILTIN_TEACHER]
    with pytest.raises(LabtopError, match="requires an API key"):
        list_models(server.base_url)


@pytest.mark.slow
@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "127.0.0.1@evil", ""])
def test_foreign_host(server: Server, host: str) -> None:
    """Also for paths that are open: after DNS rebinding, a page could read them."""
    for path in ("/v1/models", "/health"):
        assert get(server, path, Host=host, Authorization=f"Bearer {KEY}") == (403, "foreign_host")


@pytest.mark.slow
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example:80"])
def test_foreign_origin(server: Server, origin: str) -> None:
    assert get(server, "/v1/models", Origin=origin, Authorization=f"Bearer {KEY}") == (403, "foreign_origin")


@pytest.mark.slow
@pytest.mark.parametrize("host", ["127.0.0.1:1", "LOCALHOST", "[::1]:8000", ALLOWED, f"{ALLOWED}.:8443"])
def test_own_and_allowed_names(server: Server, host: str) -> None:
    headers = {"Host": host, "Origin": f"https://{host}", "Authorization": f"Bearer {KEY}"}
    assert get(server, "/v1/models", **headers) == (200, None)


def test_server_for_other_machines_needs_a_key() -> None:
    with pytest.raises(LabtopError, match=r"listens on 0\.0\.0\.0 needs an API key"):
        access_rules("0.0.0.0", {})
    environment = {SERVER_KEY_VARIABLE: KEY}
    rules = access_rules("0.0.0.0", environment)
    assert (rules.api_key, rules.hosts, environment) == (KEY, None, {})
    assert KEY not in repr(rules)
    named = access_rules("::", {SERVER_KEY_VARIABLE: KEY, ALLOWED_HOSTS_VARIABLE: "A.example"})
    assert named.hosts is not None and {"a.example", "::1"} <= named.hosts


def test_key_of_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the file, else from the environment, else a new one if other machines can connect."""
    monkeypatch.setenv("LABTOP_HOME", str(tmp_path / "home"))
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    file.chmod(0o600)
    assert server_access("127.0.0.1", None, (), {}) == Access()
    assert server_access("localhost", None, (), {"LABTOP_API_KEY": "short"}).api_key == "short"
    assert server_access("::1", file, (), {"LABTOP_API_KEY": "other"}).api_key == KEY
    made = server_access("0.0.0.0", None, ("a.example",), {})
    kept = tmp_path / "home" / "config" / "server-api-key"
    assert made.api_key is not None and len(made.api_key) > 40
    assert kept.read_text().strip() == made.api_key and kept.stat().st_mode & 0o777 == 0o600
    assert str(kept) in made.notes[0] and made.api_key not in "".join(made.notes) + repr(made)
    assert server_access("0.0.0.0", None, (), {}).api_key == made.api_key
    assert made.api_key not in repr(with_access(embedded_plan("/m"), made))


def test_key_reaches_each_back_end() -> None:
    plan = ServerPlan("m", ("x",), ReadyLine(), env={"A": "b"}, backend="vllm")
    assert with_access(plan, Access(KEY)).env == {"A": "b", "VLLM_API_KEY": KEY}
    assert with_access(embedded_plan("/m"), Access(KEY, ("a", "b"))).env == {
        SERVER_KEY_VARIABLE: KEY,
        ALLOWED_HOSTS_VARIABLE: "a b",
    }
    assert with_access(plan, Access()) == plan


def test_denied_access_names_the_own_key(own_home: Path) -> None:
    def hint(url: str) -> str | None:
        return access_denied(url, had_key=False).hint

    assert hint("http://127.0.0.1:8000/v1") == "Set the environment variable LABTOP_API_KEY to the endpoint's key."
    server_access("0.0.0.0", None, (), {})
    assert f"export LABTOP_API_KEY=$(cat {own_home}/labtop/config/server-api-key)" in (
        hint("http://127.0.0.1:8000/v1") or ""
    )
    assert "server-api-key" not in (hint("https://models.example/v1") or "")


def test_key_that_others_can_read_is_noted(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(KEY)
    file.chmod(0o644)
    assert any("chmod 600" in note for note in server_access("::1", file, (), {}).notes)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"two words", "is empty or"),
        (b"a\nb", "is empty or"),
        (b"x" * 5000, "too long"),
        (b"\xff", "is empty or"),
    ],
)
def test_unusable_key_file(content: bytes, message: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    with pytest.raises(LabtopError, match=message):
        server_access("127.0.0.1", file, (), {})
    with pytest.raises(LabtopError, match="cannot be read"):
        server_access("127.0.0.1", tmp_path, (), {})


def test_short_key_and_unusable_names() -> None:
    with pytest.raises(LabtopError, match="has 5 characters, too few"):
        server_access("0.0.0.0", None, (), {"LABTOP_API_KEY": "short"})
    for name in ("", "a b", "http://a", "*", "a\n"):
        with pytest.raises(LabtopError, match="is not a host name"):
            server_access("127.0.0.1", None, (name,), {})
