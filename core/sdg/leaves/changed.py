"""The changed leaves of a taxonomy, with their documents, as the input of data generation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from core import paths
from core.documents.chunking import chunk_document
from core.errors import LabtopError
from core.events import Reporter
from core.sdg.leaves.gathered import Gathered, LeftOut
from core.taxonomy.authoring.load import load_leaf
from core.taxonomy.documents.fetch import fetch_documents, sound
from core.taxonomy.format.leaf import DocumentText, Leaf
from core.taxonomy.format.style import INSTRUCTLAB
from core.taxonomy.format.yaml_rules import read_yaml_rules
from core.taxonomy.git.changes import EMPTY_BASE, Changes, changed_leaves
from core.taxonomy.layout.tree import MAKE_READABLE, NAMED_FOLDERS

NAMED = 5
"""How many leaves a message names."""


def checked_leaves(
    taxonomy: Path, base: str, reporter: Reporter | None = None, yaml_rules: Path | None = None
) -> list[Leaf]:
    """Every leaf that changed since `base`. Raises LabtopError if there is none, or if one has errors.

    Changed leaves that nothing is generated from are reported; `yaml_rules` is a yamllint configuration.
    """
    changes = changed_leaves(taxonomy, base)
    if changes.unreadable:
        raise LabtopError(
            f"{taxonomy / changes.unreadable[0]} cannot be read, so it is not known which leaves are in it.",
            hint=MAKE_READABLE,
        )
    if not changes.leaves and changes.unused:
        raise LabtopError(
            f"No leaf of {taxonomy} that data is generated from has changed since {base}; {_passed_over(changes)}.",
            hint=f"Move them into {NAMED_FOLDERS}.",
        )
    if not changes.leaves:
        raise LabtopError(
            f"No leaf of {taxonomy} has changed since {base}.",
            hint=f"Write one, or generate from every leaf with --taxonomy-base {EMPTY_BASE}.",
        )
    if reporter and changes.unused:
        hint = f"Data is generated from what is in {NAMED_FOLDERS}."
        reporter.note("warning", f"Leaves were {_passed_over(changes)}.", hint=hint)
    rules = read_yaml_rules(yaml_rules) if yaml_rules else INSTRUCTLAB
    return [load_leaf(taxonomy / path, taxonomy, rules) for path in changes.leaves]


def _passed_over(changes: Changes) -> str:
    more = len(changes.unused) - NAMED
    return f"passed over: {', '.join(changes.unused[:NAMED])}" + (f" and {more} more" if more > 0 else "")


def taxonomy_leaves(taxonomy: Path, base: str, reporter: Reporter, yaml_rules: Path | None = None) -> Gathered:
    """The changed leaves with their documents fetched; a leaf whose documents cannot be used is left out.

    Raises LabtopError when no leaf is left.
    """
    changed = checked_leaves(taxonomy, base, reporter, yaml_rules)
    found: list[Leaf] = []
    left_out: list[LeftOut] = []
    for leaf in changed:
        try:
            found += [_with_documents(leaf, reporter)] if leaf.source else _skills(leaf)
        except LabtopError as error:
            left_out.append(LeftOut(leaf.path, error.message, error.hint))
            reporter.note("warning", f"{leaf.path} is left out. {error.message}", hint=error.hint)
    if not found:
        first = left_out[0]
        raise LabtopError(
            f"None of the {len(changed)} changed leaves can be used; {first.path}: {first.message}", hint=first.hint
        )
    return Gathered(tuple(found), tuple(left_out))


def _with_documents(leaf: Leaf, reporter: Reporter) -> Leaf:
    assert leaf.source is not None, "a knowledge leaf"
    cache = paths.current().documents_cache_dir
    documents = sound(fetch_documents(leaf.source, cache, lambda text: reporter.note("info", text)))
    # Stops at the first document with text, and reads no other.
    if not any(chunk_document(document.name, document.text) for document in documents):
        raise LabtopError(
            "Its documents have no text besides headings.",
            hint="See which files its `patterns` match: labtop taxonomy docs",
        )
    return replace(leaf, documents=tuple(DocumentText(document.name, document.text) for document in documents))


def _skills(leaf: Leaf) -> Iterator[Leaf]:
    """A skill whose seed examples have a context only in part is taught as the two skills that it is."""
    grounded = tuple(seed for seed in leaf.seeds if seed.context)
    freeform = tuple(seed for seed in leaf.seeds if not seed.context)
    if grounded:
        yield replace(leaf, kind="grounded_skill", seeds=grounded)
    if freeform:
        yield replace(leaf, kind="freeform_skill", seeds=freeform)
