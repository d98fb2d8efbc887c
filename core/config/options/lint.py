"""The section `lint`: the rules of the second pass with their levels, and their limits."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator

from core.config.options.base import Options, Positive, Share, setting

Level = Annotated[
    Literal["off", "warning", "error"],
    BeforeValidator(lambda value: "off" if value is False else value),  # YAML reads a bare `off` as false
    setting(),
]


class LintOptions(Options):
    """The whole section; no command has these as options."""

    section: ClassVar[str | None] = "lint"

    context_length: Level = "warning"
    """A context of more than max_context_words."""
    question_length: Level = "warning"
    """A question of more than max_question_words."""
    answer_length: Level = "warning"
    """An answer of more than max_answer_words."""
    pair_count: Level = "warning"
    """A context with more or fewer pairs than pairs_per_context."""
    comment_in_text: Level = "warning"
    """A comment behind a text without quotes, where it is mostly meant as text."""
    garbled_text: Level = "warning"
    """An anchor, a tag or an escape that takes away or changes a part of a text."""
    placeholder: Level = "warning"
    """A value that a template left to be filled in, such as <user-name>."""
    mixed_contexts: Level = "warning"
    """A skill in which only some seed examples have a context."""
    duplicate_question: Level = "warning"
    """A question that stands twice in a leaf."""
    similar_question: Level = "warning"
    """A question of the same words, in the same order, as another one of its leaf."""
    duplicate_context: Level = "warning"
    """A context that stands twice in a leaf."""
    similar_context: Level = "warning"
    """A context that shares similar_context_share with another one of its leaf."""
    duplicate_across: Level = "warning"
    """A question or a context that stands in another leaf too."""
    passage_reference: Level = "warning"
    """A question that speaks of 'the passage above'."""
    unsupported_answer: Level = "warning"
    """An answer of which less than min_answer_support, or a number or a name not, stands in its context."""
    context_not_in_document: Level = "warning"
    """A context of which less than min_context_match stands in the documents, when they are in the cache."""
    overlapping_patterns: Level = "warning"
    """Patterns that take the same files."""
    unmatched_pattern: Level = "warning"
    """A pattern that takes no file, when the documents are in the cache."""
    unsafe_source: Level = "warning"
    """An address or a pattern that no document is fetched by."""
    unusable_document: Level = "warning"
    """A document in the cache that cannot be read, or is not markdown."""
    context_markdown: Level = "warning"
    """Images, footnotes and HTML tables in a context."""
    document_markdown: Level = "warning"
    """Images, footnotes and HTML tables in a document, when it is in the cache."""
    name_collision: Level = "warning"
    """Leaves whose paths are the same once '/' is written as '_'."""
    attribution_missing: Level = "warning"
    """A leaf without attribution.txt beside it."""
    attribution_incomplete: Level = "warning"
    """An attribution.txt that does not say everything."""
    many_changes: Level = "warning"
    """More changed leaves than max_changed_leaves."""
    max_context_words: Annotated[Positive, setting()] = 500
    """Words of a context, by white space; RHEL AI's documents set this limit and the next two."""
    max_question_words: Annotated[Positive, setting()] = 250
    """Words of a question."""
    max_answer_words: Annotated[Positive, setting()] = 250
    """Words of an answer."""
    pairs_per_context: Annotated[Positive, setting()] = 3
    """The prompts show three pairs of each context to the teacher."""
    similar_context_share: Annotated[Share, setting()] = 0.8
    """Of the shorter context's runs of four words; 1 finds only a context within another."""
    min_answer_support: Annotated[Share, setting()] = 0.1
    """Of the words of an answer of seven or more; 0 finds only numbers and names that stand elsewhere."""
    min_context_match: Annotated[Share, setting()] = 0.75
    """Of a context's runs of four words; 1 allows no change of a word."""
    max_changed_leaves: Annotated[Positive, setting()] = 5
    """Leaves that should be taught at once."""
