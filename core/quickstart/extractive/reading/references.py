"""Resolving "it" and "they", and the aliases that a title gives to a thing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.quickstart.extractive.language.clause import Clause
from core.quickstart.extractive.language.inflection import words
from core.quickstart.extractive.language.lexicon import (
    COLLECTIVE_NOUNS,
    DETERMINERS,
    PREPOSITIONS,
    PRONOUNS,
    STOPWORDS,
    UNITS,
    VERBS_AFTER_POINTER,
)
from core.quickstart.extractive.language.phrases import head, is_adverb, is_number, is_person, is_plural_phrase

_SUBJECT: Final = re.compile(
    r"^(?P<lead>[^,]{2,90}, |(?:Today|Now|Then|Once|Later|Originally) )?"
    r"(?P<pronoun>[Ii]t|[Tt]hey|[Hh]e|[Ss]he)(?= [a-z])"
)
_POSSESSIVE: Final = re.compile(r"^(?P<lead>[^,]{2,90}, )?(?P<pronoun>[Ii]ts|[Tt]heir|[Hh]is|[Hh]er)(?= [\w])")
_POINTER: Final = re.compile(r"^(?P<pointer>This|These|That|Those) (?=(?P<noun>[a-z][a-z-]+) )")
_MEANS: Final = re.compile(r"^This means (?:that )?(?P<clause>.+)$", re.DOTALL)
_EXPLETIVE: Final = re.compile(
    r"(?i)\bit (?:is|was|has been|may be|became) (?:not |very |quite |still )?"
    r"(?:(?:[a-z]+ed|known|said|thought) (?:that|whether)"
    r"|(?:possible|likely|clear|important|easy|hard|difficult|rare|common|unclear|best) (?:that|to|whether|for))\b|"
    r"\bit (?:rains?|snows?|takes|took)\b"
)


@dataclass(frozen=True)
class _Mention:
    """A mentioned thing, and how it was mentioned."""

    phrase: str
    sentence: int
    is_subject: bool
    is_group: bool
    is_person: bool
    is_topic: bool = False


class Mentions:
    """The mentioned things, newest last."""

    def __init__(self) -> None:
        self._known: list[_Mention] = []
        self._sentence = 0
        self.persons: set[str] = set()
        """Names that some sentence identifies as persons."""

    def enter(self, headings: Sequence[str]) -> None:
        """A new section begins: until something else is named, it is about the title's thing."""
        topic = re.sub(r"\s*\([^()]*\)\s*$", "", headings[0]) if headings else ""
        fits = 1 <= len(topic.split()) <= 6
        self._known = [_Mention(topic, self._sentence, True, False, False, True)] if fits else []

    def note(self, clauses: Sequence[Clause]) -> None:
        """Record the things that a sentence mentions."""
        self._sentence += 1
        for clause in reversed(clauses):
            for part in clause.parts:
                if part.role in ("object", "agent", "complement", "place", "other") and not clause.copula:
                    first, _, rest = part.text.partition(" ")
                    phrase = rest if first.lower() in PREPOSITIONS and rest else part.text
                    self._add(phrase, clause, is_subject=False)
            self._add(clause.subject, clause, is_subject=True)
            owner = re.match(r"(.+?)['’]s? ", clause.subject)
            if owner and owner[1][0].isupper():
                self._add(owner[1], clause, is_subject=True)

    def _add(self, phrase: str, clause: Clause, *, is_subject: bool) -> None:
        if phrase.lower() in PRONOUNS or not is_name_or_noun(phrase):
            return
        named = _definite(phrase)
        owner = re.match(r"(?:his|her|its|their) ", named)
        if owner and not is_subject:
            named = f"{_possessive(_definite(clause.subject))} {named[owner.end() :]}"
        measure = any(word.lower() in UNITS for word in words(phrase))
        if not 1 <= len(named.split()) <= 9 or measure or "," in named:
            return
        group = is_plural_phrase(phrase) or (is_subject and clause.plural) or head(phrase).lower() in COLLECTIVE_NOUNS
        base = clause.base if is_subject and not clause.passive else ""
        person = is_person(phrase, base) or (is_subject and is_person(clause.also_called, base))
        if is_person(clause.also_called, base):
            self.persons.add(clause.also_called)
        if person and named[0].isupper():
            self.persons.add(named)
        self._known.append(_Mention(named, self._sentence, is_subject, group, person))

    def resolve(self, sentence: str) -> str:
        """The sentence with its leading pronoun replaced by its referent, if that is known."""
        means = _MEANS.match(sentence)
        if means:
            sentence = means["clause"][0].upper() + means["clause"][1:]
        pointer = _POINTER.match(sentence)
        if pointer and pointer["noun"] not in VERBS_AFTER_POINTER:
            return "The " + sentence[pointer.end() :]
        match = _SUBJECT.match(sentence)
        if match and not _EXPLETIVE.search(sentence[: match.end() + 40]):
            return self._replaced(sentence, match, possessive=False)
        match = _POSSESSIVE.match(sentence)
        return self._replaced(sentence, match, possessive=True) if match else sentence

    def _replaced(self, sentence: str, match: re.Match[str], *, possessive: bool) -> str:
        pronoun = match["pronoun"].lower()
        phrase = self._meant({"its": "it", "their": "they", "his": "he", "her": "she"}.get(pronoun, pronoun))
        if not phrase:
            return sentence
        if possessive:
            phrase = _possessive(phrase)
        if not match["lead"]:
            phrase = phrase[0].upper() + phrase[1:]
        return sentence[: match.start("pronoun")] + phrase + sentence[match.end() :]

    def _meant(self, pronoun: str) -> str:
        """The referent of a pronoun: a subject rather than another phrase, a newer rather than an older one."""
        if pronoun == "they":
            fitting = [mention for mention in self._known if mention.is_group]
            newest = [mention for mention in fitting if mention.sentence == self._sentence and self._sentence]
            if not newest and (pair := self._two_persons()):
                return pair
            fitting = newest or [mention for mention in fitting if mention.is_subject]
        elif pronoun == "it":
            fitting = [
                mention
                for mention in self._known
                if mention.is_subject and not mention.is_person
                and (not mention.is_group or head(mention.phrase).lower() in COLLECTIVE_NOUNS)
            ]  # fmt: skip
            newest = [mention for mention in fitting if mention.sentence == self._sentence]
            fitting = newest or [mention for mention in fitting if mention.is_topic] or fitting
        else:
            singles = [mention for mention in self._known if mention.is_person and not mention.is_group]
            fitting = [mention for mention in singles if mention.is_subject] or singles
        return fitting[-1].phrase if fitting else ""

    def _two_persons(self) -> str:
        """The subjects of the last two sentences, if each was one person: together they are "they"."""
        lately = [
            mention.phrase
            for mention in self._known
            if mention.is_subject
            and mention.is_person
            and not mention.is_group
            and mention.sentence >= self._sentence - 1
        ]
        pair = list(dict.fromkeys(lately))
        return f"{pair[0]} and {pair[1]}" if len(pair) == 2 else ""


