"""The rules of the leaf formats: knowledge version 3 and skills versions 1 to 3.

Source: the JSON schemas of InstructLab's `schema` package. Errors are the same as there, except for what is marked
as a difference.
"""

from __future__ import annotations

import os
import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from core.taxonomy.format import hints
from core.taxonomy.format.diagnostics import Severity
from core.taxonomy.layout.tree import FOUNDATIONAL, KINDS, Kind

LATEST = 3
"""Version of the leaf format."""

MIN_PAIRS = 3
"""Questions and answers about a context."""

_ONE_ITEM = re.compile(r"(?![-–—•])(?:(?! [-–—•]|\.\w+ )[^,\n])+")
"""Text that is not a list with wrong signs or line breaks."""

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.IGNORECASE)


@dataclass(frozen=True)
class Problem:
    """A rule that the value at `path` breaks."""

    path: tuple[str | int, ...]
    code: str
    message: str
    hint: str | None = None
    severity: Severity = "error"
    at: Literal["value", "key", "head"] = "value"
    """What of it is at fault; its head is its key, or else its first line."""
    remedy: Literal["write", "quote"] | None = None
    """What turns the value into text: one has to be written, or the one that there is needs quotes."""
    meant: str | None = None
    """The key that is only misspelt here."""


@dataclass(frozen=True)
class Text:
    """Text that may not be empty, unless `min_length` is 0."""

    min_length: int = 1
    sha: bool = False
    """Whether it should be a full git commit."""


@dataclass(frozen=True)
class Number:
    """Exactly this number."""

    value: int


@dataclass(frozen=True)
class ListOf:
    """At least so many items that follow a rule, no two the same unless `unique` is off."""

    item: Rule
    at_least: int
    unique: bool = True
    scalar: bool = False
    """Difference: a single text is understood as a list of one, with a warning. The documents' own example has it."""


@dataclass(frozen=True)
class Keys:
    """A mapping with these keys."""

    required: Mapping[str, Rule]
    optional: Mapping[str, Rule] = field(default_factory=dict)
    closed: bool = True
    """Whether another key is an error; else it is a warning, which is a difference."""


Rule = Text | Number | ListOf | Keys


def _skill(version: int) -> Keys:
    example = Keys({"question": Text(), "answer": Text()}, {"context": Text()})
    first = version == 1
    keys: dict[str, Rule] = {
        "created_by": Text(),
        "task_description": Text(min_length=0 if first else 1),
        "seed_examples": ListOf(example, at_least=1 if first else 5, unique=not first),
    }
    number: dict[str, Rule] = {"version": Number(version)}
    return Keys(keys, number) if first else Keys({**number, **keys})


def _knowledge(version: int) -> Keys:
    pair = Keys({"question": Text(), "answer": Text()}, closed=False)
    example = Keys({"context": Text(), "questions_and_answers": ListOf(pair, at_least=MIN_PAIRS)})
    document = Keys(
        {"repo": Text(), "commit": Text(sha=True), "patterns": ListOf(Text(), at_least=1, scalar=True)},
    )
    return Keys(
        {
            "version": Number(version),
            "created_by": Text(),
            "domain": Text(),
            "seed_examples": ListOf(example, at_least=5),
            "document": document,
            "document_outline": Text(),
        }
    )


_RULES: dict[tuple[Kind, int], Keys] = {
    ("knowledge", 3): _knowledge(3),
    ("compositional_skills", 1): _skill(1),
    ("compositional_skills", 2): _skill(2),
    ("compositional_skills", 3): _skill(3),
}


def _key_names(rule: Rule) -> Iterator[str]:
    if isinstance(rule, ListOf):
        yield from _key_names(rule.item)
    elif isinstance(rule, Keys):
        for name, below in (*rule.required.items(), *rule.optional.items()):
            yield name
            yield from _key_names(below)


KEY_NAMES = frozenset(name for rule in _RULES.values() for name in _key_names(rule))
"""The keys of all formats and levels."""


