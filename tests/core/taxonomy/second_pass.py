"""The rules about a leaf by itself, over a text."""

from __future__ import annotations

from pathlib import Path

from core.taxonomy.format import reader
from core.taxonomy.format.diagnostics import Diagnostic, Finding, diagnostics_of
from core.taxonomy.rules import single_leaf
from core.taxonomy.rules.documents import DocumentText
from core.taxonomy.rules.options import AdviceOptions


def advise(text: str, path: Path, options: AdviceOptions, documents: DocumentText | None = None) -> list[Diagnostic]:
    """The findings about a text; none when it does not parse."""
    parsed = reader.parse(text)
    findings = [] if isinstance(parsed, Finding) else single_leaf.advise(parsed, path, options, documents)
    return diagnostics_of(findings, path)
