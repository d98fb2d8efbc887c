"""How far a leaf has come, as a line of text, purely."""

from __future__ import annotations

from textual.content import Content

from core.taxonomy.authoring.checklist import Checklist, SeedState
from widgets.glyphs import Glyphs


def checklist_text(done: Checklist, line: int, glyphs: Glyphs) -> Content:
    """Contexts and pairs against what is needed, one sign for each seed example, and the length of the text at a line.

    A sign tells how many pairs are written of a seed example that is begun.
    """
    full = glyphs.status["succeeded"]
    needed = done.contexts.needs if done.contexts else max(5, len(done.seeds))
    signs = [_sign(seed, glyphs) for seed in done.seeds] + [glyphs.status["waiting"]] * (needed - len(done.seeds))
    amounts = [] if done.contexts is None else [("contexts", done.contexts)]
    amounts.append(("pairs", done.pairs))
    parts: list[Content | tuple[str, str] | str] = [("".join(signs), "bold")]
    for what, amount in amounts:
        style = "$text-success" if amount.done else "$foreground"
        parts += ["  ", (f"{amount.has}/{amount.needs} {what}", style)]
        parts.append((f" {full}", style) if amount.done else "")
    length = done.length_at(line)
    if length is not None:
        sign = f" {glyphs.warning}" if length.over else ""
        told = f"{length.what} {length.words}/{length.max_words} words{sign} ~{length.tokens} tokens"
        parts += ["   ", (told, "$text-warning" if length.over else "$foreground-muted")]
    elif done.missing:
        parts += ["   ", (f"to write: {', '.join(done.missing)}", "$foreground-muted")]
    return Content.assemble(*parts)


def _sign(seed: SeedState, glyphs: Glyphs) -> str:
    if seed.over:
        return glyphs.warning
    if seed.done:
        return glyphs.status["succeeded"]
    written = seed.context is not None or seed.pairs.has
    return str(min(seed.pairs.has, 9)) if written else glyphs.status["waiting"]