def kind_of(path: Path, value: Any) -> Kind:
    """Which schema a leaf follows: the deepest of its folders decides that is named like one, else its content."""
    for part in reversed(os.path.realpath(path).split("/")):
        for kind in KINDS:
            if part == kind:
                return kind
        if part == FOUNDATIONAL:
            return "compositional_skills"
    return "knowledge" if isinstance(value, dict) and "document" in value else "compositional_skills"


def version_of(value: Mapping[Any, Any]) -> int:
    """The version of the format that a leaf says it has; 1 when it says none, 0 when that is no number."""
    version = value.get("version", 1)
    if isinstance(version, bool) or not isinstance(version, int | float) or version not in range(1, LATEST + 1):
        return 0
    return int(version)


def keys_at(kind: Kind, version: int, path: Sequence[str | int]) -> tuple[str, ...]:
    """The keys that a mapping at a path may have, those that it must have first; none where no mapping belongs.

    All items of a list are alike, so any index will do. An unknown version counts as the latest.
    """
    rule: Rule | None = _RULES.get((kind, version)) or _RULES[kind, LATEST]
    for step in path:
        if isinstance(rule, Keys) and isinstance(step, str):
            rule = rule.required.get(step) or rule.optional.get(step)
        elif isinstance(rule, ListOf) and isinstance(step, int):
            rule = rule.item
        else:
            rule = None
    return (*rule.required, *rule.optional) if isinstance(rule, Keys) else ()


def check(value: Mapping[Any, Any], kind: Kind) -> Iterator[Problem]:
    """All problems of a leaf with its schema."""
    version = version_of(value)
    if kind == "knowledge" and version in (1, 2):
        yield Problem(
            ("version",) if "version" in value else (),
            "version",
            f"Version {version} is not supported for knowledge. Minimum supported version is {LATEST}.",
            hint=f"Write 'version: {LATEST}' and follow the format of version {LATEST}.",
            at="value" if "version" in value else "head",
        )
        return
    yield from _check(_RULES[kind, version or LATEST], value, ())


def _check(rule: Rule, value: Any, path: tuple[str | int, ...]) -> Iterator[Problem]:
    match rule:
        case Text():
            yield from _check_text(rule, value, path)
        case Number():
            if isinstance(value, bool) or value != rule.value:
                message = f"{_name(path)} must be the number {rule.value}"
                yield Problem(path, "version", message, hint=f"Write 'version: {rule.value}'.")
        case ListOf():
            yield from _check_list(rule, value, path)
        case Keys():
            yield from _check_keys(rule, value, path)


def _check_text(rule: Text, value: Any, path: tuple[str | int, ...]) -> Iterator[Problem]:
    if not isinstance(value, str):
        problem = _wrong_type(path, "text", value)
        if value is None:
            problem = replace(problem, hint=hints.WRITE, remedy="write")
        elif not isinstance(value, dict | list | set):
            problem = replace(problem, hint=hints.QUOTE, remedy="quote")
        yield problem
    elif len(value) < rule.min_length:
        yield Problem(path, "empty", f"{_name(path)} must not be empty")
    elif rule.min_length and not value.strip():
        yield Problem(path, "blank", f"{_name(path)} contains only white space", severity="warning")
    elif rule.sha and not _SHA.fullmatch(value):
        yield Problem(
            path,
            "commit",
            f"{_name(path)} is not a full SHA; a branch or a short SHA can move",
            hint="git rev-parse HEAD, in the documents' repository, prints it.",
            severity="warning",
        )


