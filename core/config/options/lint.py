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
    """A context of more than `max_context_words`."""
    question_length: Level = "warning"
    """A question of more than `max_question_words`."""
    answer_length: Level = "warning"
    """An answer of more than `max_answer_words`."""
    pair_count: Level = "warning"
    """A context with more or fewer pairs than pairs_per_context.

    more or fewer pairs about a context than `pairs_per_context`: the prompts show the teacher three, and never
    the rest (fewer than three are `too-few`)
    """
    comment_in_text: Level = "warning"
    """A comment after a text without quotes, where it is mostly meant as text.

    a comment behind a text without quotes, such as `question: What does rule #1 say?`, which is read as “What
    does rule”; also one on the next line where the text could go on, and a markdown heading that fell out of a
    block of text to the left
    """
    garbled_text: Level = "warning"
    r"""An anchor, a tag or an escape that takes away or changes a part of a text.

    an anchor that nothing refers to or a bare tag in front of a text, which are not read (`question: &What does
    it eat?`), and escapes that make a control character (`"\alpha"`)
    """
    placeholder: Level = "warning"
    """A value that a template left to be filled in, such as <user-name>.

    a value outside the seed examples that a template left to be filled in, such as `<user-name>` or
    `https://github.com/<profile>/<repo-name>`
    """
    mixed_contexts: Level = "warning"
    """A skill in which only some seed examples have a context.

    a skill in which only some seed examples have a context: all contexts are left out then
    """
    duplicate_question: Level = "warning"
    """A question that is twice in a leaf.

    a question that stands twice in a leaf; in a skill with contexts, twice about the same one. Case does not
    count, but in quotes and, in a skill, behind a colon
    """
    similar_question: Level = "warning"
    """A question of the same words, in the same order, as another one of its leaf.

    two questions of the same words in the same order; articles do not count, nor, in knowledge, whether a word
    is in the plural; numbers, signs and what is quoted do
    """
    duplicate_context: Level = "warning"
    """A context that is twice in a leaf.

    a context that stands twice in a knowledge leaf
    """
    similar_context: Level = "warning"
    """A context that shares similar_context_share with another one of its leaf.

    a context that shares `similar_context_share` of its runs of four words with another one of the leaf
    """
    duplicate_across: Level = "warning"
    """A question or a context that is in another leaf too.

    a question or context that stands, word by word, in another of the leaves that are checked, and for `diff`
    in any other; more than three in the same leaf are told together. `diff` and `tree` tell it of the newer
    leaf
    """
    passage_reference: Level = "warning"
    """A question that speaks of 'the passage above'.

    a question of knowledge that speaks of “the passage”, “this table”, “the text above”, or asks what “the
    document” says or is about: a student is asked it without
    """
    unsupported_answer: Level = "warning"
    """An answer of which less than min_answer_support, or a number or a name not, is in its context.

    an answer of knowledge that comes from elsewhere: of seven words or more less than `min_answer_support`
    stand in context and question; or a year, a measure or a name by itself stands in neither and cannot be
    reckoned from them. Shorter answers may use words of their own; contexts in other languages than English are
    let be
    """
    context_not_in_document: Level = "warning"
    """A context of which less than min_context_match is in the documents, when they are in the cache.

    a context of whose runs of four words less than `min_context_match` stand in the documents; white space,
    case, markdown, words divided at the ends of lines and `[…]` do not count
    """
    overlapping_patterns: Level = "warning"
    """Patterns that take the same files.

    patterns that take the same files, which InstructLab reads twice
    """
    unmatched_pattern: Level = "warning"
    """A pattern that takes no file, when the documents are in the cache.

    a pattern that takes no file
    """
    unsafe_source: Level = "warning"
    """An address or a pattern that no document is fetched by.

    an address that names a command, an option or a relative path, or a pattern that leaves the repository:
    nothing is fetched by it
    """
    unusable_document: Level = "warning"
    """A document in the cache that cannot be read, or is not markdown.

    a document that is not markdown, not UTF-8, too large or without words, or none at all (an error in
    `taxonomy docs`)
    """
    context_markdown: Level = "warning"
    """Images, footnotes and HTML tables in a context.

    an image, a footnote or an HTML table in a context, but for those in code
    """
    document_markdown: Level = "warning"
    """Images, footnotes and HTML tables in a document, when it is in the cache.

    the same in a document
    """
    name_collision: Level = "warning"
    """Leaves whose paths are the same once '/' is written as '_'.

    leaves such as `a/b_c` and `a_b/c`, whose data sets would have one name
    """
    attribution_missing: Level = "warning"
    """A leaf without attribution.txt next to it.

    no `attribution.txt` beside a leaf of version 2 or 3
    """
    attribution_incomplete: Level = "warning"
    """An attribution.txt that does not say everything.

    one in which a work lacks its title, link, revision (knowledge only), license or creators, or says `…` or
    TODO
    """
    many_changes: Level = "warning"
    """More changed leaves than max_changed_leaves.

    more changed leaves than `max_changed_leaves` (in `taxonomy diff`)
    """
    max_context_words: Annotated[Positive, setting()] = 500
    """Words of a context, by white space; RHEL AI's documents set this limit and the next two.

    words between white space; a text in a script without spaces, such as Chinese, counts as few
    """
    max_question_words: Annotated[Positive, setting()] = 250
    """Words of a question.

    words
    """
    max_answer_words: Annotated[Positive, setting()] = 250
    """Words of an answer.

    words
    """
    pairs_per_context: Annotated[Positive, setting()] = 3
    """The prompts show three pairs of each context to the teacher.

    pairs
    """
    similar_context_share: Annotated[Share, setting()] = 0.8
    """Of the shorter context's runs of four words; 1 finds only a context within another.

    runs of four words of the shorter context
    """
    min_answer_support: Annotated[Share, setting()] = 0.1
    """Of the words of an answer of seven or more; 0 finds only numbers and names from elsewhere.

    words of the answer
    """
    min_context_match: Annotated[Share, setting()] = 0.75
    """Of a context's runs of four words; 1 allows no change of a word.

    runs of four words of the context
    """
    max_changed_leaves: Annotated[Positive, setting()] = 5
    """Leaves that should be taught at once.

    leaves
    """
