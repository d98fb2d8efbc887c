"""The line by which a server of ours says why it cannot serve: one JSON document, as the `error` of an event."""

from __future__ import annotations

import json
from collections.abc import Iterable

from core.errors import LabtopError


def failure_line(error: LabtopError) -> str:
    """The line, without its end."""
    return json.dumps({"error": error.to_data()}, ensure_ascii=False)


def find_failure(lines: Iterable[str]) -> LabtopError | None:
    """The error in a server's last lines, if it wrote one."""
    for line in reversed(list(lines)):
        if line.startswith('{"error"'):
            try:
                error = json.loads(line)["error"]
                return LabtopError(str(error["message"]), hint=error.get("hint"))
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
                continue
    return None
