"""Whether two questions of a leaf ask the same."""

from __future__ import annotations

import re
from collections.abc import Hashable

from core.taxonomy.rules.texts import WORD

_QUOTED = (
    r"`[^`]{1,1000}`|\"[^\"]{1,1000}\"|“[^“”]{1,1000}”|«[^«»]{1,1000}»"
    r"|(?<!\w)['‘](?:[^'’‘]|(?<=\w)['’](?=\w)){1,1000}['’](?!\w)"
)
_SIGN = r"[^\w\s,;:.!?'\"’‘“”«»`-]|(?<!\S)[-,;:.!?](?!\s*$)|[,;:.!?](?=\S)"
"""Signs that may distinguish questions, such as `+`; not those that end a part of a sentence or join two words."""

_TOKEN = re.compile(f"(?P<quoted>{_QUOTED})|(?P<word>(?:{WORD})(?:['’](?:{WORD}))?)|{_SIGN}")
_FOLDED = re.compile(rf"(?P<quoted>{_QUOTED})|^\W*\w|[^\W\d_]{{3,}}")
_GIVEN = re.compile(r":\s+|\n\s*\n")

_DROPPED = frozenset({"a", "an", "the", "its", "their", "please"})
_PRESENT = frozenset({"am", "is", "are", "do", "does", "can", "could", "may", "might"})
_PAST = frozenset({"was", "were", "did"})
_AUXILIARIES = _PRESENT | _PAST | {"has", "have", "had", "will", "would", "shall", "should", "must"}
_PREPOSITIONS = frozenset({"in", "on", "at", "to", "of", "for", "from", "by", "with"})

MIN_WORDS = 2
"""Content words; questions with fewer may be alike by chance."""


def exactly(question: str, of_skill: bool) -> Hashable:
    """Equal for questions that differ only in white space, case, and the sign at the end.

    Text in quotes, and what a skill's question gives to work on, is compared letter by letter.
    """
    said, given = _parts(question, of_skill)
    folded = _FOLDED.sub(lambda match: match[0] if match["quoted"] else match[0].casefold(), said)
    return " ".join(folded.split()).rstrip("?!. "), given


def signature(question: str, of_skill: bool) -> Hashable | None:
    """Equal for questions with the same words in the same order, singular or plural; None for one with few words.

    In a skill, whose subject the words may be, singular and plural differ. Articles do not count, and of the first
    auxiliary verb only the tense counts.
    """
    said, given = _parts(question, of_skill)
    tokens = list(_TOKEN.finditer(said))
    if tokens and tokens[0][0].casefold() in _PREPOSITIONS:
        tokens = tokens[1:]
    found: list[str] = []
    words, helped = 0, False
    for index, match in enumerate(tokens):
        token, kind = match[0], match.lastgroup
        folded = token.casefold()
        if kind == "quoted":
            found.append(token[1:-1])
        elif kind != "word":
            found.append(token)
        elif folded in _DROPPED and _begins_word(said, match.start()):
            continue
        elif folded in _PRESENT | _PAST and not helped:
            helped = True
            found += ["past"] if folded in _PAST else []
        elif folded in ("what", "which"):
            following = tokens[index + 1][0].casefold() if index + 1 < len(tokens) else ""
            found.append("what" if following in _AUXILIARIES else "which")
            words += 1
        else:
            word = folded if index == 0 or len(token) > 2 else token
            name = not (token if index else token[1:]).islower()
            found.append(word if of_skill or name else _singular(word))
            words += 1
    return (tuple(found), given) if words >= MIN_WORDS else None


def _parts(question: str, of_skill: bool) -> tuple[str, str]:
    """What is asked, and what a skill's question gives to work on: the text after a colon or a blank line."""
    found = _GIVEN.search(question) if of_skill else None
    return (question[: found.start()], question[found.end() :].strip()) if found else (question, "")


def _begins_word(text: str, start: int) -> bool:
    """Whether nothing is written right before, unlike before the `a` of `-a`."""
    return start == 0 or text[start - 1].isspace()


def _singular(word: str) -> str:
    """A word without the ending of the plural or the third person."""
    word = word.replace("'", "").replace("’", "")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "xes", "ches", "shes", "oes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
