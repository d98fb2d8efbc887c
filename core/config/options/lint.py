"""The section `lint`: the levels of the second pass's rules, and their limits."""

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

    more or fewer pairs for a context than `pairs_per_context`: the prompts show the teacher three, and never the
    rest (fewer than three are `too-few`)
    """
    comment_in_text: Level = "warning"
    """A comment after a text without quotes that was probably meant as text.

    a comment after a text without quotes, such as `question: What does rule #1 say?`, which is read as “What does
    rule”; also a comment on the next line where the text could continue, and a markdown heading that is indented
    less than its block of text
    """
    garbled_text: Level = "warning"
    r"""An anchor, a tag or an escape that removes or changes a part of a text.

    an anchor that nothing refers to or a bare tag before a text, which YAML drops (`question: &What does it eat?`),
    and escapes that produce a control character (`"\alpha"`)
    """
    placeholder: Level = "warning"
    """A value of a template that was not filled in, such as <user-name>.

    a value of a template, outside the seed examples, that was not filled in, such as `<user-name>` or
    `https://github.com/<profile>/<repo-name>`
    """
    mixed_contexts: Level = "warning"
    """A skill in which only some seed examples have a context.

    a skill in which only some seed examples have a context: then all contexts are ignored
    """
    duplicate_question: Level = "warning"
    """A question that occurs twice in a leaf.

    a question that occurs twice in a leaf; in a skill with contexts, twice for the same context. Case is ignored,
    except in quotes and, in a skill, after a colon
    """
    similar_question: Level = "warning"
    """A question with the same words, in the same order, as another question of the leaf.

    two questions with the same words in the same order; articles are ignored, and in knowledge plurals; numbers,
    symbols and quoted text are compared
    """
    duplicate_context: Level = "warning"
    """A context that occurs twice in a leaf.

    a context that occurs twice in a knowledge leaf
    """
    similar_context: Level = "warning"
    """A context that shares similar_context_share of its text with another one of the leaf.

    a context that shares `similar_context_share` of its four-word sequences with another one of the leaf
    """
    duplicate_across: Level = "warning"
    """A question or a context that occurs in another leaf, too.

    a question or context that occurs, word for word, in another of the checked leaves (for `diff`: in any other
    leaf); more than three in the same leaf are one finding. `diff` and `tree` report it for the newer leaf
    """
    unsupported_answer: Level = "warning"
    """An answer of which less than min_answer_support is in its context.

    an answer of knowledge with seven or more words, not counting function words, of which less than
    `min_answer_support` are in the context or the question. Only for contexts in English
    """
    context_not_in_document: Level = "warning"
    """A context of which less than min_context_match occurs in the documents, if they are in the cache.

    a context of whose four-word sequences less than `min_context_match` occur in the documents; white space, case,
    markdown, hyphenation at line ends and `[…]` are ignored
    """
    overlapping_patterns: Level = "warning"
    """Patterns that match the same files.

    patterns that match the same files, which InstructLab reads twice
    """
    unmatched_pattern: Level = "warning"
    """A pattern that matches no file, if the documents are in the cache.

    a pattern that matches no file
    """
    unsafe_source: Level = "warning"
    """An address or a pattern that labtop refuses to fetch documents with.

    an address that is a command, an option or a relative path, or a pattern that leaves the repository: nothing is
    fetched with it
    """
    unusable_document: Level = "warning"
    """A document in the cache that cannot be read, or is not markdown.

    a document that is not markdown, not UTF-8, too large or without words, or no document at all (an error in
    `taxonomy docs`)
    """
    context_markdown: Level = "warning"
    """Images, footnotes and HTML tables in a context.

    an image, a footnote or an HTML table in a context, except in code
    """
    document_markdown: Level = "warning"
    """Images, footnotes and HTML tables in a document, if it is in the cache.

    the same in a document
    """
    name_collision: Level = "warning"
    """Leaves whose paths are the same when '/' is replaced by '_'.

    leaves such as `a/b_c` and `a_b/c`, whose datasets would have the same name
    """
    attribution_missing: Level = "warning"
    """A leaf without attribution.txt next to it.

    no `attribution.txt` next to a leaf of version 2 or 3
    """
    attribution_incomplete: Level = "warning"
    """An attribution.txt with missing entries.

    an `attribution.txt` in which the title, link, revision (knowledge only), license or creators of a work are
    missing, or are `…` or TODO
    """
    many_changes: Level = "warning"
    """More changed leaves than max_changed_leaves.

    more changed leaves than `max_changed_leaves` (in `taxonomy diff`)
    """
    max_context_words: Annotated[Positive, setting()] = 500
    """Words of a context, separated by white space; RHEL AI's documentation sets this limit and the next two.

    words, separated by white space; in scripts without spaces, such as Chinese, long text counts as few words
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
    """Pairs of questions and answers for each context; the prompts show three of them to the teacher.

    pairs
    """
    similar_context_share: Annotated[Share, setting()] = 0.8
    """Share of the shorter context's four-word sequences; 1 finds only a context within another.

    four-word sequences of the shorter context
    """
    min_answer_support: Annotated[Share, setting()] = 0.1
    """Of the words of an answer of seven or more; 0 turns the rule off.

    words of the answer
    """
    min_context_match: Annotated[Share, setting()] = 0.75
    """Share of a context's four-word sequences; 1 allows no change of a word.

    four-word sequences of the context
    """
    max_changed_leaves: Annotated[Positive, setting()] = 5
    """Leaves that should change at once.

    leaves
    """
