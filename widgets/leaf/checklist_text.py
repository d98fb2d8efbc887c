"""The progress of a leaf as a line of text."""

from __future__ import annotations

from textual.content import Content

from core.figures import counted
from core.taxonomy.authoring.checklist import Checklist, SeedState
from widgets.glyphs import Glyphs


def checklist_text(done: Checklist, glyphs: Glyphs) -> Content:
    """A symbol for each seed example, contexts and pairs of those required, and the fields that are missing.

    The symbol of an incomplete seed example is its number of pairs.
    """
    full = glyphs.status["succeeded"]
    needed = done.contexts.needs if done.contexts else max(5, len(done.seeds))
    symbols = [_symbol(seed, glyphs) for seed in done.seeds] + [glyphs.status["waiting"]] * (needed - len(done.seeds))
    amounts = [] if done.contexts is None else [("contexts", done.contexts)]
    amounts.append(("pairs", done.pairs))
    parts: list[Content | tuple[str, str] | str] = [("".join(symbols), "bold")]
    for what, amount in amounts:
        style = "$text-success" if amount.done else "$foreground"
        parts += ["  ", (f"{amount.has}/{amount.needs} {what}", style)]
        parts.append((f" {full}", style) if amount.done else "")
    if done.missing:
        parts += ["  ", (f"to write: {', '.join(done.missing)}", "$foreground-muted")]
    return Content.assemble(*parts)


def length_text(done: Checklist, line: int, glyphs: Glyphs) -> Content:
    """The length of the text at a line, of those allowed; empty where there is none."""
    length = done.length_at(line)
    if length is None:
        return Content("")
    mark = f" {glyphs.warning}" if length.over else ""
    size = f"{length.what} {length.words}/{length.max_words} words{mark} ~{counted(length.tokens, 'token')}"
    return Content.styled(size, "$text-warning" if length.over else "$foreground-muted")


def _symbol(seed: SeedState, glyphs: Glyphs) -> str:
    if seed.over:
        return glyphs.warning
    if seed.done:
        return glyphs.status["succeeded"]
    written = seed.context is not None or seed.pairs.has
    return str(min(seed.pairs.has, 9)) if written else glyphs.status["waiting"]
