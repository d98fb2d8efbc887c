"""The lines by which a server of ours reports that it is ready, or why it cannot serve: one JSON document each.

{"ready": {"url": "http://127.0.0.1:8000/v1", "models": ["granite"]}}
{"error": {"message": …, "hint": …, "code": …}}, as the `error` of an event
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from core.errors import LabtopError


def ready_line(url: str, models: Sequence[str]) -> str:
    """The line that follows when clients can connect, without its end."""
    return json.dumps({"ready": {"url": url, "models": list(models)}}, ensure_ascii=False)


def failure_line(error: LabtopError) -> str:
    """The line of a server that ends because of an error, without its end."""
    return json.dumps({"error": error.to_data()}, ensure_ascii=False)


def ready_url(line: str) -> str | None:
    """The base URL that a line announces."""
    ready = _document(line, "ready")
    url = None if ready is None else ready.get("url")
    return url if isinstance(url, str) else None


def ready_models(line: str) -> list[str]:
    """The names of the models that a line announces."""
    ready = _document(line, "ready")
    models = None if ready is None else ready.get("models")
    return [name for name in models if isinstance(name, str)] if isinstance(models, list) else []


def find_failure(lines: Iterable[str]) -> LabtopError | None:
    """The error in a server's last lines, if it wrote one."""
    for line in reversed(list(lines)):
        error = _document(line, "error")
        if error is not None and isinstance(error.get("message"), str):
            return LabtopError.from_data(error)
    return None


def _document(line: str, name: str) -> dict[str, Any] | None:
    if not line.startswith(f'{{"{name}"'):
        return None
    try:
        value = json.loads(line)[name]
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
