"""Debian's docker-registry on loopback, and pushing a model to it."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest

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


@dataclass(frozen=True)
class Registry:
    host: str
    folder: Path

    def push(self, name: str, tag: str, files: Mapping[str, bytes], *, titles: bool = True) -> str:
        """Push a model; returns the digest of its manifest."""
        layers: list[dict[str, Any]] = []
        for title, data in files.items():
            annotations = {"annotations": {"org.opencontainers.image.title": title}} if titles else {}
            layers.append({"mediaType": LAYER, **self._blob(name, data), **annotations})
        config = {"mediaType": "application/vnd.oci.image.config.v1+json", **self._blob(name, b"{}")}
        manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers}).encode()
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
        request = urllib.request.Request(url, data=data or None, method=method, headers={"Content-Type": kind})
        response: HTTPResponse = urllib.request.urlopen(request, timeout=20)
        return response

    def stored(self, data: bytes) -> Path:
        """The registry's file of a blob."""
        digest = hashlib.sha256(data).hexdigest()
        return self.folder / "docker/registry/v2/blobs/sha256" / digest[:2] / digest / "data"


@contextmanager
def docker_registry(folder: Path, *, login: bool = False) -> Iterator[Registry]:
    """A registry with storage in a folder. Skips the test where docker-registry or skopeo is not installed."""
    for program in ("docker-registry", "skopeo"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed: apt install {program}")
    folder.mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
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
        wait_until(answers, 30, "the registry")
        yield Registry(f"127.0.0.1:{port}", folder)
    finally:
        process.kill()
        process.wait()
