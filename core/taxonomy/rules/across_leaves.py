"""The rules that look at several leaves: texts and names that stand twice, and too many changes at once."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from core.taxonomy.format import reader, schema
from core.taxonomy.format.diagnostics import START, Diagnostic, shown
from core.taxonomy.format.positions import Parsed
from core.taxonomy.format.seeds import SeedText, read_seeds
from core.taxonomy.layout import tree
from core.taxonomy.rules import texts
from core.taxonomy.rules.options import AdviceOptions

TOLD_ALONE = 3
"""Texts that a leaf may share with another one to be told of each; more are told together."""

_WORD = re.compile(r"\w+")
_ESCAPED = re.compile(r'"[^"]*\\')
"""A text in double quotes that may hold an escape."""


class Repeated:
    """Takes leaves one by one, and tells of questions and contexts that an earlier leaf has too, word by word."""

    def __init__(self, options: AdviceOptions) -> None:
        self._severity = options.severity("duplicate-across")
        self._first: dict[int, tuple[Path, int]] = {}
        """By a text's number: the file and the line where it stood first."""

    def findings(self, parsed: Parsed, path: Path) -> Iterator[Diagnostic]:
        """What a leaf has in common with the leaves before; it counts as one of them afterwards."""
        own = self._texts(parsed, path)
        self._take(own, parsed, path)
        return self._told(own, parsed, path)

    def compare_with(self, others: Sequence[Path], files: Sequence[Path]) -> None:
        """Take other leaves as earlier ones, but for those that share no text with some files that are to come."""
        if self._severity is None or not others:
            return
        read = ((parsed, file) for file in files if (parsed := _parsed(file)))
        wanted = _TextsByWord(text.text for leaf in read for text in self._texts(*leaf).values())
        for path in others:
            parsed = _parsed(path, wanted)
            if parsed:
                self._take(self._texts(parsed, path), parsed, path)

    def seen(self, parsed: Parsed, path: Path) -> Iterator[Diagnostic]:
        """What a leaf, as it is being written, has in common with all others that were taken."""
        return self._told(self._texts(parsed, path), parsed, path)

    def _take(self, own: dict[int, SeedText], parsed: Parsed, path: Path) -> None:
        for number, text in own.items():
            self._first.setdefault(number, (path, parsed.span(text.path).line))

    def _texts(self, parsed: Parsed, path: Path) -> dict[int, SeedText]:
        own: dict[int, SeedText] = {}
        if self._severity is None or tree.UNUSED_FOLDER in path.parts:
            return own
        knowledge = schema.kind_of(path, parsed.value) == "knowledge"
        for seed in read_seeds(parsed.value):
            of = ""
            if seed.context:
                context = texts.exactly(seed.context.text)
                own.setdefault(hash(("context", context)), seed.context)
                of = "" if knowledge else context  # a grounded skill asks the same of many contexts
            for pair in seed.pairs:
                if pair.question:
                    own.setdefault(hash(("question", of, texts.exactly(pair.question.text))), pair.question)
        return own

    def _told(self, own: dict[int, SeedText], parsed: Parsed, path: Path) -> Iterator[Diagnostic]:
        severity = self._severity
        if severity is None:
            return
        shared: dict[Path, list[tuple[SeedText, int]]] = defaultdict(list)
        for number, text in own.items():
            file, line = self._first.get(number, (path, 0))
            if file != path:
                shared[file].append((text, line))
        for file, places in shared.items():
            more = len(places) - 1 if len(places) > TOLD_ALONE else 0
            for text, line in places[:1] if more else places:
                message = f"the {text.path[-1]} stands in line {line} of {place(file, path)}, too"
                message += f", and so do {more} other texts of this leaf" if more else ""
                hint = "One leaf is enough to teach it."
                span = parsed.span(text.path)
                yield Diagnostic.at(span, str(path), "duplicate-across", message, hint=hint, severity=severity)


class _TextsByWord:
    """Tells quickly that none of some texts stands in a file, which need not be parsed then."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._by_longest: dict[str, list[set[str]]] = defaultdict(list)
        for text in texts:
            words = _words(text)
            if words:
                self._by_longest[max(words, key=len)].append(words)

    def may_be_in(self, source: str) -> bool:
        """Whether one of them may stand in a YAML text; each does there with all its words, but for escapes."""
        if "\\" in source and _ESCAPED.search(source):
            return True
        words = _words(source)
        return any(text <= words for word in self._by_longest.keys() & words for text in self._by_longest[word])


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


def _parsed(path: Path, wanted: _TextsByWord | None = None) -> Parsed | None:
    """A leaf's value; None when it is broken, or has none of the texts that are wanted."""
    text = reader.read_text(path)
    if isinstance(text, Diagnostic) or (wanted and not wanted.may_be_in(text)):
        return None
    parsed = reader.parse(text, str(path))
    return parsed if isinstance(parsed, Parsed) and isinstance(parsed.value, dict) else None


def name_of(path: Path) -> tuple[Path, str] | None:
    """A leaf's taxonomy, and the name that its data sets and tasks have.

    None for one outside of any taxonomy, or of another name than leaves have.
    """
    if not tree.is_leaf(path):
        return None
    folder = Path(os.path.abspath(path.parent))  # noqa: PTH100 - Path.absolute keeps '..'
    parts = folder.parts
    for index in reversed(range(len(parts))):
        if parts[index] in tree.KINDS:
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
