"""A command's form: its fields with the values that the command would use, their checks, and the command line."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core import paths
from core.commands.defaults import derived_defaults, derived_texts
from core.commands.form_table import FORMS, FormSpec, Texts
from core.config.load import Resolved, load
from core.config.option import OptionRow
from core.config.values import parse_value, wrong_value
from core.errors import LabtopError
from core.serving.client import normalise_url
from core.serving.names import require_model

DEFAULT = "default"
"""The origin of a value that nobody set."""

YES, NO = "yes", "no"
"""The texts of a flag."""

MODELS = frozenset(("serve.model_path", "train.model_path", "evaluate.model", "evaluate.base_model"))
"""Fields that hold a model's folder or its name on this machine, besides `quickstart.student` and a teacher."""


@dataclass(frozen=True)
class Field:
    """One option in a form."""

    row: OptionRow
    section: str
    """Of the settings; the command's name for an option that is no setting."""
    used: str
    """The value that the command uses if the field is not changed, as a text; empty for none."""
    origin: str
    """Where that value comes from: `default`, `config.yaml:12`, a variable, or a profile."""
    otherwise: str = ""
    """What the command does without a value, in a few words."""

    @property
    def name(self) -> str:
        return self.row.name

    @property
    def label(self) -> str:
        """The option without its dashes."""
        return self.row.flags[0].lstrip("-")

    @property
    def choices(self) -> tuple[str, ...]:
        """The values to choose from, if no other can be typed; an empty one means none."""
        if self.row.kind == "flag":
            return (NO, YES)
        if self.row.kind != "choice":
            return ()
        return self.row.choices if self.used or self.row.required else ("", *self.row.choices)

    @property
    def secret(self) -> bool:
        return self.row.variable is not None


@dataclass(frozen=True)
class Preset:
    """A value that a form starts with, in place of the one that the command would use."""

    text: str
    why: str
    """Where it comes from, in two or three words."""


@dataclass(frozen=True)
class Form:
    """A command's form on this machine."""

    spec: FormSpec
    fields: tuple[Field, ...]
    presets: Mapping[str, Preset]
    config_file: Path | None = None
    """The settings file given on the command line."""

    def texts(self, typed: Texts = {}) -> dict[str, str]:  # noqa: B006 - never changed
        """What the fields hold: what was typed, else a preset, else the value that the command uses."""
        held = {}
        for field in self.fields:
            preset = self.presets.get(field.name)
            held[field.name] = typed.get(field.name, field.used if preset is None else preset.text)
        return held

    def shown(self, texts: Texts, *, every: bool) -> list[Field]:
        """The fields to show, the important ones first."""
        hidden = self.spec.hidden(texts)
        by_name = {field.name: field for field in self.fields if field.name not in hidden}
        first = [by_name[name] for name in self.spec.first(texts) if name in by_name]
        return [*first, *(field for field in by_name.values() if field not in first)] if every else first

    def origin(self, field: Field, text: str) -> str:
        """Where the text of a field comes from."""
        preset = self.presets.get(field.name)
        if preset is not None and text == preset.text and text != field.used:
            return preset.why
        return field.origin if text in (field.used, "") else "changed"


def read_form(command: str, config_file: Path | None = None, presets: Mapping[str, Preset] = {}) -> Form:
    """The form of a command. Raises LabtopError when the settings cannot be read."""
    spec = FORMS[command]
    resolved = load(config_file)
    derived, texts = derived_defaults(command, paths.current()), derived_texts(command, paths.current())
    found = (_field(section, row, resolved, derived) for section, row in spec.rows())
    fields = tuple(replace(field, otherwise=texts.get(field.name, field.otherwise)) for field in found)
    return Form(spec, fields, presets, config_file)


