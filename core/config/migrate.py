"""From InstructLab's config.yaml to settings of labtop: what is converted, and what is not and why."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from core import paths
from core.config.file import read_yaml
from core.config.instructlab import TAKEN, is_instructlab, reason
from core.config.reasons import plain_reason
from core.config.save import template
from core.config.settings import SECTION_MODELS
from core.errors import LabtopError
from core.files import write_atomic, write_linked
from core.paths import expanded

HOST, PORT = "127.0.0.1", 8000
"""InstructLab's chat uses the address of its server."""


@dataclass(frozen=True)
class Taken:
    """A setting that is converted."""

    source: str
    name: str
    value: Any


@dataclass(frozen=True)
class Left:
    """A setting that is not converted."""

    source: str
    reason: str


@dataclass(frozen=True)
class Migration:
    """The conversion of a file."""

    file: Path
    taken: tuple[Taken, ...]
    left: tuple[Left, ...]

    def text(self) -> str:
        """The new settings file."""
        chosen: dict[str, dict[str, Any]] = {}
        for setting in self.taken:
            section, _, name = setting.name.partition(".")
            chosen.setdefault(section, {})[name] = setting.value
        return template(chosen)


def find_instructlab() -> Path | None:
    """InstructLab's settings file: where labtop's is, where InstructLab keeps it, or where its documents name it."""
    home = Path(os.environ.get("HOME") or Path.home())
    root = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    places = (paths.current().config_file, root / "instructlab" / "config.yaml", home / ".config" / "config.yaml")
    return next((file for file in places if _is_one(file)), None)


def _is_one(file: Path) -> bool:
    try:
        return is_instructlab(read_yaml(file)[0])
    except LabtopError:
        return False


def plan_migration(file: Path) -> Migration:
    """The conversion of a file. Raises LabtopError if it is missing or not InstructLab's."""
    if not file.exists():
        raise LabtopError(f"{file} does not exist.", hint="Pass the path of InstructLab's config.yaml.")
    values, _ = read_yaml(file)
    if not is_instructlab(values):
        raise LabtopError(
            f"{file} is not a settings file of InstructLab.", hint="Pass the path of InstructLab's config.yaml."
        )
    taken, left = [], []
    for source, value in _leaves(_spelled_today(values)):
        if source == "version" or value in (None, "", [], {}):
            continue
        name = TAKEN.get(source)
        if name is None:
            left.append(Left(source, reason(source)))
            continue
        value = _expanded(value)
        if problem := _problem(name, value):
            left.append(Left(source, problem))
        else:
            taken.append(Taken(source, name, value))
    return Migration(file, (*taken, *_chat_endpoint(taken)), tuple(left))


def _spelled_today(values: Mapping[str, Any]) -> dict[str, Any]:
    """Older files have the server's address as `host_port`."""
    serve = values.get("serve")
    address = serve.get("host_port") if isinstance(serve, dict) else None
    if not isinstance(serve, dict) or not isinstance(address, str):
        return dict(values)
    host, _, port = address.rpartition(":")
    others = {name: value for name, value in serve.items() if name != "host_port"}
    return {**values, "serve": {**others, "server": {"host": host, "port": int(port) if port.isdecimal() else port}}}


def _leaves(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Every value with its dotted name; a list is one value."""
    for name, value in values.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _expanded(value: Any) -> Any:
    """InstructLab expands `~` and variables when it reads its file."""
    if not isinstance(value, str):
        return value
    return os.path.expandvars(str(expanded(value)) if value.startswith("~") else value)


def _problem(name: str, value: Any) -> str | None:
    """Why labtop cannot use a value of a setting that it has."""
    if isinstance(value, str) and value.endswith(".gguf"):
        return "labtop does not serve GGUF files"
    section, _, field = name.partition(".")
    if name == "generate.pipeline" and value != "full":
        return f"there is no pipeline {value}, and InstructLab's pipeline folders cannot be read"
    try:
        SECTION_MODELS[section].model_validate({field: value})
    except ValidationError as error:
        return f"{value!r} is not a value of {name}: {plain_reason(error.errors()[0])}"
    return None


def _chat_endpoint(taken: list[Taken]) -> Iterator[Taken]:
    """The chat's address, if the server has another one than the default."""
    values = {setting.name: setting.value for setting in taken}
    host, port = values.get("serve.host", HOST), values.get("serve.port", PORT)
    if port and (host, port) != (HOST, PORT):
        reachable = {"0.0.0.0": HOST, "::": "::1"}.get(host, host)
        name = f"[{reachable}]" if ":" in reachable else reachable
        yield Taken("serve.server", "chat.endpoint_url", f"http://{name}:{port}/v1")


def write_migration(migration: Migration, target: Path) -> Path | None:
    """Write the new settings file; returns where a file of InstructLab's at the same place is kept."""
    kept = None
    if target.exists() and target.samefile(migration.file):
        kept = target.with_name("config.instructlab.yaml")
        write_atomic(kept, migration.file.read_text(encoding="utf-8"))
    write_linked(target, migration.text())
    return kept
