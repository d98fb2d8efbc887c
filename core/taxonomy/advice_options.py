"""The rules beyond the schema: what each is called, what it means, how severe it is, and where its limit lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from core.taxonomy.diagnostics import Severity

Level = Literal["off", "warning", "error"]

LEVELS: tuple[Level, ...] = ("off", "warning", "error")

RULES: Mapping[str, str] = MappingProxyType(
    {
        "context-length": "a context has more words than a teacher can work with",
        "question-length": "a question has too many words",
        "answer-length": "an answer has too many words",
        "pair-count": "a context has more, or fewer, pairs than the prompts show to the teacher",
        "comment-in-text": "a '#' in a text without quotes: what follows is a comment, and not read",
        "garbled-text": "an anchor, a tag or an escape that takes away or changes a part of a text",
        "placeholder": "a value that a template left to be filled in, such as <user-name>",
        "mixed-contexts": "only some of a skill's seed examples have a context, so that all contexts are left out",
        "duplicate-question": "a question stands twice in a leaf",
        "similar-question": "two questions of a leaf are made of the same words in the same order",
        "duplicate-context": "a context stands twice in a leaf",
        "similar-context": "most of a context stands in another one of the leaf",
        "duplicate-across": "a question or a context stands in another leaf too",
        "passage-reference": "a question speaks of 'the passage above', which nobody sees who is asked it later",
        "unsupported-answer": "what an answer says does not stand in its context",
        "context-not-in-document": "a context does not stand in the leaf's documents",
        "overlapping-patterns": "two patterns take the same files",
        "unmatched-pattern": "a pattern takes no file of the documents' repository",
        "unsafe-source": "an address or a pattern that nothing is fetched by, since it leads elsewhere",
        "unusable-document": "a document cannot be read, is not markdown, or has no words",
        "context-markdown": "a context holds an image, a footnote or an HTML table",
        "document-markdown": "a document holds an image, a footnote or an HTML table",
        "name-collision": "two leaves have the same name once their folders are joined with underscores",
        "attribution-missing": "no attribution.txt lies beside the leaf, or an empty one",
        "attribution-incomplete": "attribution.txt lacks a line that the licence's holder is owed",
        "many-changes": "more leaves changed than should be taught at once",
    }
)
"""Every rule of the second pass, by its code: what it finds. All are warnings unless the settings say otherwise."""


@dataclass(frozen=True)
class AdviceOptions:
    """What the second pass of lint looks for. The section `lint` of the settings holds the same names and defaults."""

    levels: Mapping[str, Level] = field(default_factory=dict)
    """By code; a rule that is not named is a warning."""
    max_context_words: int = 500
    max_question_words: int = 250
    max_answer_words: int = 250
    pairs_per_context: int = 3
    """The prompts show three pairs of each context."""
    similar_context_share: float = 0.8
    """Of a context's runs of words: from here on, those in another context make the two similar."""
    min_answer_support: float = 0.1
    """Of the words of an answer of some length: fewer in its context and question are no support."""
    min_context_match: float = 0.75
    """Of a context's runs of words: fewer in the documents mean that it does not come from them."""
    max_changed_leaves: int = 5

    def severity(self, code: str) -> Severity | None:
        """How severe a finding of a rule is; None when the rule is off."""
        level = self.levels.get(code, "warning")
        return None if level == "off" else level