def _field(section: str, row: OptionRow, resolved: Resolved, derived: Mapping[str, Path]) -> Field:
    if row.variable is not None:  # never shown
        there = row.variable in os.environ
        return Field(row, section, "", row.variable if there else DEFAULT, f"from {row.variable}" if there else "")
    setting = row.follows or (f"{section}.{row.name}" if row.in_file else "")
    value: Any = row.default
    if setting:
        part, _, name = setting.partition(".")
        value = getattr(getattr(resolved.settings, part), name)
    origin = resolved.origins.get(setting, DEFAULT)
    if value in (None, ()) and row.name in derived:
        value = derived[row.name]
    _, _, otherwise = row.help.rpartition("Default: ")
    return Field(row, section, _as_text(value), origin, otherwise.rstrip(".") if otherwise != row.help else "")


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, tuple):
        return shlex.join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def wrong_field(field: Field, text: str, texts: Texts) -> str | None:
    """Why a field's text cannot be used, with the sentence of the command line; None if it can."""
    if not text:
        return None
    try:
        for one in _several(field, text):
            if wrong := wrong_value(field.row, one):
                return f"{wrong}."
            _check_meaning(field, one, texts)
    except LabtopError as error:
        return error.message
    return None


def _several(field: Field, text: str) -> list[str]:
    """The values in a text; only some options have several."""
    if not field.row.several:
        return [text]
    try:
        return shlex.split(text)
    except ValueError as error:
        raise LabtopError("A quotation mark is not closed.") from error


def _check_meaning(field: Field, text: str, texts: Texts) -> None:
    """Raise LabtopError for a model that is not there, or for an address that is none."""
    name = f"{field.section}.{field.name}"
    local_teacher = name == "generate.model" and not texts.get("endpoint_url")
    if name in MODELS or name == "quickstart.student" or local_teacher:
        require_model(text, paths.current().models_dir)
    elif field.name == "endpoint_url":
        normalise_url(text)


def given_fields(form: Form, texts: Texts) -> list[Field]:
    """The fields that count as given for this run, in the order of the form: those that were changed.

    An emptied field counts as not given, so that the command uses what it would use.
    """
    hidden = form.spec.hidden(texts)
    return [
        field
        for field in form.fields
        if field.name not in hidden and texts[field.name] and (field.row.required or not _is_used(field, texts))
    ]


def _is_used(field: Field, texts: Texts) -> bool:
    """Whether a text means the value that the command uses anyway: 2e-5 and 0.00002 are the same."""
    text = texts[field.name]
    if text == field.used or field.row.kind not in ("int", "float"):
        return text == field.used
    return wrong_value(field.row, text) is None and parse_value(field.row, text) == parse_value(field.row, field.used)


def command_line(form: Form, texts: Texts) -> str:
    """The command that does the same, ready for a shell; secrets are left out, since other users see command lines."""
    words = ["labtop", *(("--config", str(form.config_file)) if form.config_file else ()), *form.spec.argv]
    for field in given_fields(form, texts):
        if not field.secret:
            words += _words(field, texts[field.name])
    return shlex.join([*words, *form.spec.ending])


def _words(field: Field, text: str) -> Iterator[str]:
    flag = field.row.flags[0]
    if field.row.kind == "flag":
        yield flag if text == YES else f"--no-{flag.removeprefix('--')}"
        return
    try:
        values = _several(field, text)
    except LabtopError:
        values = [text]
    for value in values:
        yield from (flag, value)


def given_values(form: Form, texts: Texts) -> dict[str, dict[str, Any]]:
    """The values that count as given, by section and name. Raises LabtopError for a wrong one."""
    values: dict[str, dict[str, Any]] = {}
    for field in given_fields(form, texts):
        text = texts[field.name]
        if wrong := wrong_field(field, text, texts):
            raise LabtopError(f"{field.row.flags[0]}: {wrong}")
        parsed = tuple(parse_value(field.row, one)[0] for one in _several(field, text))
        value = parsed if field.row.several else (text == YES) if field.row.kind == "flag" else parsed[0]
        values.setdefault(field.section, {})[field.name] = value
    return values
