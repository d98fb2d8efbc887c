"""A document as facts: one whole sentence each, with pronouns resolved, and what its subject is also called."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from core.quickstart.extractive.language.clause import Clause
from core.quickstart.extractive.language.grammar import parse
from core.quickstart.extractive.language.inflection import content_words, is_plural, readings
from core.quickstart.extractive.language.lexicon import (
    ADVERBS,
    CONNECTIVES,
    NUMBER_WORDS,
    PERSON_NOUNS,
    PREPOSITIONS,
    STOPWORDS,
    SUBORDINATORS,
)
from core.quickstart.extractive.reading.markdown import Paragraph, clean, paragraphs
from core.quickstart.extractive.reading.references import Mentions, title_aliases
from core.sentences import split_sentences

FACTS: Final = 400
"""The maximum number of facts of one document; a chunk has a few dozen."""

SENTENCE_WORDS: Final = 120
"""A longer sentence is a list or not prose."""


@dataclass(frozen=True)
class Fact:
    """One sentence of a document."""

    sentence: str
    """Whole, with a leading pronoun resolved: the answer to every question about it."""
    clauses: tuple[Clause, ...]
    """Its statements, the main one first."""
    headings: tuple[str, ...]
    aliases: tuple[tuple[str, str], ...] = ()
    """Phrases of the sentence, and their aliases by the title."""
    persons: frozenset[str] = frozenset()
    """Names that the document identifies as persons."""

    @property
    def topic(self) -> str:
        """The document's title."""
        return self.headings[0] if self.headings else ""


def facts(document: str, title: str = "") -> list[Fact]:
    """The facts of a markdown document, in its order."""
    return list(_facts(document, clean(title)))


@lru_cache(maxsize=64)
def _facts(document: str, title: str) -> tuple[Fact, ...]:
    blocks = list(paragraphs(document))
    case = _Case(blocks)
    found: list[Fact] = []
    seen: set[str] = set()
    mentions = Mentions()
    section: tuple[str, ...] | None = None
    for block in blocks:
        headings = (title, *block.headings) if title and title not in block.headings[:1] else block.headings
        if headings != section:
            section = headings
            mentions.enter(headings)
        for sentence in split_sentences(block.text):
            if len(found) == FACTS or not _is_prose(sentence):
                continue
            resolved = mentions.resolve(sentence)
            clauses = tuple(parse(case.lowered(resolved)))
            mentions.note(clauses)
            if resolved not in seen:
                seen.add(resolved)
                found.append(Fact(resolved, clauses, headings, title_aliases(headings, resolved)))
    persons = frozenset(mentions.persons)
    return tuple(replace(fact, persons=persons) for fact in found)


def _is_prose(sentence: str) -> bool:
    return (
        sentence[-1] in ".!?\"'”’)"
        and "?" not in sentence
        and 4 <= len(sentence.split()) <= SENTENCE_WORDS
        and len(sentence) <= 12 * SENTENCE_WORDS
        and len(content_words(sentence)) >= 2
    )


class _Case:
    """Which words of a document are names, so that a first word can be written in lower case within a question."""

    def __init__(self, blocks: list[Paragraph]) -> None:
        inside = Counter(
            word for block in blocks for word in re.findall(r"(?<=[\w,;] )[^\W\d_]+(?:[-'’][^\W\d_]+)*", block.text)
        )
        titles = {
            match[0]
            for block in blocks
            for match in [re.match(r"\w+(?= \([a-z])", "".join(block.headings[:1]))]
            if match
        }
        self._names = titles | {word for word in inside if word[0].isupper() and inside[word] >= inside[word.lower()]}
        self._pairs = {
            pair for block in blocks for pair in re.findall(r"(?<=[\w,;] )(?=([A-Z][\w-]+ [A-Z][\w-]+))", block.text)
        }
        self._lower = {word for word in inside if word.islower()} - {word.lower() for word in self._names}

    def lowered(self, sentence: str) -> str:
        """The sentence in lower case at its start, unless its first word is a name."""
        match = re.match(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*", sentence)
        if not match or match[0].lower() == "i":
            return sentence
        word = match[0]
        lower = word.lower()
        following = re.match(r"\s+([^\W\d_])", sentence[match.end() :])
        name_follows = bool(following) and following is not None and following[1].isupper()
        pair = re.match(r"[\w-]+ [\w-]+", sentence)
        if pair and pair[0] in self._pairs:
            return sentence
        if name_follows and lower in ("de", "van", "von", "la", "le", "el", "al", "st", "next"):
            return sentence
        known = lower in STOPWORDS | SUBORDINATORS | CONNECTIVES | NUMBER_WORDS | ADVERBS
        common = lower in self._lower or lower in PERSON_NOUNS
        if not known:
            if word in self._names and (name_follows or lower not in self._lower):
                return sentence
            following_word = sentence[match.end() :].split()[:1]
            plural = bool(following_word) and _is_plural_subject(lower, following_word[0])
            modifies = bool(following_word) and _modifies(following_word[0])
            if not (common or plural or modifies or (not name_follows and (readings(lower) or _looks_common(lower)))):
                return sentence
        return lower[0] + sentence[1:] if word[1:].islower() or len(word) == 1 else sentence


def _looks_common(word: str) -> bool:
    """Whether the ending of an unknown capitalised first word is that of a common noun or an adjective."""
    return word.endswith(("ings", "ers", "ly", "tion", "tions", "ment", "ments", "ness", "able", "less", "ful"))


def _modifies(following: str) -> bool:
    """ "Strong winds", "Liquid nitrogen": the next word is a noun, so the first is an adjective or a noun before it."""
    word = following.strip(",.;:")
    if not word.isalpha() or not word.islower() or word in STOPWORDS | CONNECTIVES | ADVERBS | SUBORDINATORS:
        return False
    return not readings(word) or (is_plural(word) and not word.endswith("ss"))


def _is_plural_subject(word: str, following: str) -> bool:
    """ "Eels climb", "Buttons and", "Cheese from": a plural, or a noun with a phrase of its own."""
    if following in PREPOSITIONS and not word.endswith("."):
        return True
    goes = following in {"and", "or", "are", "were", "have"}
    return is_plural(word) and (goes or any(form.form == "base" for form in readings(following)))
