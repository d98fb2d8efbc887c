"""The rules beyond the schema: what they find and exactly where, and what they leave alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.printable import printable
from core.taxonomy.documents.fetch import Document
from core.taxonomy.format.diagnostics import MAX_FINDINGS, Diagnostic
from core.taxonomy.git.changes import Changes
from core.taxonomy.lint import lint_changes, lint_file, lint_paths, lint_text
from core.taxonomy.rules.documents import DocumentText
from core.taxonomy.rules.options import AdviceOptions
from core.taxonomy.rules.second_pass import SecondPass
from tests.core.taxonomy.leaves import edited, knowledge, skill, write
from tests.core.taxonomy.second_pass import advise
from tests.core.taxonomy.test_lint import HOSTILE, marked
from tests.counted import with_calls

KNOWLEDGE = Path("knowledge/birds/qna.yaml")
SKILL = Path("compositional_skills/adding/qna.yaml")
OPTIONS = AdviceOptions()
ROOT = Path(__file__).parents[4]
COMMUNITY = ROOT.parent / "shared" / "data"

WORDS = " ".join(f"word{number}" for number in range(600))


def question(old: str, new: str, text: str = "") -> str:
    return edited(text or knowledge(), f"question: {old}", f"question: {new}")


def seeds(*contexts: str) -> str:
    """A knowledge leaf with these contexts."""
    lines = ["version: 3", "seed_examples:"]
    for number, context in enumerate(contexts):
        lines += [f"  - context: {context}", "    questions_and_answers:"]
        lines += [f"      - {{question: 'Why {number}{pair}?', answer: 'No.'}}" for pair in range(3)]
    return "\n".join(lines) + "\n"


FIRST = "What does bird 0 do 0?"
PASSAGE = "The heron stands in the shallow river for hours and waits until a fish swims near its long legs"

CASES: dict[str, tuple[Path, str, str, str, str]] = {
    "long context": (KNOWLEDGE, edited(knowledge(), "Bird 0", WORDS), "context-length", "605", "|\n      word0"),
    "long question": (KNOWLEDGE, question(FIRST, WORDS + "?"), "question-length", "600", "word0"),
    "long answer": (SKILL, edited(skill(), "1, exactly.", WORDS), "answer-length", "600", "word0"),
    "four pairs": (
        KNOWLEDGE,
        question(FIRST, "Who hears it?\n        answer: It sings.\n      - question: " + FIRST),
        "pair-count",
        "4 pairs",
        "question: What does bird 0 do 2?",
    ),
    "some contexts": (
        SKILL,
        edited(skill(), "    answer: 1,", "    context: Two apples.\n    answer: 1,"),
        "mixed-contexts",
        "are ignored",
        "question: What is 1 + 1?",
    ),
    "same question": (
        KNOWLEDGE,
        question("What does bird 3 do 1?", "what does  Bird 0 do 0"),
        "duplicate-question",
        "line 10",
        "what does",
    ),
    "nearly the same question": (
        KNOWLEDGE,
        question(
            FIRST,
            "Where do herons sleep in winter?",
            question("What does bird 4 do 1?", "Where does the heron sleep in winter?"),
        ),
        "similar-question",
        "line 10",
        "Where does the heron",
    ),
    "same context": (
        KNOWLEDGE,
        edited(knowledge(), "Bird 3 sings", "Bird 1   sings"),
        "duplicate-context",
        "line 16",
        "|",
    ),
    "nearly the same context": (
        KNOWLEDGE,
        seeds("Something else.", PASSAGE, f"{PASSAGE} of wood."),
        "similar-context",
        "line 8",
        PASSAGE,
    ),
    "a context in another": (
        KNOWLEDGE,
        seeds(f"Many are grey. {PASSAGE}. Then it eats.", f"'{PASSAGE}.'"),
        "similar-context",
        "line 3",
        f"'{PASSAGE}",
    ),
    "unsupported answer": (
        KNOWLEDGE,
        edited(
            edited(knowledge(), "Bird 0", "The bird 0"),
            "answer: It sings 0.",
            "answer: Ripe bananas hang on tall plants of warm islands.",
        ),
        "unsupported-answer",
        "does not support",
        "Ripe bananas hang",
    ),
    "comment in a question": (
        KNOWLEDGE,
        question(FIRST, "What does rule #1 of the game say?"),
        "comment-in-text",
        "the text after '#' is a comment",
        "#1 of the game say?",
    ),
    "comment in an answer": (
        SKILL,
        edited(skill(), "1, exactly.", "1, item # 2"),
        "comment-in-text",
        "a comment",
        "# 2",
    ),
    "comment in place of a text's second line": (
        KNOWLEDGE,
        question(FIRST, "What does rule\n          #1 of the game say?"),
        "comment-in-text",
        "the text after '#' is a comment",
        "#1 of the game say?",
    ),
    "heading that fell out of a context": (
        KNOWLEDGE,
        edited(knowledge(), "      # It is loud.", "## It is loud.\n"),
        "comment-in-text",
        "this is a comment",
        "## It is loud.",
    ),
    "anchor that nothing refers to": (
        KNOWLEDGE,
        question(FIRST, "&What does bird 0 do 0?"),
        "garbled-text",
        "'&What' is an anchor, not text",
        "&What",
    ),
    "bare tag": (SKILL, edited(skill(), "1, exactly.", "! 1, exactly"), "garbled-text", "'!' is a tag", "!"),
    "escapes of LaTeX": (
        SKILL,
        edited(skill(), "1, exactly.", '"The sum of \\alpha and \\beta"'),
        "garbled-text",
        "a control character",
        '"The sum',
    ),
    "a sign of LaTeX that begins like a tab": (
        SKILL,
        edited(skill(), "1, exactly.", '"1 \\times 1"'),
        "garbled-text",
        "a control character",
        '"1 \\times',
    ),
    "comment in the domain": (
        KNOWLEDGE,
        edited(knowledge(), "domain: birds", "domain: birds  #loud"),
        "comment-in-text",
        "a comment",
        "#loud",
    ),
    "pattern within a pattern": (
        KNOWLEDGE,
        knowledge(patterns="[docs/a.md, './docs/*.md']"),
        "overlapping-patterns",
        "docs/a.md",
        "'./docs/*.md'",
    ),
    "image": (
        KNOWLEDGE,
        edited(knowledge(), "Bird 2 sings.", "It ![sings](a.png)."),
        "context-markdown",
        "image",
        "![sings](",
    ),
    "footnote": (
        KNOWLEDGE,
        edited(knowledge(), "Bird 2 sings.", "It sings.[^1]"),
        "context-markdown",
        "footnote",
        "[^1]",
    ),
    "table": (
        SKILL,
        edited(skill(context=True), "The number 0.", "'a <table> and a <TABLE BORDER=1>'"),
        "context-markdown",
        "HTML table",
        "<TABLE",
    ),
    "command as repository": (KNOWLEDGE, knowledge(repo="ext::sh -c x"), "unsafe-source", "address", "ext::sh -c x"),
    "option as repository": (
        KNOWLEDGE,
        knowledge(repo="--upload-pack=x"),
        "unsafe-source",
        "address",
        "--upload-pack=x",
    ),
    "pattern that leaves": (
        KNOWLEDGE,
        knowledge(patterns="['*.md', ../x.md]"),
        "unsafe-source",
        "leads out",
        "../x.md",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_rule_marks_the_cause(case: str) -> None:
    path, text, code, said, stretch = CASES[case]
    found = advise(text, path, OPTIONS)
    assert [one.code for one in found] == [code], found
    assert said in found[0].message
    assert marked(text, found[0]).startswith(stretch)
    assert found[0].severity == "warning"


@pytest.mark.parametrize("case", CASES)
def test_each_rule_can_be_switched_off_and_made_an_error(case: str) -> None:
    path, text, code, *_ = CASES[case]
    assert advise(text, path, AdviceOptions({code: "off"})) == []
    assert {found.severity for found in advise(text, path, AdviceOptions({code: "error"}))} == {"error"}


def test_word_limits_have_defaults_and_can_be_set() -> None:
    for count, codes in ((500, []), (501, ["context-length"])):
        text = edited(knowledge(), "Bird 0 sings.\n\n      # It is loud.", " ".join(["sings"] * count))
        assert [found.code for found in advise(text, KNOWLEDGE, OPTIONS)] == codes
    (found,) = advise(edited(knowledge(), "Bird 0", WORDS), KNOWLEDGE, AdviceOptions(max_context_words=604))
    assert found.message == "the context has 605 words; at most 604 are allowed"


def test_span_of_a_repeated_phrase() -> None:
    text = edited(knowledge(), "Bird 2 sings.", "`![a](b)` is code, ![a](b) is none.")
    (found,) = advise(text, KNOWLEDGE, OPTIONS)
    line = text.splitlines()[found.line - 1]
    assert line[: found.column - 1].endswith("is code, ")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is 3 + 4?", "What is 3 - 4?"),
        ("What is 3 + 4?", "What is 4 + 5?"),
        ("Who invented the language C?", "Who invented the language C++?"),
        ("Which birds fly?", "Which birds do not fly?"),
        ("When was the bridge built?", "Who built the bridge?"),
        ("What eats a hen?", "What did a hen eat on Monday?"),
        ("鳥は何を食べますか?", "鳥は何を飲みますか?"),
    ],
)
def test_questions_that_differ(one: str, other: str) -> None:
    text = edited(edited(skill(), "What is 0 + 1?", f'"{one}"'), "What is 1 + 1?", f'"{other}"')
    assert advise(text, SKILL, OPTIONS) == []


def test_grounded_skill_may_repeat_a_question() -> None:
    text = skill(context=True)
    for number in range(5):
        text = edited(text, f"What is {number} + 1?", "What comes after the number in the text above?")
    assert advise(text, SKILL, OPTIONS) == []


@pytest.mark.parametrize("answer", ["'Yes.'", "Two.", "It does.", "'No, never.'", "Bird 0 is loud, and sings."])
def test_short_answers_are_not_checked(answer: str) -> None:
    text = edited(knowledge(), "Bird 0", "The bird 0")
    assert advise(edited(text, "answer: It sings 0.", f"answer: {answer}"), KNOWLEDGE, OPTIONS) == []


@pytest.mark.parametrize(
    "text",
    [
        "seed_examples: 3\n",
        "seed_examples: [1, a, {}, {context: 2}, {questions_and_answers: x}]\ndocument: x\n",
        "seed_examples: [{context: a, questions_and_answers: [1, {question: a}, {answer: b}]}]\n",
        "document: {repo: 1, patterns: {a: b}}\n",
        "- a\n",
        "",
        "a: [\n",
    ],
)
@pytest.mark.parametrize("path", [KNOWLEDGE, SKILL])
def test_incomplete_leaves(text: str, path: Path) -> None:
    assert all(found.code in ("mixed-contexts",) for found in advise(text, path, OPTIONS))


DOCUMENT = """\
# Birds of the river

