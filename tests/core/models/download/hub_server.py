"""A hub with the parts of Hugging Face's API that downloads and uploads use.

Run it as `python -m tests.core.models.download.hub_server ROOT`; the port is printed first. A model is a folder
`ROOT/owner/name`. Uploads store LFS objects in `ROOT/.objects`, and a commit writes the model's folder. What goes wrong
is in `ROOT/faults.json`, read for each request: `{"drop": 1000}` closes the connection at that byte of each file,
`{"flip": "config.json"}` changes a byte of a file, `{"token": "secret"}` makes models gated, `{"slow": 0.1}` waits that
long for each 100 kB, `{"refuse": true}` answers 403 to uploads, `{"spoil": true}` stores other bytes than were sent.
Requests are appended to `ROOT/requests.log`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import time
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

PIECE = 100_000
LARGE = ".safetensors"
"""Files with this suffix are stored as LFS: with SHA-256 and without a git object of their own."""


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def git_sha1(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def digest(path: Path) -> str:
    """The digest in the file's ETag."""
    state = path.stat()
    return _digest(path, state.st_mtime_ns, state.st_size)


@cache
def _digest(path: Path, _modified: int, _size: int) -> str:
    data = path.read_bytes()
    return sha256(data) if path.suffix == LARGE else git_sha1(data)


def commit(model: Path) -> str:
    files = sorted(path for path in model.rglob("*") if path.is_file())
    return hashlib.sha1("".join(path.name + digest(path) for path in files).encode()).hexdigest()


def _upload_mode(path: str) -> dict[str, Any]:
    return {"path": path, "uploadMode": "lfs" if path.endswith(LARGE) else "regular", "shouldIgnore": False}


def _apply(model: Path, objects: Path, line: dict[str, Any]) -> None:
    """Apply one line of a commit."""
    value = line["value"]
    if line["key"] == "file":
        (model / value["path"]).parent.mkdir(parents=True, exist_ok=True)
        (model / value["path"]).write_bytes(base64.b64decode(value["content"]))
    elif line["key"] == "lfsFile":
        (model / value["path"]).write_bytes((objects / value["oid"]).read_bytes())
    elif line["key"] == "deletedFile":
        (model / value["path"]).unlink()


