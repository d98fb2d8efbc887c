"""docs/taxonomy-json.md names every key that the commands print, and its type."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.core.taxonomy.leaves import commit_all, edited, knowledge, skill, write
from tui.cli.taxonomy.commands import taxonomy

PAGE = Path(__file__).parents[4] / "docs/taxonomy-json.md"

TYPES = {int: "integer", str: "string", bool: "boolean", list: "list", dict: "object", type(None): "null"}

BY_PATH = ("fixed",)
"""Objects whose keys are paths."""


def documented(section: str) -> dict[str, set[str]]:
    """The types of each key that a section of the page names."""
    found = re.search(rf"^## {section}\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert found, section
    rows = re.findall(r"^\| `([^`]+)` \| ([a-z ]+) \|", found[1], re.MULTILINE)
    return {key: set(types.split(" or ")) for key, types in rows}


def printed(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Each key of a document with a value's type; findings are left to their own test."""
    if isinstance(value, list):
        for item in value:
            yield from printed(item, f"{at}[]")
    elif isinstance(value, dict):
        for key, below in value.items():
            place = f"{at}.{key}" if at else key
            yield place, TYPES[type(below)]
            if key not in ("diagnostics", *BY_PATH):
                yield from printed(below, place)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository in which every kind of finding occurs."""
    write(tmp_path / "docs/birds.md", "Birds sing.\n")
    commit = commit_all(tmp_path / "docs")
    root = tmp_path / "tree"
    write(root / "compositional_skills/old/qna.yaml", skill())
    commit_all(root)
    text = knowledge(repo=str(tmp_path / "docs"), commit=commit)
    write(root / "knowledge/birds/qna.yaml", edited(text, "domain: birds", "domains:  birds"))
    write(root / "knowledge/fish/qna.yaml", edited(knowledge(), "document:", "documents:"))
    write(root / "knowledge/wrong/QNA.yml", "")
    return root


def run(*arguments: str | Path) -> Any:
    done = CliRunner().invoke(taxonomy, [*map(str, arguments), "--json"])
    return json.loads(done.stdout)


def test_json_keys_are_documented(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    protected = tree / "knowledge/fish/qna.yaml"
    write(protected, edited(protected.read_text(), "domain: birds", "domain:  birds"))
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != protected and allowed(path, mode))  # for root, all is
    place = ("--taxonomy-path", tree, "--taxonomy-base", "main")
    documents = {
        "docs": [run("docs", *place)],
        "diff": [run("diff", *place)],
        "tree": [run("tree", *place), run("tree", "--taxonomy-path", tree, "--taxonomy-base", "nowhere")],
        "lint": [run("lint", "--fix", tree)],
        "new": [
            run("new", "knowledge/owls", "--taxonomy-path", tree),
            run("new", "knowledge/gulls", "--taxonomy-path", tree, "--branch", "gulls"),
        ],
    }
    findings = []
    for command, outputs in documents.items():
        types = documented(command)
        found: dict[str, set[str]] = {}
        for key, kind in (pair for document in outputs for pair in printed(document)):
            found.setdefault(key, set()).add(kind)
        assert found.keys() == types.keys(), command
        for key, kinds in found.items():
            assert kinds <= types[key], f"{command}: {key}"
        findings += [
            one for document in outputs if isinstance(document, dict) for one in document.get("diagnostics", ())
        ]
    types = documented("A finding")
    assert findings
    assert any(finding["fix"] for finding in findings)
    for finding in findings:
        has_fix = finding["fix"] is not None
        keys = {key for key in types if has_fix or not key.startswith("fix.")}
        found_types = dict(printed(finding))
        assert found_types.keys() == keys
        assert all(kind in types[key] for key, kind in found_types.items())


def test_lint_json_has_the_fix_of_a_finding(tmp_path: Path) -> None:
    path = write(tmp_path / "compositional_skills/a/qna.yaml", edited(skill(), "Add numbers", "Add: numbers"))
    (finding,) = run("lint", path)["diagnostics"]
    assert (finding["line"], finding["column"], finding["code"]) == (3, 22, "syntax")
    fix = {"line": 3, "column": 19, "end_line": 3, "end_column": 31, "text": '"Add: numbers"'}
    assert finding["fix"] == fix


def test_json_of_fix(tree: Path) -> None:
    assert {"fixed", "failed"}.isdisjoint(run("lint", tree))
    fixed = run("lint", "--fix", tree)
    assert fixed["fixed"] == {str(tree / "knowledge/birds/qna.yaml"): {"colons": 1}}
    assert fixed["failed"] == []
