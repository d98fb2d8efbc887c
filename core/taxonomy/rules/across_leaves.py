"""The rules that compare leaves: repeated texts and names, and too many changes at once."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from core.taxonomy.format import reader, schema
from core.taxonomy.format.diagnostics import START, Diagnostic, Finding, shown
from core.taxonomy.format.positions import Parsed
from core.taxonomy.format.seeds import SeedText, read_seeds
from core.taxonomy.layout import tree
from core.taxonomy.rules import texts
from core.taxonomy.rules.options import AdviceOptions

REPORTED_ONE_BY_ONE = 3
"""Texts that a leaf may share with another one to be reported one by one; more are reported together."""

_WORD = re.compile(r"\w+")
_ESCAPED = re.compile(r'"[^"]*\\')
"""A text in double quotes that may contain an escape."""


class RepeatedTexts:
    """Takes leaves one by one, and finds questions and contexts that an earlier leaf has too, word for word."""

    def __init__(self, options: AdviceOptions) -> None:
        self._severity = options.severity("duplicate-across")
        self._first: dict[int, tuple[Path, int]] = {}
        """By a text's hash: the file and the line where it was first."""

    def findings(self, parsed: Parsed, path: Path) -> Iterator[Finding]:
        """What a leaf has in common with the leaves before; it counts as one of them afterwards."""
        own = self._texts(parsed, path)
        self._take(own, parsed, path)
        return self._shared(own, parsed, path)

    def compare_with(self, others: Sequence[Path], files: Sequence[Path]) -> None:
        """Take other leaves as earlier ones, except those that share no text with the files that follow."""
        if self._severity is None or not others:
            return
        read = ((parsed, file) for file in files if (parsed := _parsed(file)))
        wanted = _TextsByWord(text.text for leaf in read for text in self._texts(*leaf).values())
        for path in others:
            parsed = _parsed(path, wanted)
            if parsed:
                self._take(self._texts(parsed, path), parsed, path)

    def seen(self, parsed: Parsed, path: Path) -> Iterator[Finding]:
        """What a leaf that is being written has in common with all others."""
        return self._shared(self._texts(parsed, path), parsed, path)

    def _take(self, own: dict[int, SeedText], parsed: Parsed, path: Path) -> None:
        for number, text in own.items():
            self._first.setdefault(number, (path, parsed.span(text.path).line))

    def _texts(self, parsed: Parsed, path: Path) -> dict[int, SeedText]:
        own: dict[int, SeedText] = {}
        if self._severity is None:
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

    def _shared(self, own: dict[int, SeedText], parsed: Parsed, path: Path) -> Iterator[Finding]:
        severity = self._severity
        if severity is None:
            return
        shared: dict[Path, list[tuple[SeedText, int]]] = defaultdict(list)
        for number, text in own.items():
            file, line = self._first.get(number, (path, 0))
            if file != path:
                shared[file].append((text, line))
        for file, places in shared.items():
            more = len(places) - 1 if len(places) > REPORTED_ONE_BY_ONE else 0
            for text, line in places[:1] if more else places:
                message = f"the {text.path[-1]} is also in line {line} of {place(file, path)}"
                message += f", and so are {more} other texts of this leaf" if more else ""
                hint = "One leaf is enough to teach it."
                yield Finding(parsed.span(text.path), "duplicate-across", message, hint, severity)


class _TextsByWord:
    """Finds out quickly that a file contains none of some texts, so that it need not be parsed."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._by_longest: dict[str, list[set[str]]] = defaultdict(list)
        for text in texts:
            words = _words(text)
            if words:
                self._by_longest[max(words, key=len)].append(words)

    def may_be_in(self, source: str) -> bool:
        """Whether one of them may be in a YAML text; it is there with all its words, except for escapes."""
        if "\\" in source and _ESCAPED.search(source):
            return True
        words = _words(source)
        return any(text <= words for word in self._by_longest.keys() & words for text in self._by_longest[word])


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


def _parsed(path: Path, wanted: _TextsByWord | None = None) -> Parsed | None:
    """A leaf's value; None when it does not parse, or has none of the wanted texts."""
    text = reader.read_text(path)
    if isinstance(text, Finding) or (wanted and not wanted.may_be_in(text)):
        return None
    parsed = reader.parse(text)
    return parsed if isinstance(parsed, Parsed) and isinstance(parsed.value, dict) else None


def name_of(path: Path) -> tuple[Path, str] | None:
    """A leaf's taxonomy, and the name of its data sets and tasks.

    None for a file outside of any taxonomy, or one that is not named like a leaf.
    """
    if not tree.is_leaf(path):
        return None
    folder = Path(os.path.abspath(path.parent))  # noqa: PTH100 - Path.absolute keeps '..'
    parts = folder.parts
    for index in reversed(range(len(parts))):
        if parts[index] in tree.KIND_FOLDERS:
            return Path(*parts[:index]), "_".join(parts[index:])
    return None


def place(leaf: Path, other: Path) -> str:
    """How a leaf is named in a finding about another one: by its folder below the taxonomy that they share."""
    here, there = name_of(other), name_of(leaf)
    if here and there and here[0] == there[0]:
        return shown(os.path.relpath(leaf.parent, there[0]))
    return shown(str(leaf.parent))


class LeafNames:
    """The names that leaves have in data sets, where '/' and '_' are the same."""

    def __init__(self, leaves: Iterable[Path], options: AdviceOptions) -> None:
        self._severity = options.severity("name-collision")
        self._named: dict[tuple[Path, str], list[Path]] = defaultdict(list)
        for path in dict.fromkeys(leaves if self._severity else ()):
            name = name_of(path)
            if name:
                self._named[name].append(path)

    def collisions(self, path: Path) -> Iterator[Finding]:
        """Whether a leaf has the name of another one; it is reported for both."""
        name = name_of(path) if self._severity else None
        others = [other for other in self._named.get(name, ()) if other.absolute() != path.absolute()] if name else []
        if name and others and self._severity:
            message = f"its name in data sets, {name[1]}, is also that of {place(others[0], path)}"
            hint = "Rename one of the folders: '/' and '_' are the same in such names."
            yield Finding(START, "name-collision", message, hint, self._severity)


def many_changes(names: Sequence[str], options: AdviceOptions) -> Iterator[Diagnostic]:
    """Whether more leaves changed than should be taught at once; reported for the first one beyond the limit."""
    severity, most = options.severity("many-changes"), options.max_changed_leaves
    if severity and len(names) > most:
        message = f"{len(names)} leaves changed in all; at most {most} should be taught at once"
        hint = "Generate and train with some of them first."
        yield Diagnostic.of(Finding(START, "many-changes", message, hint, severity), names[most])
