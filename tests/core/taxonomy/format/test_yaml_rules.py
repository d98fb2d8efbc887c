"""A yamllint configuration in the place of InstructLab's rules; findings are compared with yamllint's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from yamllint import linter
from yamllint.config import YamlLintConfig

from core.errors import LabtopError
from core.taxonomy.format.yaml_rules import YamlRules, read_yaml_rules
from core.taxonomy.lint import lint_text
from tests.core.taxonomy.leaves import edited, skill, write
from tests.core.taxonomy.test_lint import SKILL

CONFIGS = {
    "none": "{}\n",
    "relaxed": "extends: relaxed\n",
    "longer": "extends: relaxed\nrules:\n  line-length: {max: 100, level: error}\n",
    "disabled": "extends: relaxed\nrules:\n  line-length: disable\n  trailing-spaces: false\n  colons: disable\n",
    "blank lines": "extends: relaxed\nrules:\n  empty-lines: {max: 0, max-end: 3}\n",
    "only one": "rules:\n  trailing-spaces: enable\n",
    "no inline mappings": "extends: relaxed\nrules:\n  line-length:\n    allow-non-breakable-inline-mappings: false\n",
    "default as relaxed": (
        "extends: default\nrules:\n  comments: disable\n  comments-indentation: disable\n  document-start: disable\n"
        "  truthy: disable\n  braces: {max-spaces-inside: 1}\n  brackets: {max-spaces-inside: 1}\n"
        "  indentation: {indent-sequences: consistent}\n"
    ),
    "as InstructLab's": "extends: relaxed\nyaml-files: ['*.yaml']\nrules:\n  line-length: disable\n",
}

TEXTS = [
    skill(),
    edited(skill(), "Add numbers", "word " * 20 + "end"),
    edited(skill(), "Add numbers", "w" * 90),
    edited(skill(), "Add numbers", "Add numbers  "),
    edited(skill(), "Add numbers\n", "Add numbers\n\n"),
    skill() + "\n\n",
    edited(skill(), "task_description: ", "task_description:  "),
    edited(skill(), "created_by: someone\n", "created_by: someone\ncreated_by: another\n"),
]


@pytest.mark.parametrize("name", CONFIGS)
def test_yaml_rules_find_what_yamllint_finds(name: str, tmp_path: Path) -> None:
    rules = read_yaml_rules(write(tmp_path / "rules.yaml", CONFIGS[name]))
    config = YamlLintConfig(CONFIGS[name]) if CONFIGS[name] != "{}\n" else None
    for text in TEXTS:
        ours = {found.code for found in lint_text(text, SKILL, rules)}
        theirs = {problem.rule for problem in linter.run(text, config)} if config else set()
        assert ours == theirs, text
        assert all(found.severity == "error" for found in lint_text(text, SKILL, rules))


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("extends: default\n", "of the rule 'braces', which is not checked"),
        ("extends: relaxed\nrules: {document-start: enable}\n", "'document-start', which is not checked"),
        ("extends: relaxed\nrules: {braces: {forbid: true}}\n", "'forbid: true' of the rule 'braces'"),
        ("extends: relaxed\nrules: {indentation: {spaces: 4}}\n", "'spaces: 4' of the rule 'indentation'"),
        ("extends: relaxed\nrules: {line-length: {max: many}}\n", "'max: many' for the rule 'line-length'"),
        ("extends: relaxed\nrules: {line-length: {longest: 4}}\n", "option 'longest'"),
        ("extends: relaxed\nrules: {line-lenght: {max: 4}}\n", "rule 'line-lenght', which yamllint does not know"),
        ("extends: other.yaml\n", "extends 'other.yaml'"),
        ("rule: {}\n", "key 'rule'"),
        ("- a\n", "is no yamllint configuration"),
        ("rules: [\n", "cannot be read as YAML"),
    ],
)
def test_yaml_rules_refuse_what_is_not_checked(config: str, said: str, tmp_path: Path) -> None:
    file = write(tmp_path / "rules.yaml", config)
    with pytest.raises(LabtopError) as caught:
        read_yaml_rules(file)
    assert said in caught.value.message
    assert str(file) in caught.value.message


def test_yaml_rules_default_to_instructlabs() -> None:
    assert YamlRules() == YamlRules(line_length=120, blank_lines=2)
