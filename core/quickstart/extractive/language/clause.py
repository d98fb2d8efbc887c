"""A parsed statement: subject, verb group, and parts with a role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.quickstart.extractive.language.lexicon import BE

Role = Literal[
    "object",
    "complement",
    "time",
    "duration",
    "frequency",
    "place",
    "agent",
    "purpose",
    "reason",
    "content",
    "other",
    "loose",
]


@dataclass(frozen=True)
class Part:
    """A piece of a clause other than its subject and verb."""

    role: Role
    text: str


@dataclass(frozen=True)
class Clause:
    """One statement."""

    subject: str
    auxiliaries: tuple[str, ...]
    """In order, the finite one first; a copula is the last of them."""
    verb: str
    """The main verb as written; empty for a copula."""
    base: str
    """Its base form; "be" for a copula."""
    past: bool
    plural: bool
    parts: tuple[Part, ...]
    adverbs: tuple[str, ...] = ()
    """Those inside the verb group, "not" among them."""
    particle: str = ""
    """What belongs to the verb: "off" in "cut off"."""
    also_called: str = ""
    """The name in apposition to the subject."""
    person: bool = False
    """Whether the subject is a person, or persons."""

    @property
    def passive(self) -> bool:
        return bool(self.verb) and any(word in BE for word in self.auxiliaries) and not self.verb.endswith("ing")

    @property
    def copula(self) -> bool:
        return not self.verb

    @property
    def negated(self) -> bool:
        return any(adverb in ("not", "never", "cannot") for adverb in self.adverbs)
