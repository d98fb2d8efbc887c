"""Reading settings: environment over file over profile over default, and where each value came from."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from core import paths
from core.config.file import PREFIX, read_file
from core.config.profiles import read_profile
from core.config.settings import Section, Settings, sections
from core.errors import LabtopError


@dataclass(frozen=True)
class Resolved:
    """Settings, and for each that is not a default where it came from."""

    settings: Settings
    origins: dict[str, str]
    """By dotted name: an environment variable, `config.yaml:12`, or a profile's name."""

    def section(self, name: str) -> dict[str, Any]:
        """The values of a section."""
        section: Section = getattr(self.settings, name)
        return section.model_dump()


def load(config_file: Path | None = None, environment: Mapping[str, str] | None = None) -> Resolved:
    """All settings; a missing file means defaults. Raises LabtopError that names file, line and setting at fault."""
    environment = os.environ if environment is None else environment
    file = config_file or paths.current().config_file
    values, lines = read_file(file)
    for name in sections().keys() & values.keys():
        if not isinstance(values[name], dict):
            raise LabtopError(
                f"{file.name}:{lines[name]}: {name} does not hold settings by name.",
                hint=f"The file is {file}: labtop config edit",
            )
    origins = {name: f"{file.name}:{line}" for name, line in lines.items()}
    overrides = _from_environment(environment)
    profile_name = overrides.get("train", {}).get("profile") or values.get("train", {}).get("profile")
    merged: dict[str, Any] = {}
    if profile_name:
        profile = read_profile(str(profile_name))
        merged = {section: dict(content) for section, content in profile.items()}
        for section, content in profile.items():
            for name in content:
                origins.setdefault(f"{section}.{name}", f"profile {profile_name}")
    for source in (values, overrides):
        for section, content in source.items():
            merged[section] = {**merged.get(section, {}), **content} if isinstance(content, dict) else content
    for section, content in overrides.items():
        for name in content:
            origins[f"{section}.{name}"] = f"{PREFIX}{section}_{name}".upper()
    try:
        return Resolved(Settings.model_validate(merged), origins)
    except ValidationError as error:
        raise _explain(error, file, origins) from error


def _from_environment(environment: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    settings = {
        f"{PREFIX}{section}_{name}".upper(): (section, name)
        for section, model in sections().items()
        for name in model.model_fields
    }
    starts = tuple(f"{PREFIX}{section}_".upper() for section in sections())
    found: dict[str, dict[str, Any]] = {}
    for variable, value in environment.items():
        if variable in settings:
            section, name = settings[variable]
            found.setdefault(section, {})[name] = value
        elif variable.startswith(starts):
            near = difflib.get_close_matches(variable, settings, n=1)
            hint = f"Did you mean {near[0]}?" if near else "`labtop config show` lists all settings."
            raise LabtopError(f"The variable {variable} stands for no setting.", hint=hint)
    return found


def _explain(error: ValidationError, file: Path, origins: Mapping[str, str]) -> LabtopError:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"][:2])
    where = origins.get(name, file.name)
    if first["type"] == "extra_forbidden":
        section = sections().get(str(first["loc"][0])) if len(first["loc"]) > 1 else Settings
        near = difflib.get_close_matches(str(first["loc"][-1]), (section or Settings).model_fields, n=1)
        hint = f"Did you mean {near[0]}?" if near else "`labtop config show` lists all settings."
        return LabtopError(f"{where}: {name} is not a setting.", hint=hint)
    more = f" ({error.error_count()} settings are wrong.)" if error.error_count() > 1 else ""
    given = first["input"]
    shown = f", not {given!r}" if isinstance(given, str | int | float | bool) else ""
    message = first["msg"][0].lower() + first["msg"][1:]
    hint = f"Correct or unset {where}." if where.startswith(PREFIX) else f"The file is {file}: labtop config edit"
    return LabtopError(f"{where}: {name}: {message}{shown}.{more}", hint=hint)
