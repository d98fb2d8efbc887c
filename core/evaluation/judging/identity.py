"""What a judge's cache is known by, so that a judge that was replaced under its name rates again.

A model on this machine is known by its weights. At an endpoint nobody sees them: there it is known by its address and
by what the list of models says about where it is from.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from core.evaluation.judging.arguments import Target
from core.evaluation.results import digest_of
from core.serving.client import served_models
from core.serving.names import BUILTIN_TEACHER
from core.serving.tls.client import ClientTls

FIELDS = ("id", "root", "parent", "owned_by", "created", "meta")
"""Of an entry in the list of models: those that name a model in the API of OpenAI, vLLM (`root`, `parent`) or llama.cpp
(`meta`). The context length, for example, is a setting of the server."""

DAY = 86_400

CLOCK_SECONDS = 1.1
"""After this time, a `created` that is the time of the request has changed."""


def local_identity(model: str, output_dir: Path) -> str:
    """The digest of a model's files; for the rules, the version that has them."""
    if model == BUILTIN_TEACHER:
        return f"{model} {version('labtop')}"
    return digest_of(Path(model), output_dir).hex()


def endpoint_identity(judge: Target, key: str | None, tls: ClientTls) -> str:
    """The judge's address, and the fields of its entry in the list of models. Raises LabtopError without an answer."""
    entries = _entries(judge, key, tls)
    if any(_is_recent(entry) for entry in entries):  # vLLM and llama.cpp give the time of the request
        time.sleep(CLOCK_SECONDS)
        for entry, again in zip(entries, _entries(judge, key, tls), strict=True):
            if entry.get("created") != again.get("created"):
                entry.pop("created", None)
    places = zip(judge.endpoint_url, entries, strict=True)
    return "\n".join(sorted(json.dumps(place, sort_keys=True) for place in places))


def _entries(judge: Target, key: str | None, tls: ClientTls) -> list[dict[str, Any]]:
    """The judge's entry at each of its endpoints; empty where it is not listed."""
    return [_entry(served_models(url, key, tls=tls), judge.model) for url in judge.endpoint_url]


def _entry(models: Sequence[dict[str, Any]], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next((model for model in models if model.get("id") == name), {})
    return {field: found[field] for field in FIELDS if found.get(field) is not None}


def _is_recent(entry: dict[str, Any]) -> bool:
    """Whether the model's time may be that of the request, on a clock that is not quite ours."""
    created = entry.get("created")
    return isinstance(created, int | float) and abs(time.time() - created) < DAY
