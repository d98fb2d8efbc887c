"""A yamllint configuration (`--yaml-rules FILE`) as far as our style rules can follow it.

InstructLab hands the file to yamllint in the place of its own rules, and takes every finding as an error. We check what
yamllint's `relaxed` rules check, with limits for long lines and blank lines; a file that asks for more is refused, so
that nobody takes an unchecked leaf for a checked one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import LabtopError, disk_error
from core.taxonomy.format import reader
from core.taxonomy.format.diagnostics import Finding, Severity

Rules = dict[str, dict[str, Any] | None]
"""Options by rule; None for one that is off."""

_SPACES_INSIDE = {
    "forbid": False,
    "min-spaces-inside": 0,
    "max-spaces-inside": 0,
    "min-spaces-inside-empty": -1,
    "max-spaces-inside-empty": -1,
}

_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "anchors": {
        "forbid-undeclared-aliases": True,
        "forbid-duplicated-anchors": False,
        "forbid-unused-anchors": False,
    },
    "braces": _SPACES_INSIDE,
    "brackets": _SPACES_INSIDE,
    "colons": {"max-spaces-before": 0, "max-spaces-after": 1},
    "commas": {"max-spaces-before": 0, "min-spaces-after": 1, "max-spaces-after": 1},
    "empty-lines": {"max": 2, "max-start": 0, "max-end": 0},
    "hyphens": {"max-spaces-after": 1},
    "indentation": {"spaces": "consistent", "indent-sequences": True, "check-multi-line-strings": False},
    "key-duplicates": {"forbid-duplicated-merge-keys": False},
    "line-length": {
        "max": 80,
        "allow-non-breakable-words": True,
        "allow-non-breakable-inline-mappings": False,
    },
    "new-line-at-end-of-file": {},
    "new-lines": {"type": "unix"},
    "trailing-spaces": {},
}
"""yamllint's defaults for the options of the rules that we know (yamllint 1.38, docs/rules.rst)."""

_OURS: Mapping[str, Mapping[str, Any]] = {
    **_DEFAULTS,
    "braces": {**_SPACES_INSIDE, "max-spaces-inside": 1},
    "brackets": {**_SPACES_INSIDE, "max-spaces-inside": 1},
    "indentation": {**_DEFAULTS["indentation"], "indent-sequences": "consistent"},
}
"""The options with which we check these rules."""

_FREE: Mapping[str, frozenset[str]] = {
    "empty-lines": frozenset({"max", "max-start", "max-end"}),
    "line-length": frozenset({"max", "allow-non-breakable-inline-mappings"}),
}
"""Options that may have another value than ours."""

_DEFAULT_ONLY = ("comments", "comments-indentation", "document-start", "truthy")
"""Rules of yamllint's `default` set that its `relaxed` set turns off, and that we do not know."""

_OFF = frozenset(
    {"document-end", "empty-values", "float-values", "key-ordering", "octal-values", "quoted-strings", *_DEFAULT_ONLY}
)
"""The other rules that yamllint has."""

_WITHOUT_EFFECT = ("yaml-files", "ignore", "ignore-from-file", "locale")
"""Keys that choose among files: InstructLab gives yamllint one leaf at a time."""


@dataclass(frozen=True)
class YamlRules:
    """Which style rules count, and their limits; the defaults are InstructLab's own with the documents' line length."""

    off: frozenset[str] = frozenset()
    line_length: int = 120
    line_length_severity: Severity = "warning"
    inline_mappings: bool = True
    """Whether a line may be longer that is a key with one word."""
    blank_lines: int = 2
    blank_at_start: int = 0
    blank_at_end: int = 0


def read_yaml_rules(file: Path) -> YamlRules:
    """The rules of a yamllint configuration. Raises LabtopError when it is none, or asks for what we cannot check."""
    try:
        text = reader.decode(file.read_bytes())
    except OSError as error:
        raise disk_error(error, f"reading {file}") from error
    parsed = text if isinstance(text, Finding) else reader.parse(text)
    if isinstance(parsed, Finding):
        raise LabtopError(f"{file} cannot be read as YAML: {parsed.message}.", hint=parsed.hint)
    value = parsed.value
    if not isinstance(value, dict) or not isinstance(value.get("rules", {}), dict):
        raise _refused(file, "is no yamllint configuration")
    for key in value:
        if key not in ("extends", "rules", *_WITHOUT_EFFECT):
            raise _refused(file, f"has the key '{key}', which yamllint does not know")
    rules = _base(file, value.get("extends"))
    for name, options in (value.get("rules") or {}).items():
        rules[name] = _merged(file, name, options, rules.get(name))
    for name, wanted in rules.items():
        if wanted is not None:
            _check(file, name, wanted)
    return _as_rules(rules)


def _base(file: Path, extends: Any) -> Rules:
    if extends is None:
        return dict.fromkeys(_OURS)
    if extends == "relaxed":
        inline = {**_OURS["line-length"], "allow-non-breakable-inline-mappings": True}
        return {**{name: dict(options) for name, options in _OURS.items()}, "line-length": inline}
    if extends == "default":
        known: Rules = {name: dict(options) for name, options in _DEFAULTS.items()}
        return {**known, **{name: {} for name in _DEFAULT_ONLY}}
    raise _refused(file, f"extends '{extends}', and only 'relaxed' and 'default' are known here")


def _merged(file: Path, name: str, options: Any, base: dict[str, Any] | None) -> dict[str, Any] | None:
    """A rule's options as yamllint merges them with those of the set that is extended."""
    if name not in _DEFAULTS and name not in _OFF:
        raise _refused(file, f"has the rule '{name}', which yamllint does not know")
    if options == "disable" or options is False:
        return None
    options = {} if options == "enable" or options is True else options
    if not isinstance(options, dict):
        raise _refused(file, f"has no options for the rule '{name}'")
    given = {key: value for key, value in options.items() if key not in ("level", "ignore", "ignore-from-file")}
    return {**(dict(_DEFAULTS.get(name, {})) if base is None else base), **given}


def _check(file: Path, name: str, wanted: dict[str, Any]) -> None:
    if name in _OFF:
        raise _refused(file, f"asks for the rule '{name}', which is not checked here")
    for option, value in wanted.items():
        if option in _FREE.get(name, ()):
            if not isinstance(value, bool if option.startswith("allow") else int) or value < 0:
                raise _refused(file, f"has '{option}: {value}' for the rule '{name}'")
        elif option not in _OURS[name]:
            raise _refused(file, f"has the option '{option}' for the rule '{name}', which yamllint does not know")
        elif value != _OURS[name][option]:
            shown = str(value).lower() if isinstance(value, bool) else value
            raise _refused(file, f"asks for '{option}: {shown}' of the rule '{name}', which is not checked here")


def _as_rules(rules: Rules) -> YamlRules:
    length, blank = rules["line-length"] or _DEFAULTS["line-length"], rules["empty-lines"] or _DEFAULTS["empty-lines"]
    return YamlRules(
        off=frozenset(name for name, options in rules.items() if options is None),
        line_length=length["max"],
        line_length_severity="error",
        inline_mappings=length["allow-non-breakable-inline-mappings"],
        blank_lines=blank["max"],
        blank_at_start=blank["max-start"],
        blank_at_end=blank["max-end"],
    )


def _refused(file: Path, what: str) -> LabtopError:
    return LabtopError(
        f"{file} {what}.",
        hint="Start it with 'extends: relaxed', turn off what is not checked, or run yamllint itself: yamllint -c FILE",
    )