The **heron** stands in the shallow [river](rivers "wikilink") for hours and waits
until a *fish* swims near its long legs. It then strikes within a tenth of a second.

Its nest of sticks lies high in a tree[^1], and both parents feed three to five chicks.

[^1]: Seldom on the ground.
"""


@pytest.mark.parametrize(
    ("context", "is_copy"),
    [
        ("The heron stands in the shallow river for hours and waits until a fish swims near its long legs.", True),
        (
            "the heron stands\n\nin the SHALLOW river for hours - and waits until a `fish` swims near its *long* legs",
            True,
        ),
        ("Its nest of sticks lies high in a tree, and both parents feed three to five chicks.", True),
        ("The heron is a large grey bird of the marshes which hunts at dusk and sleeps in colonies of trees.", False),
        ("", True),
    ],
)
def test_context_in_document(context: str, is_copy: bool) -> None:
    text = seeds(json.dumps(context), "Herons.") + "document: {repo: /x, commit: a, patterns: ['*.md']}\n"
    found = advise(text, KNOWLEDGE, OPTIONS, DocumentText([Document("a.md", DOCUMENT)]))
    codes = [one.code for one in found if one.line == 3]
    assert codes == ([] if is_copy else ["context-not-in-document"])
    (footnote,) = [one for one in found if one.code == "document-markdown"]
    assert "a.md contains a footnote (line 6)" in footnote.message
    assert not [one for one in advise(text, KNOWLEDGE, OPTIONS) if "document" in one.code], "no document, no finding"


def test_patterns_are_judged_by_their_files() -> None:
    documents = DocumentText([Document("a.md", ""), Document("docs/b.md", "")])
    text = knowledge(patterns="['**/a*.md', 'docs/*.md', '**/*.md', 'x/*']")
    codes = [(found.code, marked(text, found)) for found in advise(text, KNOWLEDGE, OPTIONS, documents)]
    assert [code for code in codes if "pattern" in code[0]] == [
        ("overlapping-patterns", "'**/*.md'"),
        ("unmatched-pattern", "'x/*'"),
    ]


def across(root: Path) -> list[Diagnostic]:
    found = lint_paths([root], AdviceOptions({"attribution-missing": "off"})).diagnostics
    return [one for one in found if "attribution" not in one.code]


def test_leaves_with_the_same_texts(tmp_path: Path) -> None:
    write(tmp_path / "knowledge/a/qna.yaml", knowledge())
    other = knowledge().replace("Bird", "Fish").replace("bird", "fish")
    path = write(tmp_path / "knowledge/b/qna.yaml", question("What does fish 2 do 1?", "What does bird 0 do 0", other))
    (found,) = across(tmp_path)
    assert (found.path, found.code) == (str(path), "duplicate-across")
    assert found.message == "the question is also in line 10 of knowledge/a"
    assert marked(path.read_text(), found) == "What does bird 0 do 0"


def repeated(root: Path, changes: Changes) -> list[tuple[str, str]]:
    found = lint_changes(root, changes, OPTIONS).diagnostics
    return [(one.path, one.message) for one in found if one.code == "duplicate-across"]


@pytest.mark.parametrize("question", ["What does bird 0 do 0?", '"What does \\x62ird 0 do 0?"'])
def test_changed_leaf_repeats_an_unchanged_one(tmp_path: Path, question: str) -> None:
    """The old one may come later in the order of names, write the text with escapes, or be about more."""
    write(tmp_path / "knowledge/z/qna.yaml", knowledge().replace("What does bird 0 do 0?", question))
    other = knowledge().replace("Bird", "Fish").replace("bird", "fish")
    write(tmp_path / "knowledge/y/qna.yaml", other.replace("fish", "frog").replace("Fish", "Frog"))
    write(tmp_path / "knowledge/x/qna.yaml", "a: [\n")
    write(tmp_path / "knowledge/a/qna.yaml", edited(other, "What does fish 2 do 1", "What does bird 0 do 0"))
    name = "knowledge/a/qna.yaml"
    ((path, message),) = repeated(tmp_path, Changes((name,), (), (), new=frozenset([name])))
    assert path == name and "line 10 of knowledge/z" in message


def test_new_leaf_repeats_a_changed_one(tmp_path: Path) -> None:
    names = [f"compositional_skills/{letter}/qna.yaml" for letter in "ab"]
    write(tmp_path / names[0], edited(skill().replace("What is", "How much is"), "How much is 0", "What is 0"))
    write(tmp_path / names[1], skill())
    ((path, message),) = repeated(tmp_path, Changes(tuple(names), (), (), new=frozenset(names[:1])))
    assert path == names[0] and "line 5 of compositional_skills/b" in message


def test_copy_is_one_finding(tmp_path: Path) -> None:
    for name in "ab":
        write(tmp_path / f"knowledge/{name}/qna.yaml", knowledge())
    (found,) = across(tmp_path)
    assert found.path == str(tmp_path / "knowledge/b/qna.yaml")
    assert found.message == "the context is also in line 5 of knowledge/a, and so are 19 other texts of this leaf"
    name = "knowledge/a/qna.yaml"
    assert [path for path, _ in repeated(tmp_path, Changes((name,), (), ()))] == [name]


def test_leaves_of_two_taxonomies_are_named_by_path(tmp_path: Path) -> None:
    for name in ("one", "other"):
        write(tmp_path / name / "knowledge/a/qna.yaml", knowledge())
    assert f"of {tmp_path}/one/knowledge/a" in across(tmp_path)[0].message


def test_repeated_pattern_is_one_finding() -> None:
    text = knowledge(patterns="[x.md, x.md]")
    assert [found.code for found in lint_text(text, KNOWLEDGE)] == ["duplicate-item"]
    assert advise(text, KNOWLEDGE, OPTIONS) == []


def test_quotes_and_other_comments() -> None:
    text = edited(knowledge(), "domain: birds", "domain: 'birds' # loud")
    assert advise(edited(skill(), "Add numbers", "#tag"), SKILL, OPTIONS) == [], (
        "the schema finds that no text is there"
    )
    text = edited(text, "created_by: someone", "created_by: someone # else")
    text = edited(text, "context: |", "context: | # loud")
    assert advise(edited(text, "It sings 0.", "C#, and F# too"), KNOWLEDGE, OPTIONS) == []


def test_name_collisions(tmp_path: Path) -> None:
    one, other = (write(tmp_path / f"knowledge/{name}/qna.yaml", "") for name in ("a/b_c", "a_b/c"))
    write(tmp_path / "knowledge/a_b/d/qna.yaml", "")
    found = [one for one in across(tmp_path) if one.code != "empty-file"]
    assert [(one.path, one.code) for one in found] == [(str(one), "name-collision"), (str(other), "name-collision")]
    assert "knowledge_a_b_c" in found[0].message
    changes = Changes(("knowledge/a_b/c/qna.yaml",), (), ())
    codes = [one.code for one in lint_changes(tmp_path, changes, OPTIONS).diagnostics]
    assert "name-collision" in codes, "also with a leaf that did not change"


def test_many_changes_at_once(tmp_path: Path) -> None:
    names = [f"compositional_skills/{letter}/qna.yaml" for letter in "abcdef"]
    for name in names:
        write(tmp_path / name, skill(1))
    options = AdviceOptions({"duplicate-across": "off"})
    assert lint_changes(tmp_path, Changes(tuple(names[:5]), (), ()), options).diagnostics == ()
    (found,) = lint_changes(tmp_path, Changes(tuple(names), (), ()), options).diagnostics
    assert (found.path, found.code) == (names[5], "many-changes")
    assert "6 leaves changed" in found.message


@pytest.mark.parametrize("folder", [ROOT / "profiles/sample", COMMUNITY])
def test_good_leaves_have_no_findings(folder: Path) -> None:
    if not folder.is_dir():
        pytest.skip(f"{folder.name} is not on this machine")
    found = lint_paths([folder], OPTIONS).diagnostics
    second = {(one.path, one.code) for one in found} - {
        (one.path, one.code) for one in lint_paths([folder]).diagnostics
    }
    # The sample's address is filled in when it is installed; the example of RHEL AI's documents has placeholders and no
    # attribution; the community's leaf about chickadees asks twice what they eat.
    assert {code for _, code in second} <= {"unsafe-source", "attribution-missing", "placeholder", "similar-question"}
    assert len(second) <= 3


def near(count: int) -> str:
    """A leaf of many contexts and questions that are nearly the same."""
    body = "".join(
        f"- context: {PASSAGE} {number % 7}\n"
        f"  questions_and_answers: [{{question: Where is the heron {number}, answer: a}}]\n"
        for number in range(count)
    )
    return "seed_examples:\n" + body


MANY = {
    **HOSTILE,
    "near-duplicates": near(4_500),
    "different contexts of common runs": "seed_examples:\n"
    + "".join(
        "- {context: '" + " ".join(f"a b c d {(number * step) % 97}" for step in range(1, 40)) + "'}\n"
        for number in range(6_000)
    ),
    "much text": "seed_examples:\n"
    + "".join(f"- {{context: {number} {WORDS[:800]}, question: {number}, answer: a b}}\n" for number in range(5_000)),
    "one question": "seed_examples:\n" + "- {question: Where is the heron now, answer: a}\n" * 9_000,
    "aliased text": "a: &a '"
    + "word " * 800_000
    + "'\nseed_examples: ["
    + "{context: *a, question: *a}, " * 4_000
    + "]\n",
    "numbers": "seed_examples:\n"
    + "".join(
        f"- context: the {'of 17 days ' * 4_000}\n  questions_and_answers: [{{question: When, answer: "
        + " ".join(f"{number} days" for number in range(start, start + 900))
        + "}]\n"
        for start in range(1_000, 21_000, 1_000)
    ),
    "sums": "seed_examples:\n- context: the "
    + " the ".join(f"{number * number + 13} days" for number in range(8))
    + "\n  questions_and_answers:\n"
    + "".join(f"  - {{question: Which {number}, answer: {number}5013 days}}\n" for number in range(9_000)),
    "open quotes": "seed_examples:\n"
    + "".join(
        f"- question: |\n    {start} {'“a «b ' * 4_000} {chr(39)}{' a'.join(chr(39) * 9_000)}\n" for start in range(20)
    ),
    "open comments": "seed_examples: [{context: '" + "<!--<!-- ![a]" * 200_000 + "'}]\n",
    **{
        f"signs {sign}": "seed_examples:\n  - context: a\n    questions_and_answers:\n"
        f"      - question: x{sign * 50_000}\n"
        for sign in ("(", ",", ";", "](", "\u2018")
    },
    "open brackets": "seed_examples: [{context: '"
    + "[a](((((" * 400_000
    + "', question: '"
    + "[a](" * 200_000
    + "'}]\n",
    "tags": "seed_examples: [{context: '" + "<a <table <" * 300_000 + "'}]\n",
    "back quotes": "seed_examples: [{context: '" + "![a] ``` ` " * 300_000 + "'}]\n",
    "the": "seed_examples:\n  - context: a\n    questions_and_answers:\n      - question: "
    + "according to the " * 200_000
    + "\n",
    "patterns": "document: {repo: '"
    + "a" * 100_000
    + "', patterns: ["
    + ", ".join(f"'**/*{n}*.md'" for n in range(40_000))
    + "]}\n",
    "stars": "document: {patterns: ['"
    + "*a" * 100_000
    + "', '"
    + "**/" * 50_000
    + "', "
    + "'"
    + "a" * 200_000
    + "']}\n",
}


MOST_CALLS = 40_000_000
"""Of functions, for a file of a few megabytes; the most today is 14 million."""


@pytest.mark.parametrize("name", MANY)
@pytest.mark.slow
def test_hostile_text_costs_little(name: str, tmp_path: Path) -> None:
    path = tmp_path / "knowledge/a/qna.yaml"
    write(path, "").write_bytes(MANY[name].encode(errors="surrogatepass"))
    found, calls = with_calls(lambda: lint_file(path, SecondPass(OPTIONS)))
    assert calls < MOST_CALLS
    assert 1 <= len(found) <= 2 * MAX_FINDINGS + 10
    refused = {"too-large", "syntax", "alias", "too-deep"} & {one.code for one in found}
    assert name in HOSTILE or not refused, "so that the second pass has met it"
    assert all(printable(one.message) == one.message for one in found)


LINT_ALL = """
import re, sys
from pathlib import Path
from core.taxonomy.rules.options import AdviceOptions
from core.taxonomy.lint import lint_paths
files = lint_paths([Path(sys.argv[1])], AdviceOptions()).files
print(files, int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1000)
"""
"""Files and the most megabytes. `ru_maxrss` would count the memory of the process that started this one, too."""


@pytest.mark.slow
def test_hostile_texts_take_little_memory(tmp_path: Path) -> None:
    """All of them, one after the other in one process."""
    for number, text in enumerate(MANY.values()):
        write(tmp_path / f"knowledge/{number}/qna.yaml", "").write_bytes(text.encode(errors="surrogatepass"))
    done = subprocess.run(
        [sys.executable, "-c", LINT_ALL, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    files, megabytes = map(int, done.stdout.split())
    assert files == len(MANY)
    assert megabytes < 300


def test_utf_16_is_one_finding(tmp_path: Path) -> None:
    write(path := tmp_path / "qna.yaml", "").write_bytes(knowledge().encode("utf-16"))
    assert [found.code for found in lint_file(path, SecondPass(OPTIONS))] == ["encoding"]


def test_the_second_pass_does_not_repeat_the_first() -> None:
    text = edited(knowledge(), "someone", "''")
    assert [found.code for found in lint_text(text, KNOWLEDGE)] == ["empty"]
    assert advise(text, KNOWLEDGE, OPTIONS) == []
