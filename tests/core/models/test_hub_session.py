"""The hub's answers have a time-out and a maximum size."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from core.errors import LabtopError
from core.models import hub_session


class Endless(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"[" * 10_000)
        except OSError:  # the client has enough
            pass

    def log_message(self, *_arguments: object) -> None:
        pass


def test_endless_answer_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_session, "MAX_ANSWER", 1_000_000)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    session = hub_session.prepare_session()
    assert session.timeout.read == hub_session.STORE_SECONDS
    with HTTPServer(("127.0.0.1", 0), Endless) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        with pytest.raises(LabtopError, match="answer is longer"):
            session.get(f"http://127.0.0.1:{server.server_port}/api/models/o/m")
        thread.join()
