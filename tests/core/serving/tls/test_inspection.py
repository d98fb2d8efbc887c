"""What is found out about a server's certificate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from core.errors import LabtopError
from core.serving.tls.client import ClientTls
from core.serving.tls.inspection import Inspection, inspect, split_address
from tests.core.serving.scripted_server import says, scripted_server


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("gpu1:8443", ("gpu1", 8443)),
        ("gpu1", ("gpu1", 443)),
        (" https://gpu1:8443/v1 ", ("gpu1", 8443)),
        ("[::1]:8443", ("::1", 8443)),
        ("bücher.example:8443", ("xn--bcher-kva.example", 8443)),
    ],
)
def test_split_address(given: str, meant: tuple[str, int]) -> None:
    assert split_address(given) == meant


@pytest.mark.parametrize("given", ["", ":8443", "gpu1:port", "gpu1:99999", "http://gpu1", "a b:1", "me@gpu1:1", "[::1"])
def test_split_address_rejects_other_text(given: str) -> None:
    with pytest.raises(LabtopError, match="is not an address"):
        split_address(given)


def seen(url: str, tls: ClientTls) -> Inspection:
    return inspect(*split_address(url), tls)


@pytest.mark.parametrize(
    ("name", "first", "last", "codes", "hint"),
    [
        ("127.0.0.1", -1, 1, ["untrusted"], "labtop tls trust 127.0.0.1:"),
        ("127.0.0.1", -2, -1, ["expired", "untrusted"], "labtop tls init --force"),
        ("127.0.0.1", 1, 2, ["not-yet-valid", "untrusted"], "clock of this machine"),
        ("other.example", -1, 1, ["wrong-name", "untrusted"], "Connect to a name"),
    ],
)
def test_every_fault_is_found(name: str, first: int, last: int, codes: list[str], hint: str, tmp_path: Path) -> None:
    """Valid from the day `first` to the day `last`, counted from now."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    now, day = datetime.now(UTC), timedelta(days=1)
    certificate = authority.issue_cert(name, not_before=now + first * day, not_after=now + last * day)
    with scripted_server(says(200, b""), certificate=certificate) as url:
        found = seen(url, ClientTls())
        known = seen(url, ClientTls(authority=tmp_path / "authority.pem"))
    assert [fault.code for fault in found.faults] == codes
    assert [fault.code for fault in known.faults] == codes[:-1]
    assert found.can_be_trusted == (codes == ["untrusted"]) and not known.can_be_trusted
    assert known.accepted == (codes == ["untrusted"])
    error = found.error()
    assert error.hint and hint in error.hint


def test_server_without_tls_and_no_server() -> None:
    with scripted_server(says(200, b"")) as url, pytest.raises(LabtopError, match="it does not use TLS"):
        seen(url.removeprefix("http://").removesuffix("/v1"), ClientTls())
    with pytest.raises(LabtopError, match=r"No server answers at 127\.0\.0\.1:9 \(Connection refused\)"):
        seen("127.0.0.1:9", ClientTls())
