"""The rules that look at several leaves: texts and names that stand twice, and too many changes at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from core.taxonomy import advice_text, schema, tree
from core.taxonomy.advice_options import AdviceOptions
from core.taxonomy.diagnostics import START, Diagnostic, shown
from core.taxonomy.positions import Parsed
from core.taxonomy.seeds import SeedText, read_seeds


class Repeated:
    """Takes leaves one by one, and tells of questions and contexts that an earlier leaf has too, word by word."""

    def __init__(self, options: AdviceOptions) -> None:
        self._severity = options.severity("duplicate-across")
        self._first: dict[int, tuple[Path, int]] = {}
        """By a text's number: the file and the line where it stood first."""

    def findings(self, parsed: Parsed, path: Path) -> Iterator[Diagnostic]:
        """What a leaf has in common with the leaves before; it counts as one of them afterwards."""
        own = self._texts(parsed, path)
        for number, text in own.items():
            self._first.setdefault(number, (path, parsed.span(text.path).line))
        return self._told(own, parsed, path)

    def seen(self, parsed: Parsed, path: Path) -> Iterator[Diagnostic]:
        """What a leaf, as it is being written, has in common with all others that were taken."""
        return self._told(self._texts(parsed, path), parsed, path)

    def _texts(self, parsed: Parsed, path: Path) -> dict[int, SeedText]:
        own: dict[int, SeedText] = {}
        if self._severity is None or tree.UNUSED_FOLDER in path.parts:
            return own
        knowledge = schema.kind_of(path, parsed.value) == "knowledge"
        for seed in read_seeds(parsed.value):
            of = ""
            if seed.context:
                context = advice_text.exactly(seed.context.text)
                own.setdefault(hash(("context", context)), seed.context)
                of = "" if knowledge else context  # a grounded skill asks the same of many contexts
            for pair in seed.pairs:
                if pair.question:
                    own.setdefault(hash(("question", of, advice_text.exactly(pair.question.text))), pair.question)
        return own

    def _told(self, own: dict[int, SeedText], parsed: Parsed, path: Path) -> Iterator[Diagnostic]:
        for number, text in own.items():
            file, line = self._first.get(number, (path, 0))
            if self._severity is not None and file != path:
                span = parsed.span(text.path)
                message = f"the {text.path[-1]} stands in line {line} of {place(file, path)}, too"
                hint = "One leaf is enough to teach it."
                yield Diagnostic.at(span, str(path), "duplicate-across", message, hint=hint, severity=self._severity)


def name_of(path: Path) -> tuple[Path, str] | None:
    """A leaf's taxonomy, and the name that its data sets and tasks have; None for one outside of any taxonomy."""
    folder = Path(os.path.abspath(path.parent))  # noqa: PTH100 - Path.absolute keeps '..'
    parts = folder.parts
    for index in reversed(range(len(parts))):
        if parts[index] in schema.KINDS:
            return Path(*parts[:index]), "_".join(parts[index:])
    return None


def place(leaf: Path, beside: Path) -> str:
    """How a leaf is named beside another one: by its folder below their taxonomy, where they share it."""
    here, there = name_of(beside), name_of(leaf)
    if here and there and here[0] == there[0]:
        return shown(os.path.relpath(leaf.parent, there[0]))
    return shown(str(leaf.parent))


def collisions(paths: Iterable[Path], among: Iterable[Path], options: AdviceOptions) -> Iterator[Diagnostic]:
    """Leaves that have the name of another one; both are told of."""
    severity = options.severity("name-collision")
    if severity is None:
        return
    named: dict[tuple[Path, str], list[Path]] = {}
    for path in dict.fromkeys(among):
        name = name_of(path)
        if name:
            named.setdefault(name, []).append(path)
    for path in paths:
        name = name_of(path)
        others = [other for other in named.get(name, ()) if other.absolute() != path.absolute()] if name else []
        if name and others:
            message = f"its name in data sets, {name[1]}, is also that of {place(others[0], path)}"
            hint = "Rename one of the folders: '/' and '_' are the same there."
            yield Diagnostic.at(START, str(path), "name-collision", message, hint=hint, severity=severity)


def many_changes(names: list[str], options: AdviceOptions) -> Iterator[Diagnostic]:
    """Whether more leaves changed than should be taught at once; told at the first beyond, for want of a place."""
    severity, most = options.severity("many-changes"), options.max_changed_leaves
    if severity and len(names) > most:
        about = "that is about the whole change"
        message = f"{len(names)} leaves changed, and {most} are the most that should be taught at once: {about}"
        hint = "Generate and train with some of them first."
        yield Diagnostic.at(START, names[most], "many-changes", message, hint=hint, severity=severity)
