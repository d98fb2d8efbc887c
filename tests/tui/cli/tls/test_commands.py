"""`labtop tls` as a user runs it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from click.testing import CliRunner, Result

from core import paths
from core.errors import LabtopError
from core.serving.tls.certificate import read_certificates
from core.serving.tls.client import PLAIN_TLS
from core.serving.tls.inspection import inspect, split_address
from tests.core.serving.scripted_server import says, scripted_server
from tests.pty_program import LABTOP, Program
from tui.cli.main import cli


def labtop(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["tls", *map(str, arguments)])


def message(result: Result) -> str:
    assert isinstance(result.exception, LabtopError), result.output
    return f"{result.exception.message} {result.exception.hint}"


@pytest.fixture
def address() -> Iterator[str]:
    with scripted_server(says(200, b""), trustme.CA()) as url:
        yield url.removeprefix("https://").removesuffix("/v1")


def test_init_prints_next_steps_and_json(tmp_path: Path) -> None:
    done = labtop("init", "--name", "gpu1", "--name", "10.0.0.7", "--dir", tmp_path / "one")
    (certificate,) = read_certificates(tmp_path / "one" / "ssl" / "gpu1.crt")
    assert done.exit_code == 0, done.output
    assert f"labtop tls trust gpu1:8443 --fingerprint {certificate.fingerprint}" in done.stdout
    assert "podman run" in done.stdout and "--endpoint-url https://gpu1:8443/v1" in done.stdout
    assert "with the same key in LABTOP_API_KEY" in done.stdout
    assert labtop("init").exit_code == 2
    data = json.loads(labtop("init", "--name", "gpu1", "--dir", tmp_path / "two", "--port", 443, "--json").stdout)
    assert data["names"] == ["gpu1"] and data["url"] == "https://gpu1:443/v1" and data["backups"] == []
    assert Path(data["key_file"]).is_file() and Path(data["nginx_file"]).is_file()


def test_check_trust_list_and_remove(address: str) -> None:
    before = labtop("check", address, "--json")
    data = json.loads(before.stdout)
    assert (data["accepted"], [fault["code"] for fault in data["faults"]]) == (False, ["untrusted"])
    assert f"labtop tls trust {address}" in message(before)
    fingerprint = data["fingerprint"]
    assert "without a confirmation" in message(labtop("trust", address))
    assert "There is no file server.crt." in message(labtop("trust", "server.crt"))
    assert "has another fingerprint" in message(labtop("trust", address, "--fingerprint", "00" * 32))
    assert json.loads(labtop("list", "--json").stdout) == []
    assert labtop("trust", address, "--fingerprint", fingerprint.lower().replace(":", "")).exit_code == 0
    assert labtop("check", address).exit_code == 0
    (entry,) = json.loads(labtop("list", "--json").stdout)
    assert entry["fingerprint"] == fingerprint and Path(entry["file"]).parent == paths.current().trusted_dir
    assert f"{fingerprint[:23]}…" in labtop("list").stdout
    assert "accepted already" in labtop("trust", address).stdout
    assert labtop("remove", fingerprint[:12]).exit_code == 0
    assert isinstance(labtop("check", address).exception, LabtopError)


def test_trust_a_file(tmp_path: Path) -> None:
    labtop("init", "--name", "gpu1", "--dir", tmp_path)
    file = tmp_path / "ssl" / "gpu1.crt"
    assert "has another fingerprint" in message(labtop("trust", file, "--fingerprint", "0"))
    assert labtop("trust", file).exit_code == 0
    (entry,) = json.loads(labtop("list", "--json").stdout)
    assert entry["names"] == ["gpu1"]
    assert "contains no certificate" in message(labtop("trust", tmp_path / "ssl" / "gpu1.key"))


@pytest.mark.slow
def test_check_asks_on_a_terminal(address: str) -> None:
    for command, answer, trusted in (("check", "\n", False), ("trust", "y\n", True)):
        with Program([LABTOP, "tls", command, address], size=(120, 30)) as program:
            program.shows("Fingerprint:  SHA-256", "Trust this certificate? [y/N]:")
            program.send(answer)
            program.shows("labtop now trusts this certificate" if trusted else "is not accepted")
        assert inspect(*split_address(address), PLAIN_TLS).accepted == trusted
