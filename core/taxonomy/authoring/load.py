"""Loading leaves that have no lint errors, as data that generation works from."""

from __future__ import annotations

from pathlib import Path, PurePath

from core.errors import LabtopError
from core.taxonomy.format import reader, schema, style
from core.taxonomy.format.diagnostics import Diagnostic, Finding
from core.taxonomy.format.leaf import Leaf, leaf_of
from core.taxonomy.format.positions import Parsed
from core.taxonomy.format.yaml_rules import YamlRules
from core.taxonomy.lint import lint_text


def load_leaf(path: Path, taxonomy_root: Path, rules: YamlRules = style.INSTRUCTLAB) -> Leaf:
    """Read a leaf's file that has no lint errors.

    Raises LabtopError with the place of the first error, or when the file is not below `taxonomy_root`.
    """
    try:
        folder = path.absolute().relative_to(taxonomy_root.absolute()).parent
    except ValueError:
        raise LabtopError(
            f"{path} is not in the taxonomy {taxonomy_root}.", hint="Give the taxonomy's folder: --taxonomy-path"
        ) from None
    return leaf_from(reader.read_text(path), path, folder, rules)


def leaf_from(text: str | Finding, path: Path, folder: PurePath, rules: YamlRules = style.INSTRUCTLAB) -> Leaf:
    """The leaf of a text that has no lint errors; `path`, which need not exist, is for messages.

    `folder` is the leaf's, below the taxonomy. Raises LabtopError like `load_leaf`.
    """
    diagnostics = [Diagnostic.of(text, path)] if isinstance(text, Finding) else lint_text(text, path, rules)
    for found in diagnostics:
        if found.severity == "error" or found.code == "empty-file":
            place = f"{found.path}:{found.line}:{found.column}"
            others = sum(other.severity == "error" for other in diagnostics) - 1
            more = f" (and {others} more error{'' if others == 1 else 's'})" if others > 0 else ""
            message = f"syntax error: {found.message}" if found.parser_message else found.message
            show_all = f"To see all errors: labtop taxonomy lint {path}"
            raise LabtopError(
                f"The leaf cannot be used: {place}: {message}{more}.",
                hint=show_all if more or not found.hint else found.hint,
            )
    parsed = reader.parse(text) if isinstance(text, str) else text
    assert isinstance(parsed, Parsed), "lint found no error"
    return leaf_of(parsed.value, schema.kind_of(path, parsed.value), folder)
