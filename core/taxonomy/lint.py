"""Lint of leaves: from a text to its findings, from files to a report. Needs no git, no network and no config."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from core.errors import LabtopError
from core.taxonomy.format import hints, reader, schema, style, value_fixes
from core.taxonomy.format.diagnostics import START, Diagnostic, Finding, LintReport, bounded, diagnostics_of
from core.taxonomy.format.edits import Edit
from core.taxonomy.format.gaps import is_gap
from core.taxonomy.format.positions import Parsed
from core.taxonomy.layout import tree
from core.taxonomy.layout.tree import KIND_FOLDERS

if TYPE_CHECKING:
    from core.taxonomy.format.yaml_rules import YamlRules
    from core.taxonomy.git.changes import Changes
    from core.taxonomy.rules.options import AdviceOptions
    from core.taxonomy.rules.second_pass import SecondPass


def lint_text(text: str, path: Path, rules: YamlRules = style.INSTRUCTLAB) -> list[Diagnostic]:
    """The first pass: the findings of the schema and the style rules about a leaf's text.

    `path` need not exist; its folders decide which schema applies.
    """
    findings = _wrong_name(path) or _first_pass(reader.parse(text), path, rules)
    return diagnostics_of(findings, path)


def lint_file(path: Path, second: SecondPass | None = None, rules: YamlRules = style.INSTRUCTLAB) -> list[Diagnostic]:
    """The findings about a leaf's file, of the first pass and of a second one where that is given."""
    return diagnostics_of(_file_findings(path, second, rules), path)


def lint_and_read(path: Path) -> tuple[list[Diagnostic], Any]:
    """The findings of the first pass about a leaf's file, and its value; None where it cannot be read."""
    wrong = _wrong_name(path) or _wrong_link(path)
    parsed = wrong[0] if wrong else _read(path)
    value = parsed.value if isinstance(parsed, Parsed) else None
    return diagnostics_of(_first_pass(parsed, path, style.INSTRUCTLAB), path), value


def advise_file(path: Path, second: SecondPass) -> list[Diagnostic]:
    """The findings of the second pass alone."""
    return diagnostics_of(second.findings(_read(path), path), path)


def _file_findings(path: Path, second: SecondPass | None, rules: YamlRules) -> list[Finding]:
    wrong = _wrong_name(path) or _wrong_link(path)
    parsed = wrong[0] if wrong else _read(path)
    findings = _first_pass(parsed, path, rules)
    return findings if second is None else [*findings, *second.findings(parsed, path)]


def _read(path: Path) -> Parsed | Finding:
    text = reader.read_text(path)
    return text if isinstance(text, Finding) else reader.parse(text)


def _wrong_name(path: Path) -> list[Finding]:
    if tree.is_leaf(path):
        return []
    message = f"a leaf's file must be named {tree.LEAF_NAME}"
    return [Finding(START, "file-name", message, f"Rename it to {tree.LEAF_NAME}.")]


def _wrong_link(path: Path) -> list[Finding]:
    if not os.path.islink(path) or tree.is_leaf(Path(os.path.realpath(path))):  # noqa: PTH114 - raises no error
        return []
    return [Finding(START, "file-name", f"this link leads to a file that is not named {tree.LEAF_NAME}")]


def _first_pass(parsed: Parsed | Finding, path: Path, rules: YamlRules) -> list[Finding]:
    return [parsed] if isinstance(parsed, Finding) else bounded(_findings(parsed, path, rules))


def _findings(parsed: Parsed, path: Path, rules: YamlRules) -> Iterator[Finding]:
    top = tree.unused_top(path)
    if top is not None:
        yield unused(top)
    if not parsed.value:
        yield Finding(START, "empty-file", "The file is empty", severity="warning")
        return
    if not isinstance(parsed.value, dict):
        message = "The file is not valid. The top-level element is not an object with key-value pairs."
        yield Finding(parsed.head_span(()), "type", message, "Start with 'version: 3' on the first line.")
        return
    for problem in schema.check(parsed.value, schema.kind_of(path, parsed.value)):
        yield _finding(problem, parsed)
    if schema.version_of(parsed.value) != 1:
        yield from style.check_style(parsed, rules)


def _finding(problem: schema.Problem, parsed: Parsed) -> Finding:
    """A problem as a finding, and whether it is only a gap."""
    found = _described(problem, parsed)
    return replace(found, gap=True) if is_gap(problem, parsed) else found


def _described(problem: schema.Problem, parsed: Parsed) -> Finding:
    """A problem with its place, and with the message, hint and fix for the text as it is written."""
    if problem.at == "key":
        return _key_finding(problem, parsed)
    span = parsed.head_span(problem.path) if problem.at == "head" else parsed.span(problem.path)
    found = Finding(span, problem.code, problem.message, problem.hint, problem.severity)
    if problem.at == "head":
        return found
    if problem.remedy == "write":
        comment = parsed.comment_after(problem.path)
        if comment and not parsed.text.text[comment[0] :].startswith("# "):
            return replace(found, hint=hints.UNCOMMENT, fix=value_fixes.quote_comment(parsed, comment[0]))
        if parsed.is_written(problem.path):
            return replace(found, hint=hints.EMPTY_WORD)
    block = parsed.block(problem.path) if problem.code == "type" else None
    if block:
        sign, text = block
        more = f" {problem.hint}" if problem.hint and not text.startswith("-") else ""
        return replace(found, hint=hints.no_block(sign) + more)
    return replace(found, fix=value_fixes.quote_value(parsed, problem.path)) if problem.remedy == "quote" else found


