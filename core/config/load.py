"""Read settings: command line over environment over file over profile over default, each with its origin."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from core import paths
from core.config.file import PREFIX, read_file
from core.config.option_table import TABLE
from core.config.profiles import read_profile
from core.config.reasons import input_path, plain_reason
from core.config.removed import REMOVED, drop_removed
from core.config.settings import Settings
from core.errors import LabtopError

Layer = Mapping[str, Mapping[str, Any]]
"""Values by section and name."""

ONE_RUN: Mapping[str, str] = {
    f"{command.section}.{row.name}": row.flags[0]
    for command in TABLE.values()
    if command.section
    for row in command.options
    if not row.in_file
}
"""The options for a single run, by dotted name."""

SECTIONS: Mapping[str, tuple[str, ...]] = {
    command.section: tuple(row.name for row in command.options if row.in_file)
    for command in TABLE.values()
    if command.section
}
"""The names of the settings of each section of the file."""

SHORT_VARIABLES: Mapping[str, tuple[str, str]] = {"LABTOP_VLLM_PYTHON": ("serve", "vllm_python")}
"""Environment variables without the section's name. The one with it has priority."""


@dataclass(frozen=True)
class Resolved:
    """Settings, and the origin of each value that is not a default."""

    settings: Settings
    origins: dict[str, str]
    """By dotted name: an option of the command line, an environment variable, `config.yaml:12`, or a profile's name."""
    notes: tuple[str, ...] = ()
    """What the user should know about how the values were chosen."""

    def section(self, name: str) -> dict[str, Any]:
        """The settings of a section."""
        values = getattr(self.settings, name)
        return {field: getattr(values, field) for field in SECTIONS[name]}

    def to_data(self) -> dict[str, Any]:
        """All settings, for JSON."""
        data = self.settings.model_dump(mode="json")
        sections = {name: {field: data[name][field] for field in names} for name, names in SECTIONS.items()}
        return {"version": data["version"], **sections}


def load(
    config_file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    given: Layer | None = None,
    given_as: Mapping[str, str] | None = None,
) -> Resolved:
    """All settings; a missing file means defaults. Raises LabtopError that names file, line and setting at fault.

    `given` are values of the command line, and `given_as` maps each dotted name to the option that set it.
    """
    environment = os.environ if environment is None else environment
    file = config_file or paths.current().config_file
    values, lines = read_file(file)
    notes = drop_removed(values, lines, file.name)
    _check_names(values, lines, file)
    overrides, variables = _from_environment(environment)
    profile: Layer = {}
    origins: dict[str, str] = {}
    profile_name = overrides.get("train", {}).get("profile") or values.get("train", {}).get("profile")
    layers: list[Layer] = [values, overrides, given or {}]
    if profile_name:
        profile = read_profile(str(profile_name))
        device = next(
            (layer["train"]["device"] for layer in layers[::-1] if layer.get("train", {}).get("device")), None
        )
        if device not in (None, profile["train"]["device"]):
            notes.append(_unused_profile(str(profile_name), profile["train"], str(device)))
            profile = {}
    for section, content in profile.items():
        origins.update({f"{section}.{name}": f"profile {profile_name}" for name in content})
    origins.update({name: f"{file.name}:{line}" for name, line in lines.items()})
    origins.update(variables)
    origins.update(given_as or {})
    merged: dict[str, Any] = {}
    for layer in (profile, *layers):
        for section, content in layer.items():
            merged[section] = {**merged.get(section, {}), **content} if isinstance(content, Mapping) else content
    try:
        return Resolved(Settings.model_validate(merged), origins, tuple(notes))
    except ValidationError as error:
        raise _explain(error, merged, file, origins) from error


def _unused_profile(name: str, values: Mapping[str, Any], device: str) -> str:
    """The note about a profile for another device."""
    numbers = ", ".join(f"{key} {value}" for key, value in values.items() if key != "device")
    return f"Training runs on {device}, so profile {name}, which is for {values['device']}, is not used: {numbers}."


def _variable(section: str, name: str) -> str:
    return f"{PREFIX}{section}_{name}".upper()


def _check_names(values: Mapping[str, Any], lines: Mapping[str, int], file: Path) -> None:
    """Reject sections that are not mappings and names that are not settings, such as options of single runs."""
    for section, names in SECTIONS.items():
        content = values.get(section, {})
        if not isinstance(content, dict):
            raise LabtopError(
                f"{file.name}:{lines[section]}: {section} must contain settings as 'name: value'.",
                hint=f"The file is {file}: labtop config edit",
            )
        for name in map(str, content):
            if flag := ONE_RUN.get(f"{section}.{name}"):
                raise LabtopError(
                    f"{file.name}:{lines[f'{section}.{name}']}: {section}.{name} is not a setting.",
                    hint=f"Use it on the command line: {flag}.",
                )
            if name not in names:
                raise _unknown(f"{file.name}:{lines[f'{section}.{name}']}: {section}.{name}", name, names)
    for name in values:
        if name not in (*SECTIONS, "version"):
            raise _unknown(f"{file.name}:{lines[name]}: {name}", name, SECTIONS)


def _unknown(what: str, name: str, known: Iterable[str]) -> LabtopError:
    near = difflib.get_close_matches(name, list(known), n=1)
    hint = f"Did you mean {near[0]}?" if near else "`labtop config show` lists all settings."
    return LabtopError(f"{what} is not a setting.", hint=hint)


def _from_environment(environment: Mapping[str, str]) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """The values of variables, and by dotted name the variable of each."""
    settings = {_variable(section, name): (section, name) for section, names in SECTIONS.items() for name in names}
    starts = tuple(_variable(section, "") for section in SECTIONS)
    removed = {_variable(*name.split(".")) for name in REMOVED}
    found: dict[str, dict[str, Any]] = {}
    variables: dict[str, str] = {}
    for variable, (section, name) in SHORT_VARIABLES.items():
        if environment.get(variable):
            found.setdefault(section, {})[name] = environment[variable]
            variables[f"{section}.{name}"] = variable
    for variable, value in environment.items():
        if variable in settings:
            section, name = settings[variable]
            found.setdefault(section, {})[name] = value
            variables[f"{section}.{name}"] = variable
        elif variable.startswith(starts) and variable not in removed:
            near = difflib.get_close_matches(variable, settings, n=1)
            hint = f"Did you mean {near[0]}?" if near else "`labtop config show` lists all settings."
            raise LabtopError(f"The environment variable {variable} does not match any setting.", hint=hint)
    return found, variables


def _explain(error: ValidationError, values: Layer, file: Path, origins: Mapping[str, str]) -> LabtopError:
    first = error.errors()[0]
    name = ".".join(input_path(first, values).split(".")[:2])
    where = origins.get(name, file.name)
    more = f" ({error.error_count()} settings are wrong.)" if error.error_count() > 1 else ""
    value = first["input"]
    shown = f", not {value!r}" if isinstance(value, str | int | float | bool) else ""
    if where.startswith((PREFIX, "--")):
        hint = f"Correct or unset {where}."
    else:
        hint = f"The file is {file}: labtop config edit"
    return LabtopError(f"{where}: {name}: {plain_reason(first)}{shown}.{more}", hint=hint)
