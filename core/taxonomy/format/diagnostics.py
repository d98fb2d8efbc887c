"""What lint says about a file, as data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, Literal

from core.printable import printable
from core.taxonomy.format.edits import Edit

Severity = Literal["error", "warning"]

MAX_FINDINGS = 500
"""For one file and pass; a file that breaks more rules is no leaf, and nobody reads on."""

MAX_COUNTED = 20_000
"""Findings beyond those that an error is looked for among."""

MESSAGE_LENGTH = 300
"""Characters of a message; keys and tags that it quotes may be of any length."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text. Lines and columns count from 1, in characters; the end column is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


START = Span(1, 1, 1, 1)
"""For what is wrong with a file as a whole."""


def shown(path: str) -> str:
    """A path as text, which a file's name need not be: it may be any bytes."""
    return path.encode(errors="surrogateescape").decode(errors="replace")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule finds in a text. `code` names the rule, `hint` says what to do about it."""

    span: Span
    code: str
    message: str
    hint: str | None = None
    severity: Severity = "error"
    fix: Edit | None = None
    """The edit that the hint describes, where one edit is all that is needed."""
    gap: bool = False
    """Whether it only says that something is still to be written."""
    parser_message: str | None = None
    """Of a text that is not YAML: the message as InstructLab prints it, in the words of its parser."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A finding about a file."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    severity: Severity
    code: str
    message: str
    hint: str | None = None
    fix: Edit | None = None
    gap: bool = False
    """Whether it only says that something is still to be written, which an editor shows as no mistake."""
    parser_message: str | None = None
    """The message as InstructLab prints it, where ours has other words."""

    @classmethod
    def of(cls, finding: Finding, path: Path | str) -> Diagnostic:
        """A finding with the file's name, and its texts fit to be printed."""
        span = finding.span
        message = printable(finding.message)[:MESSAGE_LENGTH]
        said = None if finding.parser_message is None else printable(finding.parser_message)[:MESSAGE_LENGTH]
        hint = None if finding.hint is None else printable(finding.hint)[:MESSAGE_LENGTH]
        place = (span.line, span.column, span.end_line, span.end_column)
        return cls(
            shown(str(path)), *place, finding.severity, finding.code, message, hint, finding.fix, finding.gap, said
        )

    def __str__(self) -> str:
        """The line that users of InstructLab know: theirs differ in form between errors and warnings."""
        severity = " error" if self.severity == "error" else ": [warning]"
        return f"{self.place}{severity} {self.parser_message or self.message} ({self.code})"

    @property
    def place(self) -> str:
        """Its file, line and column."""
        return f"{printable(self.path)}:{self.line}:{self.column}"

    @property
    def line_of_text(self) -> str:
        """Its place, severity, message and code: in one form for errors and warnings, and in our words."""
        return f"{self.place} {self.severity} {self.message} ({self.code})"

    def to_data(self) -> dict[str, Any]:
        """The finding as JSON has it."""
        data = asdict(self)
        if data["fix"] is not None:
            del data["fix"]["replaced"]
        return data


def diagnostics_of(findings: Iterable[Finding], path: Path | str) -> list[Diagnostic]:
    """Findings with the name of the file that they are about."""
    return [Diagnostic.of(finding, path) for finding in findings]


def bounded(findings: Iterable[Finding]) -> list[Finding]:
    """The first findings about a file, in the text's order; if there are more, one of them says so."""
    found = iter(findings)
    first = list(islice(found, MAX_FINDINGS + 1))
    if len(first) > MAX_FINDINGS:
        message = f"over {MAX_FINDINGS} findings; the rest is not shown"
        rest = chain(first, islice(found, MAX_COUNTED))
        severity: Severity = "error" if any(one.severity == "error" for one in rest) else "warning"
        first[MAX_FINDINGS:] = [Finding(START, "too-many", message, severity=severity)]
    return sorted(first, key=lambda found: (found.span.line, found.span.column))


@dataclass(frozen=True)
class LintReport:
    """The findings of a lint run over some files, in the files' order and then the text's."""

    files: int
    diagnostics: tuple[Diagnostic, ...]

    @classmethod
    def of(cls, files: int, diagnostics: Iterable[Diagnostic]) -> LintReport:
        """A report with its findings in order."""
        return cls(files, tuple(sorted(diagnostics, key=lambda found: (found.path, found.line, found.column))))

    @property
    def errors(self) -> int:
        return sum(found.severity == "error" for found in self.diagnostics)

    @property
    def warnings(self) -> int:
        return len(self.diagnostics) - self.errors

    @property
    def broken_files(self) -> int:
        """How many files have an error."""
        return len({found.path for found in self.diagnostics if found.severity == "error"})

    def to_data(self) -> dict[str, Any]:
        """The document of `taxonomy lint --json`."""
        return {
            "files": self.files,
            "errors": self.errors,
            "warnings": self.warnings,
            "diagnostics": [found.to_data() for found in self.diagnostics],
        }
