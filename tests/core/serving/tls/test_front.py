"""The files that `labtop tls init` writes, and what it does not accept."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import LabtopError, UsageError
from core.serving.tls.certificate import read_certificates
from core.serving.tls.create import host_name
from core.serving.tls.front import create_front
from core.serving.tls.nginx import upstream_url

UPSTREAM = "http://127.0.0.1:8000"


def test_front_files(tmp_path: Path) -> None:
    front = create_front(["GPU1.example.com.", "10.0.0.7", "gpu1.example.com"], tmp_path, 8443, UPSTREAM)
    assert front.key_file.stat().st_mode & 0o777 == 0o600
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(front.certificate_file, front.key_file)
    (certificate,) = read_certificates(front.certificate_file)
    assert certificate == front.certificate
    assert certificate.names == ("gpu1.example.com", "10.0.0.7")
    assert certificate.is_self_issued and not certificate.is_authority
    days = (certificate.not_after - datetime.now(UTC)).days
    assert days in (364, 365) and certificate.validity_fault() is None
    text = front.site_file.read_text()
    assert "server_name gpu1.example.com 10.0.0.7;" in text and "[::]" not in text
    assert f"proxy_pass {UPSTREAM};" in text
    assert front.url == "https://gpu1.example.com:8443/v1"
    assert not front.is_service and not front.needs_root
    assert not create_front(["gpu2"], tmp_path, 8444, UPSTREAM).is_service
    assert f"-v {tmp_path}/conf.d:/etc/nginx/conf.d:ro,Z -v {tmp_path}/ssl:/etc/nginx/ssl:ro,Z" in front.podman_command


def test_front_overwrites_nothing_unasked(tmp_path: Path) -> None:
    (tmp_path / "nginx.conf").write_text("# mine\n")
    first = create_front(["gpu1"], tmp_path, 8443, UPSTREAM)
    key = first.key_file.read_bytes()
    with pytest.raises(LabtopError, match=r"gpu1\.key exists already") as caught:
        create_front(["gpu1"], tmp_path, 8443, UPSTREAM)
    assert caught.value.hint and "--force" in caught.value.hint
    second = create_front(["gpu1"], tmp_path, 8443, UPSTREAM, force=True)
    assert second.key_file.read_bytes() != key
    assert [each.name for each in second.backups] == [f"gpu1.{kind}.earlier-1" for kind in ("key", "crt", "conf")]
    assert second.backups[0].read_bytes() == key and second.backups[0].stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "nginx.conf").read_text() == "# mine\n"
    assert second.is_service and "systemctl reload nginx" in second.nginx_command
    assert [file.name for file in (tmp_path / "conf.d").glob("*.conf")] == ["gpu1.conf"]


def test_front_of_an_ipv6_address(tmp_path: Path) -> None:
    front = create_front(["[fd00::1]"], tmp_path, 443, "http://[::1]:8000/v1/")
    assert front.certificate.names == ("fd00::1",) and front.certificate.is_for("fd00:0::1")
    assert front.url == "https://[fd00::1]:443/v1" and front.needs_root
    assert front.key_file.name == "fd00__1.key"
    text = front.site_file.read_text()
    assert "server_name [fd00::1];" in text and "listen [::]:443 ssl;" in text


def test_port_of_the_model_server_is_taken(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot both use port 8000"):
        create_front(["gpu1"], tmp_path, 8000, UPSTREAM)
    assert not list(tmp_path.iterdir())


def test_host_name_in_another_script() -> None:
    assert host_name("Bücher.example") == "xn--bcher-kva.example"


@pytest.mark.parametrize(
    "given", ["", "gpu1:8443", "https://gpu1", "300.1.1.1", "-gpu", "a..b", "a b", "x" * 64, "gpu1;", "*.example.com"]
)
def test_host_name_rejects_other_text(given: str) -> None:
    with pytest.raises(LabtopError, match="is not the name of a host"):
        host_name(given)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        (" http://localhost:8000/v1/ ", "http://localhost:8000"),
        ("http://gpu_2.lan", "http://gpu_2.lan"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_upstream_url(given: str, meant: str) -> None:
    assert upstream_url(given) == meant


@pytest.mark.parametrize(
    "given",
    [
        "",
        "https://h",
        "http://h/other",
        "http://h:port",
        "http://h:99999",
        "http://me:secret@h",
        "http://h?x=1",
        "http://h;} evil {",
        "http://$host",
        "http://h\nb",
        "http://[::1",
    ],
)
def test_upstream_url_rejects_what_nginx_would_not_take(given: str) -> None:
    with pytest.raises(LabtopError, match="not the URL of a model server"):
        upstream_url(given)


def test_certificate_is_for_its_names_only(tmp_path: Path) -> None:
    certificate = create_front(["gpu1.example.com", "10.0.0.7"], tmp_path, 8443, UPSTREAM).certificate
    assert certificate.is_for("GPU1.example.com") and certificate.is_for("10.0.0.7")
    assert not certificate.is_for("gpu2.example.com") and not certificate.is_for("10.0.0.8")
    year = timedelta(days=366)
    assert "expired" in (certificate.validity_fault(datetime.now(UTC) + year) or "")
    assert "not valid before" in (certificate.validity_fault(datetime.now(UTC) - year) or "")