def _check_list(rule: ListOf, value: Any, path: tuple[str | int, ...]) -> Iterator[Problem]:
    if rule.scalar and isinstance(value, str) and _ONE_ITEM.fullmatch(value):
        message = f"{_name(path)} should be a list; this text is read as its only item"
        shown = f'["{value}"]' if value.isprintable() and not set(value) & set('"\\') else "[…]"
        yield Problem(path, "scalar-patterns", message, hint=f"Put it in brackets: {shown}", severity="warning")
        return
    if not isinstance(value, list):
        yield _wrong_type(path, "a list", value, "Write each item on a line of its own, after '- '.")
        return
    if len(value) < rule.at_least:
        message = f"{_name(path)} must have at least {rule.at_least} items, but has {len(value)}"
        yield Problem(path, "too-few", message, at="head")
    first_of: dict[Hashable, int] = {}
    for index, item in enumerate(value):
        if rule.unique and not _is_blank(item):
            first = first_of.setdefault(_identity(item), index)
            if first != index:
                message = f"item {index + 1} of {_name(path)} is the same as item {first + 1}"
                yield Problem((*path, index), "duplicate-item", message)
        yield from _check(rule.item, item, (*path, index))


def _check_keys(rule: Keys, value: Any, path: tuple[str | int, ...]) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield _wrong_type(path, "a mapping of keys to values", value)
        return
    known = {**rule.required, **rule.optional}
    names = [name for name in known if name not in value] or list(known)
    meant = {key: _meant(key, names) for key in value if key not in known}
    for key in rule.required:
        if key not in value and key not in meant.values():  # a misspelt one is reported where it is written
            yield Problem(path, "missing-key", f"'{key}' is a required property", at="head")
    for key, item in value.items():
        if key in known:
            yield from _check(known[key], item, (*path, key))
        else:
            yield _unknown_key(rule, value, (*path, key), meant[key], names)


def _unknown_key(
    rule: Keys, value: dict[Any, Any], path: tuple[Any, ...], meant: str | None, names: list[str]
) -> Problem:
    """The problem with a key that its mapping cannot have; `meant` is the one that it almost is."""
    key = str(path[-1])
    misspelt = meant if meant and hints.is_misspelt(key, meant) else None
    if misspelt:
        hint = hints.rename_key(misspelt)
    else:
        hint = hints.key_with_value(meant) if meant else f"Remove it. Known keys: {', '.join(names)}."
    is_required = meant in rule.required and meant not in value
    severity: Severity = "error" if rule.closed or is_required else "warning"
    return Problem(path, "unknown-key", unknown_key(key), hint, severity, at="key", meant=misspelt)


def unknown_key(name: str) -> str:
    """The message about a key, which need not be text."""
    return f"'{name}' is not a known key here"


def _meant(key: Any, names: list[str]) -> str | None:
    """The name that a key almost is."""
    from difflib import get_close_matches  # only a mistake pays for it

    close = get_close_matches(str(key), names, n=1)
    return close[0] if close else None


def _wrong_type(path: tuple[str | int, ...], wanted: str, value: Any, hint: str | None = None) -> Problem:
    names = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "a mapping"}
    if value is None:
        return Problem(path, "type", f"{_name(path)} is empty; it must be {wanted}", hint=hint)
    kind = names.get(type(value), f"a {type(value).__name__}")
    return Problem(path, "type", f"{_name(path)} must be {wanted}, not {kind}", hint=hint)


def _name(path: tuple[str | int, ...]) -> str:
    """How messages name the value at a path: '<key>', or 'item <n> of <key>'."""
    if not path:
        return "the document"
    last = path[-1]
    return f"item {last + 1} of {_name(path[:-1])}" if isinstance(last, int) else f"'{last}'"


def _is_blank(value: Any) -> bool:
    """Whether nothing is written yet in an item, which is an error of its own wherever items must differ."""
    if isinstance(value, dict):
        return all(map(_is_blank, value.values()))
    return all(map(_is_blank, value)) if isinstance(value, list) else value is None or value == ""


def _identity(value: Any) -> Hashable:
    """Equal exactly for values that JSON calls equal: true is not 1, but 1.0 is."""
    if isinstance(value, dict):
        return "mapping", frozenset((key, _identity(item)) for key, item in value.items())
    if isinstance(value, list):
        return "list", tuple(_identity(item) for item in value)
    if isinstance(value, set):
        return "set", frozenset(value)
    return isinstance(value, bool), value
