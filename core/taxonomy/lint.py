"""Lint of leaves: text to findings, files to a report. Needs no git, no network and no config."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from core.errors import LabtopError
from core.taxonomy.format import hints, reader, schema, style
from core.taxonomy.format.diagnostics import START, Diagnostic, LintReport, Span, bounded
from core.taxonomy.format.positions import Parsed
from core.taxonomy.layout import tree
from core.taxonomy.layout.tree import KINDS

if TYPE_CHECKING:
    from core.taxonomy.format.yaml_rules import YamlRules
    from core.taxonomy.git.changes import Changes
    from core.taxonomy.rules.options import AdviceOptions
    from core.taxonomy.rules.second_pass import SecondPass


def lint_text(text: str, path: Path, rules: YamlRules = style.INSTRUCTLAB) -> list[Diagnostic]:
    """The first pass: what the schema and the style say about a leaf's text.

    `path` need not exist; its folders say which schema counts.
    """
    if not tree.is_leaf(path):
        return [_not_a_leaf(path)]
    parsed = reader.parse(text, str(path))
    return [parsed] if isinstance(parsed, Diagnostic) else bounded(_findings(parsed, path, rules), str(path))


def _not_a_leaf(path: Path) -> Diagnostic:
    message = f"a leaf's file must be named {tree.LEAF_NAME}"
    return Diagnostic.at(START, str(path), "file-name", message, hint=f"Rename it to {tree.LEAF_NAME}.")


def _findings(parsed: Parsed, path: Path, rules: YamlRules) -> Iterator[Diagnostic]:
    name = str(path)
    top = tree.unused_top(path)
    if top is not None:
        yield unused(path, top)
    if not parsed.value:
        yield Diagnostic.at(START, name, "empty-file", "The file is empty", severity="warning")
        return
    if not isinstance(parsed.value, dict):
        message = "The file is not valid. The top-level element is not an object with key-value pairs."
        yield Diagnostic.at(
            parsed.head_span(()), name, "type", message, hint="Start with 'version: 3' on the first line."
        )
        return
    for problem in schema.check(parsed.value, schema.kind_of(path, parsed.value)):
        span, message, advice = _told(problem, parsed)
        yield Diagnostic.at(span, name, problem.code, message, hint=advice, severity=problem.severity)
    if schema.version_of(parsed.value) != 1:
        yield from style.check_style(parsed, name, rules)


def _told(problem: schema.Problem, parsed: Parsed) -> tuple[Span, str, str | None]:
    """Where a problem stands, and how it is put for the text as it is written."""
    if problem.at == "key":
        written = None if isinstance(problem.path[-1], str) else parsed.written_key(problem.path)
        told = problem.message if written is None else schema.unknown_key(written)
        return parsed.key_span(problem.path), told, problem.hint
    if problem.at == "head":
        return parsed.head_span(problem.path), problem.message, problem.hint
    span = parsed.span(problem.path)
    if problem.hint == hints.WRITE:
        comment = parsed.comment_behind(problem.path)
        if comment and not parsed.text.text[comment[0] :].startswith("# "):
            return span, problem.message, hints.UNCOMMENT
    block = parsed.block(problem.path) if problem.code == "type" else None
    if block:
        sign, text = block
        more = f" {problem.hint}" if problem.hint and not text.startswith("-") else ""
        return span, problem.message, hints.no_block(sign) + more
    return span, problem.message, problem.hint


def lint_file(path: Path, second: SecondPass | None = None, rules: YamlRules = style.INSTRUCTLAB) -> list[Diagnostic]:
    """The findings about a leaf's file, of the first pass and of a second one where that is given."""
    if not tree.is_leaf(path):
        return [_not_a_leaf(path)]
    if os.path.islink(path) and not tree.is_leaf(Path(os.path.realpath(path))):  # noqa: PTH114 - raises no error
        message = f"this link leads to a file that is not named {tree.LEAF_NAME}"
        return [Diagnostic.at(START, str(path), "file-name", message)]
    text = reader.read_text(path)
    if isinstance(text, Diagnostic):
        return [text]
    parsed = reader.parse(text, str(path))
    if isinstance(parsed, Diagnostic):
        return [parsed]
    findings = bounded(_findings(parsed, path, rules), str(path))
    return findings if second is None else [*findings, *second.findings(parsed, path)]


