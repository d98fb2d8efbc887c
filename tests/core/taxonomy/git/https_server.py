"""A program: a web server with TLS that speaks git's own protocol through `git http-backend`, and can misbehave.

Arguments: the repositories' folder, a certificate with its key, a file whose words say how to behave from now on, and
a file to log to, one word and path a line. Its port is the first line that it prints. How it may behave:

    serve              as a good server does
    locked             asks for a password; LOGIN is right
    redirect ADDRESS   sends everyone elsewhere
    refuse TEXT        says in git's protocol that it will not
    silent             takes the request and never answers
    cut, stall         sends half of a pack, then hangs up, or sends nothing more
"""

from __future__ import annotations

import base64
import os
import ssl
import subprocess
import sys
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

ROOT, CERTIFICATE, BEHAVIOUR, LOG = map(Path, sys.argv[1:])

LOGIN = "me:right"

ADVERTISEMENT = "application/x-git-upload-pack-advertisement"


class Handler(BaseHTTPRequestHandler):
    expected = base64.b64encode(LOGIN.encode()).decode()

    def do_GET(self) -> None:
        behaviour, _, argument = BEHAVIOUR.read_text().partition(" ")
        self.log("request")
        if behaviour == "locked" and self.headers.get("Authorization") != f"Basic {self.expected}":
            self.answer(401, {"WWW-Authenticate": 'Basic realm="birds"'})
        elif behaviour == "redirect":
            self.answer(302, {"Location": argument})
        elif behaviour == "refuse":
            line = f"ERR {argument}\n"
            self.answer(200, {"Content-Type": ADVERTISEMENT}, f"{len(line) + 4:04x}{line}".encode())
        elif behaviour == "silent":
            self.wait_for_the_end()
        else:
            self.backend(behaviour)

    def do_POST(self) -> None:
        self.do_GET()

    def backend(self, behaviour: str) -> None:
        url = urlsplit(self.path)
        environment = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(ROOT),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REQUEST_METHOD": self.command,
            "PATH_INFO": url.path,
            "QUERY_STRING": url.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": self.headers.get("Content-Length", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
        request = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        done = subprocess.run(["git", "http-backend"], input=request, env=environment, stdout=subprocess.PIPE)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        headers = dict(BytesParser().parsebytes(head).items())
        status = int(headers.pop("Status", "200").split()[0])
        if b"PACK" not in body or behaviour not in ("cut", "stall"):
            self.answer(status, headers, body)
            return
        self.answer(status, {**headers, "Content-Length": str(len(body))}, body[: len(body) // 2])
        if behaviour == "stall":
            self.log("stalled")
            self.wait_for_the_end()

    def answer(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def wait_for_the_end(self) -> None:
        """Until the client hangs up."""
        self.connection.recv(1)

    def log(self, what: str) -> None:
        with LOG.open("a") as file:
            file.write(f"{what} {self.path}\n")


def main() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