class Hub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    root: Path

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_POST(self) -> None:
        self._upload()

    def do_PUT(self) -> None:
        self._upload()

    def _upload(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or self._chunks()
        faults = json.loads((self.root / "faults.json").read_text())
        with (self.root / "requests.log").open("a") as log:
            log.write(f"{self.command} {self.path}\n")
        path = unquote(urlsplit(self.path).path)
        objects = self.root / ".objects"
        objects.mkdir(exist_ok=True)
        answer: dict[str, Any] = {}
        if faults.get("refuse"):
            self._refuse(403, "Forbidden", "You may not write here")
            return
        if path == "/api/repos/create":
            asked = json.loads(data)
            name = "/".join(part for part in (asked.get("organization"), asked["name"]) if part)
            (self.root / name).mkdir(parents=True, exist_ok=True)
            answer = {"url": f"http://{self.headers['Host']}/{name}", "name": name}
        elif "/preupload/" in path:
            answer = {"files": [_upload_mode(file["path"]) for file in json.loads(data)["files"]]}
        elif path.endswith("/info/lfs/objects/batch"):
            answer = {"transfer": "basic", "objects": [self._object(each) for each in json.loads(data)["objects"]]}
        elif path.startswith("/objects/"):
            (objects / path.rpartition("/")[2]).write_bytes(b"other" if faults.get("spoil") else data)
        elif "/commit/" in path:
            model = self.root / "/".join(path.split("/")[3:5])
            for line in data.splitlines():
                _apply(model, objects, json.loads(line))
            name = str(model.relative_to(self.root))
            url = f"http://{self.headers['Host']}/{name}/commit/{commit(model)}"
            answer = {"commitUrl": url, "commitOid": commit(model)}
        self._send(json.dumps(answer).encode(), {"Content-Type": "application/json"}, body=True)

    def _chunks(self) -> bytes:
        """The body of a request in chunks."""
        data = b""
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                data += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        return data

    def _object(self, asked: dict[str, Any]) -> dict[str, Any]:
        found = {"oid": asked["oid"], "size": asked["size"]}
        if not (self.root / ".objects" / asked["oid"]).exists():
            found["actions"] = {"upload": {"href": f"http://{self.headers['Host']}/objects/{asked['oid']}"}}
        return found

    def _answer(self, *, body: bool) -> None:
        with (self.root / "requests.log").open("a") as log:
            log.write(f"{self.command} {self.path} {self.headers.get('Range', '')}\n")
        faults = json.loads((self.root / "faults.json").read_text())
        parts = unquote(urlsplit(self.path).path).strip("/").split("/")
        if parts[:2] == ["api", "models"]:
            model, rest = self.root / parts[2] / parts[3], parts[4:]
            revision = rest[1] if rest[:1] == ["revision"] else "main"
        elif parts[2:3] == ["resolve"]:
            model, revision = self.root / parts[0] / parts[1], parts[3]
        else:
            self._refuse(404, "EntryNotFound", "Not found")
            return
        if not model.is_dir():
            self._refuse(401, "RepoNotFound", "Repository not found")
        elif faults.get("token") and self.headers.get("Authorization") != f"Bearer {faults['token']}":
            self._refuse(403, "GatedRepo", "Access to this model is restricted")
        elif revision not in ("main", commit(model)):
            self._refuse(404, "RevisionNotFound", "Invalid rev id")
        elif parts[0] == "api":
            self._send(json.dumps(self._info(model, "/".join(parts[2:4]))).encode(), {}, body=body)
        else:
            self._file(model, "/".join(parts[4:]), faults, body=body)

    def _info(self, model: Path, name: str) -> dict[str, Any]:
        siblings = []
        for path in sorted(path for path in model.rglob("*") if path.is_file()):
            size = path.stat().st_size
            entry: dict[str, Any] = {"rfilename": str(path.relative_to(model)), "size": size, "blobId": digest(path)}
            if path.suffix == LARGE:
                entry["lfs"] = {"sha256": digest(path), "size": size, "pointerSize": 134}
            siblings.append(entry)
        return {"id": name, "modelId": name, "sha": commit(model), "siblings": siblings, "private": False, "tags": []}

    def _file(self, model: Path, name: str, faults: dict[str, Any], *, body: bool) -> None:
        data = (model / name).read_bytes()
        etag = digest(model / name)
        if faults.get("flip") == name:
            data = bytes([data[0] ^ 1]) + data[1:]
        self._send(data, {"ETag": f'"{etag}"', "X-Repo-Commit": commit(model)}, body=body, faults=faults)

    def _send(self, data: bytes, headers: dict[str, str], *, body: bool, faults: dict[str, Any] | None = None) -> None:
        start = 0
        if (wanted := self.headers.get("Range")) and body:
            start = int(wanted.removeprefix("bytes=").split("-")[0])
            headers = {**headers, "Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"}
        self.send_response(206 if start else 200)
        for name, value in {**headers, "Content-Length": str(len(data) - start), "Accept-Ranges": "bytes"}.items():
            self.send_header(name, value)
        self.end_headers()
        if not body:
            return
        faults = faults or {}
        limit = min(len(data), faults.get("drop", len(data)))
        for position in range(start, limit, PIECE):
            self.wfile.write(data[position : min(limit, position + PIECE)])
            time.sleep(faults.get("slow", 0))
        self.close_connection = limit < len(data)

    def _refuse(self, status: int, code: str, message: str) -> None:
        self.send_response(status)
        for name, value in {"X-Error-Code": code, "X-Error-Message": message, "Content-Length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


if __name__ == "__main__":
    Hub.root = Path(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    print(server.server_port, flush=True)
    server.serve_forever()
