"""A leaf at a glance, as text."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from core.taxonomy.authoring.leaf_folders import Counts
from core.taxonomy.authoring.preview import LeafPreview
from widgets.glyphs import Glyphs
from widgets.leaf.checklist_text import checklist_text
from widgets.leaf.problem_text import summary
from widgets.text_width import cut, fit


def preview_text(preview: LeafPreview, counts: Counts, state: str, glyphs: Glyphs, width: int, height: int) -> Content:
    """Kind, git state and subject of a leaf, its progress and findings, and how each seed example begins."""
    lines = [*_head(preview, counts, state, glyphs, width), Content("")]
    examples = list(_examples(preview, glyphs, width))
    room = max(1, height - len(lines))
    if len(examples) > room:
        rest = len(examples) - room + 1
        examples[room - 1 :] = [Content.styled(f"{glyphs.ellipsis} {rest} more", "$foreground-muted")]
    return Content("\n").join([*lines, *examples])


def _head(preview: LeafPreview, counts: Counts, state: str, glyphs: Glyphs, width: int) -> Iterator[Content]:
    about = f", {state}" if state else ""
    yield Content.assemble(preview.kind, (about, "$foreground-muted"))
    for text in (preview.subject, preview.source):
        if text:
            yield Content.styled(cut(text, width, glyphs), "$foreground-muted")
    if preview.problem:
        yield Content.styled(cut(f"{glyphs.error} {preview.problem}", width, glyphs), "$text-error")
    if preview.done is not None:
        yield checklist_text(preview.done, glyphs).truncate(width, ellipsis=not glyphs.ascii_only)
    style = "$text-error" if counts.errors else "$text-warning" if counts.warnings else "$foreground"
    found = summary(counts, preview.done.to_write if preview.done else "")
    yield Content.styled(cut(found, width, glyphs), style)


def _examples(preview: LeafPreview, glyphs: Glyphs, width: int) -> Iterator[Content]:
    needed = preview.done.seeds if preview.done else ()
    for number, example in enumerate(preview.examples, 1):
        pairs = needed[number - 1].pairs if number <= len(needed) else None
        amount = f" {example.pairs}/{pairs.needs}" if pairs else f" {example.pairs}"
        text = fit(example.text or "to write", max(8, width - len(amount) - 3), glyphs)
        yield Content.assemble(
            (f"{number:>2} ", "$foreground-muted"),
            (text, "$foreground" if example.text else "$foreground-muted"),
            (amount, "$text-success" if pairs and pairs.done else "$foreground-muted"),
        )
