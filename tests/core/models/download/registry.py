"""Debian's docker-registry on loopback, and pushing a model to it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import shutil
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.ports import free_port
from tests.waiting import wait_until

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"

CONFIG = """\
version: 0.1
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: "127.0.0.1:{port}"}}
{auth}
"""
USERS = "tester:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n"
"""One user, with the password `secret`."""

LOGIN = base64.b64encode(b"tester:secret").decode()


@dataclass(frozen=True)
class Registry:
    host: str
    folder: Path
    authorization: str = ""
    """Sent with each request of a test."""

    def push(self, name: str, tag: str, files: Mapping[str, bytes], *, titles: bool = True) -> str:
        """Push a model; returns the digest of its manifest."""
        layers: list[dict[str, Any]] = []
        for title, data in files.items():
            annotations = {"annotations": {"org.opencontainers.image.title": title}} if titles else {}
            layers.append({"mediaType": LAYER, **self._blob(name, data), **annotations})
        return self._put_manifest(name, tag, b"{}", layers)

    def push_image(self, name: str, tag: str, layers: Sequence[bytes], *, wrong_content: bool = False) -> str:
        """Push a container image whose layers are compressed archives; returns the digest of its manifest."""
        contents = [gzip.decompress(layer) + bytes(wrong_content) for layer in layers]
        stated = [f"sha256:{hashlib.sha256(content).hexdigest()}" for content in contents]
        root = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": stated}}
        described = [{"mediaType": f"{LAYER}+gzip", **self._blob(name, layer)} for layer in layers]
        return self._put_manifest(name, tag, json.dumps(root).encode(), described)

    def _put_manifest(self, name: str, tag: str, config: bytes, layers: Sequence[Mapping[str, Any]]) -> str:
        described = {"mediaType": "application/vnd.oci.image.config.v1+json", **self._blob(name, config)}
        parts = {"schemaVersion": 2, "mediaType": MANIFEST, "config": described, "layers": list(layers)}
        manifest = json.dumps(parts).encode()
        self._request("PUT", f"http://{self.host}/v2/{name}/manifests/{tag}", manifest, MANIFEST)
        return f"sha256:{hashlib.sha256(manifest).hexdigest()}"

    def _blob(self, name: str, data: bytes) -> dict[str, Any]:
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        upload = self._request("POST", f"http://{self.host}/v2/{name}/blobs/uploads/").headers["Location"]
        self._request("PUT", f"{upload}{'&' if '?' in upload else '?'}digest={digest}", data)
        return {"digest": digest, "size": len(data)}

    def _request(
        self, method: str, url: str, data: bytes = b"", kind: str = "application/octet-stream"
    ) -> HTTPResponse:
        login = {"Authorization": self.authorization} if self.authorization else {}
        headers = {"Content-Type": kind, **login}
        request = urllib.request.Request(url, data=data or None, method=method, headers=headers)
        response: HTTPResponse = urllib.request.urlopen(request, timeout=60)
        return response

    def stored(self, data: bytes) -> Path:
        """The registry's file of a blob."""
        digest = hashlib.sha256(data).hexdigest()
        return self.folder / "docker/registry/v2/blobs/sha256" / digest[:2] / digest / "data"


class DroppingProxy(BaseHTTPRequestHandler):
    """In front of a registry: closes the connection at a byte of each blob, as long as `drop` is set."""

    protocol_version = "HTTP/1.1"
    target: str
    drop: int | None
    ranges: list[str]

    def do_GET(self) -> None:
        headers = {name: ", ".join(self.headers.get_all(name) or []) for name in ("Accept", "Range")}
        request = urllib.request.Request(f"http://{self.target}{self.path}", headers=headers)
        with suppress(urllib.error.HTTPError), urllib.request.urlopen(request, timeout=60) as response:
            data = response.read()
            is_blob = "/blobs/" in self.path
            start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").removesuffix("-"))
            if is_blob and start:
                self.ranges.append(self.headers["Range"])
            limit = len(data) if self.drop is None or not is_blob else max(0, self.drop - start)
            self.send_response(response.status)
            for name in ("Content-Type", "Content-Length", "Content-Range", "Docker-Content-Digest"):
                if name in response.headers:
                    self.send_header(name, response.headers[name])
            self.end_headers()
            self.wfile.write(data[:limit])
            self.close_connection = limit < len(data)

    def log_message(self, *_arguments: object) -> None:
        pass


@contextmanager
def dropping_proxy(registry: Registry, drop: int) -> Iterator[tuple[Registry, type[DroppingProxy]]]:
    """The registry through a proxy on another port, and the proxy, whose `drop` can be changed."""

    class Proxy(DroppingProxy):
        pass

    Proxy.target, Proxy.drop, Proxy.ranges = registry.host, drop, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Registry(f"127.0.0.1:{server.server_port}", registry.folder), Proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def docker_registry(folder: Path, *, login: bool = False) -> Iterator[Registry]:
    """A registry with storage in a folder. Skips the test where docker-registry or skopeo is not installed."""
    for program in ("docker-registry", "skopeo"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed: apt install {program}")
    folder.mkdir(parents=True)
    port = free_port()
    config = folder.with_name(f"{folder.name}.yml")
    users = folder.with_name(f"{folder.name}.htpasswd")
    users.write_text(USERS)
    auth = f"auth: {{htpasswd: {{realm: tests, path: {users}}}}}" if login else ""
    config.write_text(CONFIG.format(folder=folder, port=port, auth=auth))
    process = subprocess.Popen(
        ["docker-registry", "serve", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )

    def answers() -> bool:
        assert process.poll() is None
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        return False

    try:
        wait_until(answers, what="the registry")
        yield Registry(f"127.0.0.1:{port}", folder, f"Basic {LOGIN}" if login else "")
    finally:
        process.kill()
        process.wait()
