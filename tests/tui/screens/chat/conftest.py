"""For the tests of the Chat pane: settings whose endpoint is not that of a server that happens to run here."""

from __future__ import annotations

import pytest

from core import paths


@pytest.fixture(autouse=True)
def settings_without_a_server() -> None:
    file = paths.current().config_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("chat:\n  endpoint_url: http://127.0.0.1:9/v1\n")
