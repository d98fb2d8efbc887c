"""The prompt for drafting pairs for a context, and reading the pairs from the streamed reply."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

PAIRS = 3
"""Pairs per request: as many as a context needs."""

PROMPT = """\
You help a person who writes training examples. Below is a passage from a document. Write {pairs} questions about it,\
 each with its answer.

A question must be understood by a reader who does not see the passage: it names what it asks about and never speaks of\
 "the passage" or "the text". An answer says only what the passage says, in one or two sentences.{known}

Write each pair on two lines, just so, with a blank line between pairs and nothing else:

Question: ...
Answer: ...

Passage:
{passage}
"""

_KNOWN = "\n\nThese questions are there already; ask about something else:\n"

_LABEL = re.compile(
    r"^[\s>*_#-]*(?:\d+[.)]\s*)?[*_]*(question|answer|q|a)\s*\d*[*_]*\s*:[*_]*[ \t]*", re.IGNORECASE | re.MULTILINE
)


@dataclass(frozen=True)
class DraftedPair:
    """A pair suggested by a model."""

    question: str
    answer: str


def prompt(passage: str, known: Sequence[str]) -> str:
    """The prompt. `known` are the context's existing questions."""
    listed = _KNOWN + "\n".join(f"- {' '.join(question.split())}" for question in known) if known else ""
    return PROMPT.format(pairs=PAIRS, passage=passage.strip(), known=listed)


@dataclass
class PairReader:
    """Reads a reply in pieces and returns each pair once the next label, or the end, shows that it is complete."""

    _text: str = ""
    _given: int = field(default=0)

    def take(self, piece: str) -> list[DraftedPair]:
        """The pairs that this piece completes."""
        self._text += piece
        return self._new(self._pairs()[:-1])

    def finish(self) -> list[DraftedPair]:
        """The last pair, if it has both parts."""
        return self._new(self._pairs())

    def _new(self, pairs: Sequence[DraftedPair | None]) -> list[DraftedPair]:
        found = [pair for pair in pairs[self._given :] if pair is not None and pair.question and pair.answer]
        self._given = max(self._given, len(pairs))
        return found

    def _pairs(self) -> list[DraftedPair | None]:
        """One for each question label so far; None for one without an answer."""
        labels = list(_LABEL.finditer(self._text))
        ends = [label.start() for label in labels[1:]] + [len(self._text)]
        found: list[DraftedPair | None] = []
        question: str | None = None
        for label, end in zip(labels, ends, strict=False):
            words = " ".join(self._text[label.end() : end].split()).strip("*_ ")
            said = "".join(letter for letter in words if letter.isprintable())
            if label[1].casefold().startswith("q"):
                if question is not None:
                    found.append(None)
                question = said
            elif question is not None:
                found.append(DraftedPair(question, said))
                question = None
        return found if question is None else [*found, None]