def _key_finding(problem: schema.Problem, parsed: Parsed) -> Finding:
    written = None if isinstance(problem.path[-1], str) else parsed.written_key(problem.path)
    message = problem.message if written is None else schema.unknown_key(written)
    fix: Edit | None = None
    if problem.meant:
        fix = value_fixes.rename_key(parsed, problem.path, problem.meant)
    return Finding(parsed.key_span(problem.path), problem.code, message, problem.hint, problem.severity, fix)


def find_in(paths: Iterable[Path]) -> tree.Found:
    """The files to lint for some files and folders, in the order in which these are given.

    Raises LabtopError for a path that does not exist.
    """
    files: list[Path] = []
    misnamed: list[Path] = []
    unreadable: list[Path] = []
    for path in paths:
        kind = tree.path_kind(path)
        if kind is None:
            raise LabtopError(f"{path} does not exist.", hint="Give a qna.yaml, or a folder that contains some.")
        found = tree.find(path) if kind == "folder" else tree.Found((path,), (), ())
        files += found.leaves
        misnamed += found.misnamed
        unreadable += found.unreadable
    return tree.Found(*map(_distinct, (files, misnamed, unreadable)))


def _distinct(files: list[Path]) -> tuple[Path, ...]:
    """Each file once, however its path is spelled; a link is a file of its own."""
    first: dict[str, Path] = {}
    for file in files:
        first.setdefault(f"{os.path.realpath(file.parent)}/{file.name}", file)
    return tuple(first.values())


def lint_paths(
    paths: Iterable[Path],
    options: AdviceOptions | None = None,
    cache_dir: Path | None = None,
    rules: YamlRules = style.INSTRUCTLAB,
) -> LintReport:
    """The findings about files, and about all leaves in folders; with options, those of the second pass too.

    Documents are looked for in `cache_dir`. Raises LabtopError for a path that does not exist.
    """
    found = find_in(paths)
    diagnostics = [*map(misnamed, found.misnamed), *map(unreadable, found.unreadable)]
    second = _second_pass(options, cache_dir, found.leaves)
    diagnostics += (one for file in found.leaves for one in lint_file(file, second, rules))
    return LintReport.of(len(found.leaves), diagnostics)


def lint_changes(
    taxonomy: Path,
    changes: Changes,
    options: AdviceOptions | None = None,
    cache_dir: Path | None = None,
    rules: YamlRules = style.INSTRUCTLAB,
) -> LintReport:
    """The findings about the changed leaves of a taxonomy; their paths are relative to it.

    With options they are compared with all other leaves, too.
    """
    # What a new leaf shares with an older one is reported for the new one, so the new ones come last.
    names = sorted(changes.leaves, key=changes.new.__contains__)
    files = [taxonomy / name for name in names]
    everywhere = tree.find(taxonomy).leaves if options else ()
    second = _second_pass(options, cache_dir, everywhere)
    if second:
        second.compare_with(sorted(set(everywhere).difference(files)), files)
    found = [
        Diagnostic.of(finding, name)
        for name, file in zip(names, files, strict=True)
        for finding in _file_findings(file, second, rules)
    ]
    found += (misnamed(Path(name)) for name in changes.misnamed)
    found += (Diagnostic.of(unused(_top(name)), name) for name in changes.unused)
    found += (unreadable(Path(name)) for name in changes.unreadable)
    if options is not None:
        from core.taxonomy.rules import across_leaves

        found += across_leaves.many_changes(changes.leaves, options)
    return LintReport.of(len(names), found)


def _top(name: str) -> str:
    return tree.top_of(PurePosixPath(name))


def _second_pass(options: AdviceOptions | None, cache_dir: Path | None, leaves: Iterable[Path]) -> SecondPass | None:
    if options is None:
        return None
    from core.taxonomy.rules.second_pass import SecondPass  # the first pass alone does not pay for this import

    return SecondPass(options, cache_dir, leaves)


def unused(top: str) -> Finding:
    """The warning about a leaf that no data is generated from, because of the top-level folder that it is in."""
    import difflib  # only here: the import takes a part of the time that linting one file takes

    what = f"'{top}'" if top else "a leaf at the taxonomy's top"
    meant = difflib.get_close_matches(top.lower(), KIND_FOLDERS, n=1, cutoff=0.8)
    hint = f"Rename '{top}' to '{meant[0]}'." if meant else f"Move {what if top else 'it'} into {tree.NAMED_FOLDERS}."
    message = f"{what} is not used: no data is generated from this leaf"
    return Finding(START, "unused-folder", message, hint, "warning")


def misnamed(path: Path) -> Diagnostic:
    """The warning about a file whose name is almost a leaf's."""
    message = f"taxonomy files must be named '{tree.LEAF_NAME}'; this file is not checked"
    return Diagnostic.of(Finding(START, "file-name", message, "Rename it.", "warning"), path)


def unreadable(folder: Path) -> Diagnostic:
    """The error about a folder that may contain leaves and cannot be read."""
    message = "this folder cannot be read, so the leaves in it are not checked"
    return Diagnostic.of(Finding(START, "unreadable", message, tree.MAKE_READABLE), folder)
