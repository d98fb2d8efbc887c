"""The changed leaves of a taxonomy, with their documents fetched, as generation's input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from core import paths
from core.errors import LabtopError
from core.events import Reporter
from core.sdg.inputs import Document, Leaf, Pair, Seed
from core.taxonomy.documents import fetch_documents, sound
from core.taxonomy.git import EMPTY_BASE, changed_leaves
from core.taxonomy.model import KnowledgeLeaf, SkillLeaf, SkillSeed, load_leaf
from core.taxonomy.tree import MAKE_READABLE


def checked_leaves(taxonomy: Path, base: str) -> list[KnowledgeLeaf | SkillLeaf]:
    """Every leaf that has changed since `base`. Raises LabtopError when there is none or one is broken."""
    changes = changed_leaves(taxonomy, base)
    if changes.unreadable:
        raise LabtopError(
            f"{taxonomy / changes.unreadable[0]} cannot be read, so it is not known which leaves are in it.",
            hint=MAKE_READABLE,
        )
    changed = changes.leaves
    if not changed:
        raise LabtopError(
            f"No leaf of {taxonomy} has changed since {base}.",
            hint=f"Write one, or generate from every leaf with --taxonomy-base {EMPTY_BASE}.",
        )
    return [load_leaf(taxonomy / path, taxonomy) for path in changed]


def taxonomy_leaves(taxonomy: Path, base: str, reporter: Reporter) -> tuple[Leaf, ...]:
    """The changed leaves, with their documents fetched when all of them are found to be sound."""
    leaves = checked_leaves(taxonomy, base)
    found: list[Leaf] = []
    for leaf in leaves:
        if isinstance(leaf, KnowledgeLeaf):
            found.append(_knowledge(leaf, reporter))
        else:
            found.extend(_skills(leaf))
    return tuple(found)


def _knowledge(leaf: KnowledgeLeaf, reporter: Reporter) -> Leaf:
    documents = fetch_documents(
        leaf.document, paths.current().documents_cache_dir, lambda text: reporter.note("info", text)
    )
    return Leaf(
        path=leaf.path,
        kind="knowledge",
        seeds=tuple(
            Seed(seed.context, tuple(Pair(pair.question, pair.answer) for pair in seed.pairs))
            for seed in leaf.seed_examples
        ),
        domain=leaf.domain,
        outline=leaf.document_outline,
        documents=tuple(Document(document.name, document.text) for document in sound(documents)),
    )


def _skills(leaf: SkillLeaf) -> Iterator[Leaf]:
    """A skill whose seed examples have a context only in part is taught as the two skills that it is."""
    grounded = [seed for seed in leaf.seed_examples if seed.context]
    freeform = [seed for seed in leaf.seed_examples if not seed.context]
    if grounded:
        yield Leaf(leaf.path, "grounded_skill", _seeds(grounded), task=leaf.task_description)
    if freeform:
        yield Leaf(leaf.path, "freeform_skill", _seeds(freeform), task=leaf.task_description)


def _seeds(seeds: Sequence[SkillSeed]) -> tuple[Seed, ...]:
    return tuple(Seed(seed.context or "", (Pair(seed.question, seed.answer),)) for seed in seeds)
