"""Lint of leaves: text to findings, files to a report. Needs no git, no network and no config."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from core.errors import LabtopError
from core.taxonomy import reader, schema, style, tree
from core.taxonomy.diagnostics import START, Diagnostic, LintReport
from core.taxonomy.positions import Parsed

MAX_FINDINGS = 500
"""For one file; a file that breaks more rules is no leaf, and nobody reads on."""


def lint_text(text: str, path: Path) -> list[Diagnostic]:
    """All findings about a leaf's text. `path` need not exist; its folders say which schema counts."""
    name = str(path)
    parsed = reader.parse(text, name)
    if isinstance(parsed, Diagnostic):
        return [parsed]
    findings = list(islice(_findings(parsed, path), MAX_FINDINGS + 1))
    if len(findings) > MAX_FINDINGS:
        findings[MAX_FINDINGS:] = [
            Diagnostic.at(START, name, "too-many", f"over {MAX_FINDINGS} findings; the rest is not shown")
        ]
    return sorted(findings, key=lambda found: (found.line, found.column))


def _findings(parsed: Parsed, path: Path) -> Iterator[Diagnostic]:
    name = str(path)
    if path.name != tree.LEAF_NAME:
        hint = f"Rename it to {tree.LEAF_NAME}."
        yield Diagnostic.at(START, name, "file-name", f"a leaf's file must be named {tree.LEAF_NAME}", hint=hint)
    if tree.UNUSED_FOLDER in path.parts:
        message = f"{tree.UNUSED_FOLDER} is not used: nothing is generated from this leaf"
        hint = "Move it to compositional_skills to use it."
        yield Diagnostic.at(START, name, "unused-folder", message, hint=hint, severity="warning")
    if not parsed.value:
        yield Diagnostic.at(START, name, "empty-file", "The file is empty", severity="warning")
        return
    if not isinstance(parsed.value, dict):
        message = "The file is not valid. The top-level element is not an object with key-value pairs."
        yield Diagnostic.at(parsed.span(()), name, "type", message, hint="Start with 'version: 3' on the first line.")
        return
    for problem in schema.check(parsed.value, schema.kind_of(path, parsed.value)):
        span = parsed.key_span(problem.path) if problem.at_key else parsed.span(problem.path)
        yield Diagnostic.at(span, name, problem.code, problem.message, hint=problem.hint, severity=problem.severity)
    if schema.version_of(parsed.value) != 1:
        yield from style.check_style(parsed, name)


def lint_file(path: Path) -> list[Diagnostic]:
    """All findings about a leaf's file."""
    if path.is_symlink() and path.resolve().name != tree.LEAF_NAME:
        message = f"this link leads to a file that is not named {tree.LEAF_NAME}"
        return [Diagnostic.at(START, str(path), "file-name", message)]
    text = read_text(path)
    return [text] if isinstance(text, Diagnostic) else lint_text(text, path)


def read_text(path: Path) -> str | Diagnostic:
    """A file's text, or the finding that says why it cannot be had."""
    data = reader.read_bytes(path)
    return data if isinstance(data, Diagnostic) else reader.decode(data, str(path))


def lint_paths(paths: Iterable[Path]) -> LintReport:
    """The findings about files, and about all leaves in folders.

    Raises LabtopError for a path that is not there.
    """
    files: list[Path] = []
    diagnostics: list[Diagnostic] = []
    for path in paths:
        if path.is_dir():
            found = tree.find(path)
            files += found.leaves
            diagnostics += map(misnamed, found.misnamed)
        elif path.exists() or path.is_symlink():
            files.append(path)
        else:
            raise LabtopError(
                f"There is no file or folder {path}.", hint="Give a qna.yaml, or a folder that holds some."
            )
    files = list(dict.fromkeys(files))
    return LintReport.of(len(files), [*diagnostics, *(found for file in files for found in lint_file(file))])


def misnamed(path: Path) -> Diagnostic:
    """The warning about a file whose name is almost a leaf's."""
    message = f"taxonomy files must be named '{tree.LEAF_NAME}'; this file is not checked"
    return Diagnostic.at(START, str(path), "file-name", message, hint="Rename it.", severity="warning")
