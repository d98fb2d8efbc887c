"""Parses a prompt: the inputs between their markers, and the task from the output tags."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from core.errors import LabtopError

PROMPT_CHARACTERS: Final = 400_000
"""A longer prompt is not about a chunk."""

NUMBER_LIMIT: Final = 64
"""The maximum number of outputs of one prompt."""


class Task(Enum):
    """The task of a prompt, with the output tags that identify it."""

    QUESTIONS = "knowledge questions"
    FAITHFUL = "whether an answer is faithful"
    RELEVANT = "whether an answer is relevant"
    SELF_CONTAINED = "whether a question is self-contained"
    CHOICES = "multiple choice questions"
    SKILL_QUESTIONS = "skill questions"
    SKILL_CONTEXTS = "skill contexts"
    SKILL_ANSWER = "a skill answer"
    SKILL_SCORE = "a score of a skill pair"


_INPUTS: Final = (
    "Title", "Document", "Outline", "Domain", "Task", "Example Context", "Example Question", "Example Answer",
    "Context", "Question", "Answer", "Number",
)  # fmt: skip
_TAGS: Final[tuple[tuple[Task, tuple[str, ...]], ...]] = (
    (Task.CHOICES, ("[CHOICE QUESTION]", "[CORRECT]", "[END]")),
    (Task.QUESTIONS, ("[QUESTION]", "[ANSWER]", "[END]")),
    (Task.FAITHFUL, ("[Start of Verdict]",)),
    (Task.RELEVANT, ("[Start of Relevance]",)),
    (Task.SELF_CONTAINED, ("[Start of Rating]",)),
    (Task.SKILL_QUESTIONS, ("[Start of New Question]",)),
    (Task.SKILL_CONTEXTS, ("[Start of New Context]",)),
    (Task.SKILL_ANSWER, ("[Start of Response]",)),
    (Task.SKILL_SCORE, ("[Start of Score]",)),
)
_OPENING: Final = re.compile(rf"^[ \t]*\[Start of (?P<name>{'|'.join(_INPUTS)})\]", re.MULTILINE)
_ANY_TAG: Final = re.compile(
    r"\[(?:Start|End) of [^\]\n]{1,60}\]|\[[A-Z][A-Z ]{2,40}\]|</[a-z_]{2,40}>|<\|[^|\n]{1,40}\|>"
)


@dataclass(frozen=True)
class Example:
    """A seed example."""

    question: str
    answer: str
    context: str = ""


@dataclass(frozen=True)
class Prompt:
    """A parsed prompt."""

    task: Task | None
    """None for a plain message without output tags."""
    inputs: dict[str, str] = field(default_factory=dict)
    """The last of each input, by its name."""
    repeated: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """All of each input, in order."""

    def get(self, name: str) -> str:
        """An input; empty if the prompt has none."""
        return self.inputs.get(name, "")

    def need(self, name: str) -> str:
        """A required input."""
        if name not in self.inputs:
            raise LabtopError(
                f"The prompt has no [Start of {name}] … [End of {name}] section.",
                hint="The rule-based teacher reads its inputs between such markers, each on a line of its own.",
            )
        return self.inputs[name]

    def number(self, default: int) -> int:
        """The requested number of outputs."""
        match = re.search(r"\d{1,6}", self.get("Number"))
        return max(1, min(NUMBER_LIMIT, int(match[0]))) if match else default

    def examples(self) -> list[Example]:
        """The seed examples, in order."""
        questions, answers = self.repeated.get("Example Question", ()), self.repeated.get("Example Answer", ())
        contexts = self.repeated.get("Example Context", ())
        if len(contexts) != len(questions):
            contexts = ("",) * len(questions)
        return [
            Example(question, answer, context)
            for question, answer, context in zip(questions, answers, contexts, strict=False)
        ]


def read(prompt: str) -> Prompt:
    """Parse a prompt. Raises LabtopError if its markers are broken or its output tags are unknown."""
    if len(prompt) > PROMPT_CHARACTERS:
        raise LabtopError(
            f"The prompt has {len(prompt):,} characters; the rule-based teacher reads at most {PROMPT_CHARACTERS:,}.",
            hint="Send one chunk of a document at a time.",
        )
    gathered: dict[str, list[str]] = {}
    outside: list[str] = []
    place = 0
    while opening := _OPENING.search(prompt, place):
        name = opening["name"]
        end = _closing(prompt, name, opening.end())
        if end is None:
            raise LabtopError(
                f"The prompt's [Start of {name}] is never closed.",
                hint=f"Put [End of {name}] on a line of its own after the text.",
            )
        outside.append(prompt[place : opening.start()])
        gathered.setdefault(name, []).append(prompt[opening.end() : end[0]].strip("\r\n"))
        place = end[1]
    outside.append(prompt[place:])
    rest = "\n".join(outside)
    task = next((task for task, tags in _TAGS if all(tag in rest for tag in tags)), None)
    tag = _ANY_TAG.search(rest)
    if task is None and (gathered or tag):
        asked = f" ({tag[0]})" if tag else ""
        raise LabtopError(
            f"The rule-based teacher does not know what this prompt asks for{asked}: it is not a language model.",
            hint="It answers the prompts of labtop's own pipelines; for others serve a language model as the teacher.",
        )
    repeated = {name: tuple(texts) for name, texts in gathered.items()}
    return Prompt(task, {name: texts[-1] for name, texts in repeated.items()}, repeated)


def _closing(prompt: str, name: str, start: int) -> tuple[int, int] | None:
    """Where an input ends: at its closing marker on a line of its own, else at the marker within the line.

    A document may quote a marker, so its last one counts.
    """
    alone = [match.span() for match in re.finditer(rf"^[ \t]*\[End of {name}\][ \t]*\r?$", prompt, re.MULTILINE)]
    own = [span for span in alone if span[0] >= start]
    if own:
        return own[-1] if name == "Document" else own[0]
    marker = f"[End of {name}]"
    place = prompt.find(marker, start)
    return (place, place + len(marker)) if place >= 0 else None