def find_in(paths: Iterable[Path]) -> tree.Found:
    """The files that lint looks into for some files and folders, in the order in which these are given.

    Raises LabtopError for a path that is not there.
    """
    files: list[Path] = []
    wrong: list[Path] = []
    unreadable: list[Path] = []
    for path in paths:
        kind = tree.path_kind(path)
        if kind is None:
            raise LabtopError(
                f"There is no file or folder {path}.", hint="Give a qna.yaml, or a folder that holds some."
            )
        found = tree.find(path) if kind == "folder" else tree.Found((path,), (), ())
        files += found.leaves
        wrong += found.misnamed
        unreadable += found.unreadable
    return tree.Found(*map(_distinct, (files, wrong, unreadable)))


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

    Documents are looked for in `cache_dir`. Raises LabtopError for a path that is not there.
    """
    found = find_in(paths)
    diagnostics = [*map(misnamed, found.misnamed), *map(unreadable, found.unreadable)]
    second = _second_pass(options, cache_dir)
    diagnostics += (one for file in found.leaves for one in lint_file(file, second, rules))
    if options is not None:
        from core.taxonomy.rules import across_leaves

        diagnostics += across_leaves.collisions(found.leaves, found.leaves, options)
    return LintReport.of(len(found.leaves), diagnostics)


def lint_changes(
    taxonomy: Path,
    changes: Changes,
    options: AdviceOptions | None = None,
    cache_dir: Path | None = None,
    rules: YamlRules = style.INSTRUCTLAB,
) -> LintReport:
    """The findings about the leaves of a taxonomy that changed; their paths count from the taxonomy's top.

    With options they are compared with all others, too.
    """
    # A new leaf is told of what it shares with an older one, and not the other way about.
    foundational = [name for name in changes.unused if tree.top_of(PurePosixPath(name)) == tree.UNUSED_FOLDER]
    names = sorted([*changes.leaves, *foundational], key=changes.new.__contains__)
    files = [taxonomy / name for name in names]
    second = _second_pass(options, cache_dir)
    everywhere = tree.find(taxonomy).leaves if second else ()
    if second:
        second.repeated.compare_with(sorted(set(everywhere).difference(files)), files)
    found = [diagnostic for file in files for diagnostic in lint_file(file, second, rules)]
    found += (misnamed(taxonomy / name) for name in changes.misnamed)
    found += (
        unused(taxonomy / name, tree.top_of(PurePosixPath(name))) for name in changes.unused if name not in foundational
    )
    found += (unreadable(taxonomy / name) for name in changes.unreadable)
    if options is not None:
        from core.taxonomy.rules import across_leaves

        found += across_leaves.collisions(files, everywhere, options)
        found += across_leaves.many_changes([str(taxonomy / name) for name in changes.leaves], options)
    relative = (replace(diagnostic, path=_below(taxonomy, diagnostic.path)) for diagnostic in found)
    return LintReport.of(len(names), relative)


def _below(taxonomy: Path, path: str) -> str:
    return path.removeprefix(str(taxonomy)).lstrip("/") if str(taxonomy) != "." else path


def _second_pass(options: AdviceOptions | None, cache_dir: Path | None) -> SecondPass | None:
    if options is None:
        return None
    from core.taxonomy.rules.second_pass import SecondPass  # who asks for the first alone does not pay for it

    return SecondPass(options, cache_dir)


def unused(path: Path, top: str) -> Diagnostic:
    """The warning about a leaf that nothing is generated from, because of its folder at the taxonomy's top."""
    import difflib  # only here: it costs every lint of one file a part of its time

    what = f"'{top}'" if top else "a leaf at the taxonomy's top"
    meant = difflib.get_close_matches(top.lower(), KINDS, n=1, cutoff=0.8)
    if top == tree.UNUSED_FOLDER:
        hint = "Move it to compositional_skills to use it."
    elif meant:
        hint = f"Rename '{top}' to '{meant[0]}'."
    else:
        hint = f"Move {what if top else 'it'} into knowledge or compositional_skills."
    message = f"{what} is not used: nothing is generated from this leaf"
    return Diagnostic.at(START, str(path), "unused-folder", message, hint=hint, severity="warning")


def misnamed(path: Path) -> Diagnostic:
    """The warning about a file whose name is almost a leaf's."""
    message = f"taxonomy files must be named '{tree.LEAF_NAME}'; this file is not checked"
    return Diagnostic.at(START, str(path), "file-name", message, hint="Rename it.", severity="warning")


def unreadable(folder: Path) -> Diagnostic:
    """The error about a folder that may hold leaves and cannot be read."""
    message = "this folder cannot be read, so the leaves in it are not checked"
    return Diagnostic.at(START, str(folder), "unreadable", message, hint=tree.MAKE_READABLE)
