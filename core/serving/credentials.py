"""A client's API key for an endpoint, from the environment."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

API_KEY_VARIABLE = "LABTOP_API_KEY"
JUDGE_KEY_VARIABLE = "LABTOP_JUDGE_API_KEY"
"""Environment variables with secrets, which are stored in no file."""

OPENAI_HOST = "api.openai.com"
OPENAI_KEY_VARIABLE = "OPENAI_API_KEY"
"""The key that InstructLab's users have set for a judge there; it is sent to no other host."""


def judge_key(urls: Iterable[str], environment: Mapping[str, str]) -> str | None:
    """The key of a judge's endpoints: its own, that of OpenAI for its host, else that of all endpoints."""
    at_openai = all(urlsplit(url).hostname == OPENAI_HOST for url in urls)
    names = (JUDGE_KEY_VARIABLE, *([OPENAI_KEY_VARIABLE] if at_openai else []), API_KEY_VARIABLE)
    return next((value for name in names if (value := environment.get(name, "").strip())), None)


def export_line(file: Path) -> str:
    """A shell's line that sets the key of clients from a file."""
    return f"export {API_KEY_VARIABLE}=$(cat {shlex.quote(str(file))})"
