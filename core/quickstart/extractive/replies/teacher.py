"""The rule-based teacher: recognises the task of a prompt and replies in the prompt's own tags."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from typing import Final

from core.quickstart.extractive.questions.wordings import rule_wordings
from core.quickstart.extractive.reading.sentences import facts
from core.quickstart.extractive.replies import skills
from core.quickstart.extractive.replies.choices import LETTERS, multiple_choice
from core.quickstart.extractive.replies.judging import Judgement, faithful, relevant, self_contained
from core.quickstart.extractive.replies.keywords import keyword_wordings
from core.quickstart.extractive.replies.prompt import Prompt, Task, read
from core.quickstart.extractive.replies.rating import rate

WORDINGS: Final = 8
"""Wordings of a fact if the prompt gives no number; a student learns nothing from more."""

_GREETING: Final = (
    "I am labtop's rule-based teacher, not a language model, so I cannot chat: I write questions and answers from "
    "documents, multiple choice, and judgements for labtop's data generation. "
    "To chat, serve a model with: labtop model serve"
)
_NOTHING: Final = "The document has no full sentence to ask about."
_NO_RULE: Final = (
    "The rule-based teacher finds no two seed examples that are answered in one way, so it can make no more."
)


def reply(prompt: str, seed: int) -> str:
    """The teacher's reply, the same for the same prompt and seed.

    Raises LabtopError for a prompt whose markers are broken or whose output tags it does not know; a plain message is
    answered with what it is.
    """
    if (rating := rate(prompt)) is not None:
        return rating
    parts = read(prompt)
    if parts.task is None:
        return _GREETING
    digest = hashlib.sha256(f"{seed}\n{prompt}".encode("utf-8", "replace")).digest()
    return _ANSWERS[parts.task](parts, random.Random(digest))


def _questions(prompt: Prompt, rng: random.Random) -> str:
    """Questions about every fact: rule wordings first, then keyword wordings; the answer is the fact's sentence."""
    wanted = prompt.number(WORDINGS)
    asked: set[str] = set()
    lines: list[str] = []
    for fact in facts(prompt.need("Document"), prompt.get("Title")):
        by_rule = rule_wordings(fact, wanted)
        for question in [*by_rule, *keyword_wordings(fact, wanted, by_rule)]:
            if question.lower() not in asked:
                asked.add(question.lower())
                lines.append(f"[QUESTION] {question} [ANSWER] {fact.sentence} [END]")
    return "\n".join(lines) or _NOTHING


def _choices(prompt: Prompt, rng: random.Random) -> str:
    known = facts(prompt.need("Document"), prompt.get("Title"))
    made = multiple_choice(known, prompt.number(WORDINGS), rng)
    lines = []
    for choice in made:
        answers = " ".join(f"[{letter}] {text}" for letter, text in zip(LETTERS, choice.answers, strict=True))
        lines.append(f"[CHOICE QUESTION] {choice.question} {answers} [CORRECT] {choice.correct} [END]")
    return "\n".join(lines) or _NOTHING


def _judged(judgement: Judgement, tag: str) -> str:
    return (
        f"[Start of Explanation]\n{judgement.explanation}\n[End of Explanation]\n"
        f"[Start of {tag}]\n{judgement.verdict}\n[End of {tag}]"
    )


def _listed(texts: list[str], tag: str) -> str:
    return "\n".join(f"[Start of {tag}]\n{text.strip()}\n[End of {tag}]" for text in texts) or _NO_RULE


def _skill_questions(prompt: Prompt, rng: random.Random) -> str:
    wanted = prompt.number(WORDINGS)
    if prompt.get("Context"):
        return _listed(skills.context_questions(prompt.examples(), prompt.get("Context"), wanted, rng), "New Question")
    return _listed(skills.new_questions(prompt.examples(), wanted, rng), "New Question")


def _skill_contexts(prompt: Prompt, rng: random.Random) -> str:
    contexts = prompt.repeated.get("Example Context", ())
    made = skills.new_contexts(contexts, prompt.examples(), prompt.number(WORDINGS), rng)
    return _listed(made, "New Context")


def _skill_answer(prompt: Prompt, rng: random.Random) -> str:
    answer = skills.answer(prompt.examples(), prompt.need("Question"), prompt.get("Context"))
    return f"[Start of Response]\n{answer.strip()}\n[End of Response]"


_ANSWERS: Final[dict[Task, Callable[[Prompt, random.Random], str]]] = {
    Task.QUESTIONS: _questions,
    Task.CHOICES: _choices,
    Task.FAITHFUL: lambda prompt, _: _judged(
        faithful(prompt.need("Document"), prompt.need("Answer"), prompt.get("Title")), "Verdict"
    ),
    Task.RELEVANT: lambda prompt, _: _judged(relevant(prompt.need("Question"), prompt.need("Answer")), "Relevance"),
    Task.SELF_CONTAINED: lambda prompt, _: _judged(self_contained(prompt.need("Question")), "Rating"),
    Task.SKILL_QUESTIONS: _skill_questions,
    Task.SKILL_CONTEXTS: _skill_contexts,
    Task.SKILL_ANSWER: _skill_answer,
    Task.SKILL_SCORE: lambda prompt, _: _judged(
        skills.pair_score(prompt.need("Question"), prompt.need("Answer"), prompt.get("Context")), "Score"
    ),
}