def _possessive(phrase: str) -> str:
    short = re.sub(r" (?:from|in|at|on|near|with|for) .*", "", phrase)
    return f"{short}'" if short.endswith("s") and is_plural_phrase(short) else f"{short}'s"


def is_name_or_noun(phrase: str) -> bool:
    """Whether a phrase can be a referent: it has a head that is no verb form or number."""
    noun = head(phrase)
    return bool(noun) and not is_number(noun) and not is_adverb(noun)


def _definite(phrase: str) -> str:
    """A thing that has been named once is "the" thing: "two wooden wheels" becomes "the two wooden wheels"."""
    first, _, rest = phrase.partition(" ")
    if not phrase:
        return ""
    if first.lower() in ("a", "an", "some", "another", "several", "many"):
        return f"the {rest}"
    if first.lower() in DETERMINERS or first[0].isupper():
        return phrase
    return f"the {phrase}"


def title_aliases(headings: Sequence[str], sentence: str) -> tuple[tuple[str, str], ...]:
    """Phrases of a sentence and what the title calls them.

    Under "Phoenix (constellation)" both "Phoenix" and "the constellation" are "the Phoenix constellation"; under
    "Alder Paper Mill" the phrase "the mill" is "the Alder Paper Mill".
    """
    if not headings:
        return ()
    kind = re.fullmatch(r"(?P<name>.+?) \((?P<kind>[a-z][a-z -]+)\)", headings[0])
    found: list[tuple[str, str]] = []
    if kind:
        name, noun = kind["name"], kind["kind"]
        alias = name if noun.split()[-1] in name.lower().split() else f"the {name} {noun}"
        phrases = [f"the {noun}", f"the {noun.split()[-1]}", name]
    else:
        title = re.sub(r"^The ", "", headings[0])
        parts = words(title)
        proper = len(parts) >= 2 and all(part[0].isupper() or part.lower() in STOPWORDS for part in parts)
        if not proper or any(part.lower() in STOPWORDS for part in parts):
            return ()
        alias = f"the {title}"
        phrases = [f"the {parts[-1].lower()}", f"the {' '.join(parts[-2:]).lower()}"]
    for phrase in phrases:
        if re.search(rf"(?i:\bthe )?\b{re.escape(phrase.removeprefix('the '))}\b", sentence):
            found.append((phrase, alias))
    return tuple(found)
