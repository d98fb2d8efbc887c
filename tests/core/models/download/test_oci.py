from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from core.errors import LabtopError
from core.models.download import oci
from core.models.download.oci import digest_for
from core.models.download.oci_errors import explained
from core.models.download.source import Source
from tests.core.models.download.registry import MANIFEST


@contextmanager
def answering(manifest: dict[str, Any] | None) -> Iterator[Source]:
    """A release of a registry that has a manifest, or never answers requests for it."""
    if shutil.which("skopeo") is None:
        pytest.skip("skopeo is not installed: apt install skopeo")
    end = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if "/manifests/" in self.path and manifest is None:
                end.wait(60)
            self.send_response(200)
            self.send_header("Content-Type", MANIFEST)
            self.end_headers()
            self.wfile.write(json.dumps(manifest).encode())

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Source("oci", f"127.0.0.1:{server.server_port}/lab/m", "latest", "m")
    finally:
        end.set()
        server.shutdown()
        thread.join()
        server.server_close()


def test_silent_registry_ends_the_look_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oci, "SILENT_SECONDS", 0.2)
    monkeypatch.setattr(oci, "POLL_SECONDS", 0.1)
    with answering(None) as source, pytest.raises(LabtopError, match="has sent nothing") as raised:
        oci.look_up(source)
    assert raised.value.code == "network"


@pytest.mark.parametrize("notes", ["text", 3, [oci.TITLE]])
def test_annotations_that_are_no_mapping_are_not_read(notes: object) -> None:
    layer = {"digest": f"sha256:{'1' * 64}", "size": 1, "mediaType": "text/plain"}
    layers = [{**layer, "annotations": notes}, {**layer, "annotations": {oci.TITLE: "config.json"}}]
    with answering({"schemaVersion": 2, "mediaType": MANIFEST, "layers": layers}) as source:
        assert [file.path for file in oci.look_up(source).files] == ["config.json"]


def entry(digest: str, architecture: str | None) -> dict[str, object]:
    return {"digest": digest} | ({} if architecture is None else {"platform": {"architecture": architecture}})


@pytest.mark.parametrize(
    ("entries", "digest"),
    [
        ([entry("a", "arm64"), entry("b", "amd64")], "b"),
        ([entry("a", "unknown"), entry("b", "s390x")], "b"),
        ([entry("a", None), entry("b", "unknown")], "a"),
        (["damaged"], "None"),
    ],
)
def test_index_gives_the_manifest_of_the_machine(entries: list[object], digest: str) -> None:
    assert digest_for(entries, "x86_64") == digest


def test_registry_that_is_not_reached_has_downloaded_nothing() -> None:
    output = 'level=fatal msg="pinging container registry r.example: dial tcp: lookup r.example: no such host"'
    source = Source("oci", "r.example/lab/tiny", "1.1", "tiny")
    asked, broken = explained(source, output, looking_up=True), explained(source, output)
    assert "could not be looked up: pinging container registry" in asked.message
    assert "is kept" not in (asked.hint or "") and "is kept" in (broken.hint or "")
