"""The rules' levels and limits: read lightly, the same as all settings, and documented."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from core import paths
from core.config.load import load
from core.config.options.lint import LintOptions
from core.errors import LabtopError
from core.taxonomy.rules import settings as rule_settings
from core.taxonomy.rules.options import RULES, AdviceOptions

ROOT = Path(__file__).parents[4]
PAGE = ROOT / "docs/lint.md"

LIMITS = {field.name: field.default for field in fields(AdviceOptions) if field.name != "levels"}


def setting_of(code: str) -> str:
    """The name that a rule has in the settings."""
    return code.replace("-", "_")


def write(text: str) -> Path:
    file = paths.current().config_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_both_readers_know_the_same_settings_and_defaults() -> None:
    levels = {setting_of(code): "warning" for code in RULES}
    assert LintOptions().model_dump() == {**levels, **LIMITS}
    assert rule_settings.read(environment={}) == AdviceOptions()


@pytest.mark.parametrize(
    ("text", "environment"),
    [
        ("lint:\n", {}),
        ("train:\n  num_epochs: 3\n", {}),
        ("lint: {many_changes: off, pair_count: 'error', max_context_words: 7, min_context_match: 1}\n", {}),
        ("lint:\n  similar_context_share: 0.5\n  max_answer_words: '9'\n", {"LABTOP_LINT_MAX_ANSWER_WORDS": "8"}),
        ("lint: {}\n", {"LABTOP_LINT_DUPLICATE_ACROSS": "off", "LABTOP_LINT_MIN_ANSWER_SUPPORT": "0"}),
    ],
)
def test_both_readers_agree(text: str, environment: dict[str, str]) -> None:
    write(text)
    read, settings = rule_settings.read(environment=environment), load(environment=environment).settings.lint
    for code in RULES:
        assert (read.severity(code) or "off") == getattr(settings, setting_of(code))
    for name in LIMITS:
        assert getattr(read, name) == getattr(settings, name)


@pytest.mark.parametrize(
    ("text", "environment", "place", "word"),
    [
        ("lint:\n  pair_counts: off\n", {}, "config.yaml:2: lint.pair_counts ", "setting"),
        (
            "lint:\n  pair_count: on\n",
            {},
            "config.yaml:2: lint.pair_count: ",
            "'off', 'warning' or 'error'",
        ),
        (
            "\nlint:\n  max_answer_words: many\n",
            {},
            "config.yaml:3: lint.max_answer_words: ",
            "valid int",
        ),
        ("lint:\n  max_answer_words: 0\n", {}, "config.yaml:2: lint.max_answer_words: ", "greater than 0"),
        ("lint:\n  max_answer_words: [1]\n", {}, "config.yaml:2: lint.max_answer_words: ", "valid int"),
        ("lint:\n  min_context_match: 80%\n", {}, "config.yaml:2: lint.min_context_match: ", "valid num"),
        ("lint:\n  min_context_match: 2\n", {}, "config.yaml:2: lint.min_context_match: ", "should be"),
        ("lint: [1]\n", {}, "config.yaml:1: lint", ""),
        ("lint: [1\n", {}, "config.yaml:2:1: ", "']'"),
        ("", {"LABTOP_LINT_PAIR_COUNT": "no"}, "LABTOP_LINT_PAIR_COUNT: lint.pair_count: ", "'off'"),
    ],
)
def test_both_readers_report_the_same_place(text: str, environment: dict[str, str], place: str, word: str) -> None:
    write(text)
    for read in (rule_settings.read, load):
        with pytest.raises(LabtopError) as caught:
            read(environment=environment)
        _, found, reason = caught.value.message.partition(place)
        assert found and word in reason
        assert caught.value.hint


def test_variable_is_named_as_the_place() -> None:
    with pytest.raises(LabtopError) as caught:
        rule_settings.read(environment={"LABTOP_LINT_PAIR_COUNT": "no"})
    assert caught.value.hint == "Correct or unset LABTOP_LINT_PAIR_COUNT."


def test_typo_has_a_suggestion() -> None:
    write("lint:\n  max_context_word: 3\n")
    with pytest.raises(LabtopError) as caught:
        rule_settings.read(environment={})
    assert caught.value.hint == "Did you mean max_context_words?"


def test_the_settings_are_read_without_pydantic() -> None:
    program = (
        "import sys; from pathlib import Path; from core.taxonomy import lint;"
        "from core.taxonomy.rules import settings as rule_settings;"
        "lint.lint_paths([Path('profiles/sample')], rule_settings.read(Path('none')), Path('none'));"
        "print(sorted({'git', 'pydantic', 'psutil', 'difflib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def codes_in(file: Path) -> set[str]:
    """The codes that a module gives to its findings: words among the arguments of what makes one."""
    found: list[ast.expr] = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Finding", "Problem", "finding", "deletion"):
            found += [*node.args, *(word.value for word in node.keywords if word.arg == "code")]
        elif isinstance(node, ast.Return | ast.Yield) and isinstance(node.value, ast.Tuple) and file.stem == "style":
            found += node.value.elts
    words = {part.value for part in found if isinstance(part, ast.Constant) and isinstance(part.value, str)}
    return {word for word in words if re.fullmatch(r"[a-z]+(-[a-z]+)*", word)} - {"warning", "error"}


def test_the_page_lists_exactly_the_rules_that_exist() -> None:
    first, second = PAGE.read_text().split("## Second pass")
    rules, limits = second.split("### Switches and limits")
    listed = re.compile(r"^\| `([a-z_-]+)` \|", re.MULTILINE).findall
    assert listed(rules) == list(RULES)
    made = set().union(*(codes_in(file) for file in (ROOT / "core/taxonomy").rglob("*.py"))) - set(RULES)
    made |= {"braces", "brackets", "escape", "yaml-version"}  # named by a variable
    assert sorted(listed(first)) == sorted(made)
    defaults = dict(re.findall(r"^\| `([a-z_]+)` \| ([\d.]+) \|", limits, re.MULTILINE))
    assert {name: float(value) for name, value in defaults.items()} == LIMITS


def test_the_example_on_the_page_is_valid() -> None:
    example = re.search(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert example
    options = rule_settings.read(write(example[1]), environment={})
    assert (options.severity("similar-question"), options.severity("attribution-missing")) == ("error", None)
    assert options.max_context_words == 400
