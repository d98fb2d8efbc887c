"""The votes so far, in one line."""

from __future__ import annotations

from core.chat.compare import Tally
from core.figures import counted
from core.serving.names import last_part


def tally_text(tally: Tally, *, names: bool) -> str:
    """With hidden names only their number."""
    if not tally.total:
        return "no votes yet"
    if not names:
        return counted(tally.total, "vote")
    parts = [f"{last_part(name)} {count}" for name, count in tally.wins]
    parts += [f"equal {tally.ties}"] if tally.ties else []
    parts += [f"none {tally.none}"] if tally.none else []
    return f"{counted(tally.total, 'vote')}: {', '.join(parts)}"
