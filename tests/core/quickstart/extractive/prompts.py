"""Prompts as the pipelines send them, with the parsed replies of the teacher."""

from __future__ import annotations

import re
from pathlib import Path

from core.quickstart.extractive import reply

DOCUMENT = (Path(__file__).parent / "data" / "paper_mill.md").read_text(encoding="utf-8")
PHOENIX = Path(__file__).parents[4] / "shared" / "data" / "phoenix" / "phoenix_constellation.md"
"""The source documents' own example, if it is next to the checkout."""


def section(name: str, text: str) -> str:
    return f"[Start of {name}]\n{text}\n[End of {name}]\n"


def questions(document: str, number: int | None = None, title: str = "") -> list[tuple[str, str]]:
    """Question and answer pairs of a document."""
    prompt = "You write questions.\n\n" + (section("Title", title) if title else "") + section("Document", document)
    if number is not None:
        prompt += section("Number", str(number))
    said = reply(prompt + "Reply with the pairs: [QUESTION] the question [ANSWER] the answer [END]", 0)
    return re.findall(r"\[QUESTION\] (.+?) \[ANSWER\] (.+?) \[END\]", said)


def verdict(inputs: str, tag: str) -> str:
    """What a judge prompt is answered with; its explanation is one sentence."""
    said = reply(
        f"Judge.\n\n{inputs}\nReply with [Start of Explanation] why [End of Explanation] [Start of {tag}] x", 0
    )
    match = re.fullmatch(
        rf"\[Start of Explanation\]\n(Rule-based: [^\n]+\.)\n\[End of Explanation\]\n"
        rf"\[Start of {tag}\]\n(\w+)\n\[End of {tag}\]",
        said,
    )
    assert match, said
    return match[2]


def faithful(document: str, answer: str) -> str:
    return verdict(section("Document", document) + section("Answer", answer), "Verdict")


def relevant(question: str, answer: str) -> str:
    return verdict(section("Question", question) + section("Answer", answer), "Relevance")


def self_contained(question: str) -> str:
    return verdict(section("Question", question), "Rating")


def listed(said: str, tag: str) -> list[str]:
    """The texts between a reply's tags."""
    return re.findall(rf"\[Start of {tag}\]\n(.*?)\n\[End of {tag}\]", said, re.DOTALL)
