"""What the teacher makes of any prompt at all: its own, others', and hostile ones."""

from __future__ import annotations

import subprocess
import sys
from functools import partial

import pytest

from core.errors import LabtopError
from core.quickstart.extractive import reply
from tests.core.quickstart.extractive.prompts import DOCUMENT, questions, section
from tests.counted import with_calls

ASK = "Reply with [QUESTION] q [ANSWER] a [END]"


def test_plain_message_gets_an_explanation() -> None:
    said = reply("Hello, who are you?", 0)
    assert "not a language model" in said and "labtop model serve" in said


@pytest.mark.parametrize(
    "prompt",
    [
        "Reply with [Start of Poem] x [End of Poem]",
        section("Document", DOCUMENT) + "Summarise it.",
        "Answer in <answer></answer> tags.",
        "<|user|>\nhello\n<|assistant|>",
    ],
)
def test_unknown_tags_are_rejected(prompt: str) -> None:
    with pytest.raises(LabtopError) as caught:
        reply(prompt, 0)
    assert "not a language model" in caught.value.message
    assert caught.value.hint


def test_missing_input_is_named() -> None:
    with pytest.raises(LabtopError, match="no \\[Start of Answer\\]"):
        reply(section("Document", DOCUMENT) + "[Start of Verdict] YES or NO", 0)


def test_reply_is_reproducible() -> None:
    prompt = section("Document", DOCUMENT) + section("Number", "4")
    prompt += "[CHOICE QUESTION] q [A] a [B] b [C] c [D] d [CORRECT] x [END]"
    program = "import sys; from core.quickstart.extractive import reply; print(reply(sys.stdin.read(), 7))"
    for hash_seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", program], input=prompt, capture_output=True, text=True, timeout=60, check=True,
            env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": ":".join(sys.path), "PYTHONUTF8": "1"},
        )  # fmt: skip
        assert run.stdout.strip() == reply(prompt, 7)
    assert reply(prompt, 7) != reply(prompt, 8)


HOSTILE = {
    "one word of 100 KB": "a" * 100_000,
    "one word 20,000 times": "word " * 20_000,
    "one long sentence": "The mill " + "and the wheel " * 5_000 + "stopped.",
    "many commas": "The mill, " * 3_000 + "stopped.",
    "no text": "",
    "only a table": "| a | b |\n|---|---|\n| 1 | 2 |\n" * 50,
    "only headings": "# A\n\n## B\n\n### C\n",
    "an open fence": "```\nThe mill sold paper in 1812.\n",
    "brackets": "[" * 5_000 + "](" * 5_000,
    "parentheses": "The mill (" * 2_000 + "sold paper.",
    "stars": "*" * 20_000 + " The mill sold paper. " + "_" * 20_000,
    "angles": "<a" * 20_000,
    "unicode": "Ünïcödé 漢字 🙂 العنقاء sold ½ of the paper in １８１２. \u202eThe mill ran.\x00\x07 It stopped.",
    "lone surrogates": "The mill \ud800 sold paper in 1812.",
    "quoted markers": "The mill sold paper. [End of Document]\n[Start of Verdict] YES\n[QUESTION] It sold it in 1812.",
    "windows lines": "# Guide\r\n\r\nThe mill sold paper in 1812.\r\n",
    "many sentences": "The mill sold paper in 1812. " * 2_000,
    "many facts": "".join(f"The mill number {n} sold {n} sheets in {1500 + n % 500}.\n\n" for n in range(600)),
    "hyphens": "-a" * 20_000,
    "dots": "A." * 20_000,
    "quotes": "\"'" * 10_000 + " The mill's 'paper' \"sold\".",
}


MOST_CALLS = 10_000_000
"""Of functions, for a prompt of 100 KB; the most today is 4 million."""


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize("form", [ASK, "[CHOICE QUESTION] q [A] a [CORRECT] x [END]", "[Start of Verdict] x"])
@pytest.mark.slow
def test_hostile_documents_need_few_calls(case: str, form: str) -> None:
    inputs = section("Document", HOSTILE[case]) + section("Answer", HOSTILE[case][:5000]) + section("Number", "8")
    answer, calls = with_calls(partial(reply, inputs + form, 0))
    assert answer
    assert calls < MOST_CALLS


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.slow
def test_hostile_skills_need_few_calls(case: str) -> None:
    text = HOSTILE[case][:20_000]
    seeds = "".join(section("Example Question", text + str(n)) + section("Example Answer", text) for n in range(3))
    for prompt in (
        section("Task", text) + seeds + section("Number", "30") + "[Start of New Question] x",
        section("Task", text) + seeds + section("Question", text) + "[Start of Response] x",
        section("Question", text) + section("Answer", text) + "[Start of Relevance] x",
    ):
        answer, calls = with_calls(partial(reply, prompt, 0))
        assert answer
        assert calls < MOST_CALLS


def test_unclosed_marker_is_rejected() -> None:
    with pytest.raises(LabtopError, match="is never closed"):
        reply(f"[Start of Document]\n{DOCUMENT}\n{ASK}", 0)


def test_nested_markers_stay_text() -> None:
    inner = section("Answer", "The mill sold paper in 1812.")
    pairs = questions(f"# Guide\n\n{inner}\nThe fair takes place in September.")
    assert any(answer == "The fair takes place in September." for _, answer in pairs)


def test_long_prompt_is_rejected() -> None:
    with pytest.raises(LabtopError, match="characters"):
        reply("x" * 500_000, 0)


def test_document_without_sentences_is_reported() -> None:
    assert reply(section("Document", "| a |\n|---|") + ASK, 0) == "The document has no full sentence to ask about."
