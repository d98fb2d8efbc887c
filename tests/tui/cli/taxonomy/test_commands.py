"""`labtop taxonomy`, as a person or a script meets it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result

from core.errors import LabtopError
from core.taxonomy.format.attribution import FIELDS
from tests.core.taxonomy.leaves import commit_all, edited, knowledge, skill, write
from tui.cli.taxonomy.commands import taxonomy

SINGING = ("at dawn", "in spring", "from hedges", "while flying", "against rivals")


def distinct() -> str:
    """A knowledge leaf that no rule finds fault with: its questions are about different things."""
    text = knowledge()
    for number, song in enumerate(SINGING):
        text = text.replace(f"Bird {number} sings.", f"Birds of kind {number} sing {song}, as all know.")
        for pair, word in enumerate(("When", "Who", "Which")):
            old = f"question: What does bird {number} do {pair}?\n        answer: It sings {pair}."
            text = edited(text, old, f"question: {word} sings {song}?\n        answer: Birds of kind {number}.")
    return text


LEAF = distinct()
BROKEN = edited(skill(), "Add numbers", "Add: numbers")
FAILED = "Reading taxonomy failed with the following error: 1 taxonomy with errors! Exiting.\n"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(taxonomy, [str(argument) for argument in arguments])


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository with one leaf on main, and one that is new; both in order."""
    attribution = "".join(f"{name}: x\n" for name in FIELDS)
    write(tmp_path / "tree/compositional_skills/old/qna.yaml", skill())
    write(tmp_path / "tree/compositional_skills/old/attribution.txt", attribution)
    commit_all(tmp_path / "tree")
    write(tmp_path / "tree/knowledge/birds/qna.yaml", LEAF)
    write(tmp_path / "tree/knowledge/birds/attribution.txt", attribution)
    return tmp_path / "tree"


def test_diff_of_a_valid_taxonomy(tree: Path) -> None:
    done = run("diff", "--taxonomy-path", tree, "--taxonomy-base", "main")
    assert (done.exit_code, done.stdout) == (0, f"knowledge/birds/qna.yaml\nTaxonomy in {tree} is valid :)\n")


def test_diff_of_a_broken_taxonomy(tree: Path) -> None:
    write(tree / "compositional_skills/new/qna.yaml", BROKEN)
    done = run("diff", "--taxonomy-path", tree, "--taxonomy-base", "main")
    assert done.exit_code == 1
    *changed, finding = done.stdout.splitlines()[:3]
    assert changed == ["compositional_skills/new/qna.yaml", "knowledge/birds/qna.yaml"]
    assert finding.startswith("compositional_skills/new/qna.yaml:3:22 error ") and finding.endswith(" (syntax)")
    assert done.stderr == FAILED


def test_diff_quiet_and_json(tree: Path) -> None:
    assert run("diff", "--taxonomy-path", tree, "--taxonomy-base", "empty", "--quiet").output == ""
    write(tree / "compositional_skills/new/qna.yaml", BROKEN)
    quiet = run("diff", "--taxonomy-path", tree, "--taxonomy-base", "main", "--quiet")
    assert (quiet.exit_code, quiet.output) == (1, "")
    done = run("diff", "--taxonomy-path", tree, "--taxonomy-base", "main", "--json")
    report = json.loads(done.stdout)
    assert (done.exit_code, done.stderr, report["errors"], report["files"]) == (1, "", 1, 2)
    assert report["changed"] == ["compositional_skills/new/qna.yaml", "knowledge/birds/qna.yaml"]


def test_diff_of_one_file(tree: Path, tmp_path: Path) -> None:
    file = tree / "knowledge/birds/qna.yaml"
    assert run("diff", "--taxonomy-path", file).stdout == f"{file}\nTaxonomy in {file} is valid :)\n"
    broken = run("diff", "--taxonomy-path", write(tmp_path / "qna.yaml", BROKEN))
    assert (broken.exit_code, broken.stderr) == (1, FAILED)


def test_lint(tree: Path) -> None:
    assert run("lint", tree).stdout == "2 files, 0 errors, 0 warnings\n"
    write(tree / "compositional_skills/new/qna.yaml", BROKEN)
    done = run("lint", tree)
    assert done.exit_code == 1
    assert done.stdout.endswith("3 files, 1 error, 0 warnings\n")
    report = json.loads(run("lint", "--json", tree / "knowledge", tree / "compositional_skills/new/qna.yaml").stdout)
    assert (report["files"], report["errors"], report["warnings"]) == (2, 1, 0)
    assert report["diagnostics"][0]["line"] == 3


def test_lint_of_other_file(tree: Path) -> None:
    leaf = tree / "knowledge/birds/qna.yaml"
    others = [leaf.parent / "attribution.txt", write(leaf.parent / "copy.yaml", LEAF)]
    report = json.loads(run("lint", "--json", leaf, *others).stdout)
    codes = [(found["path"], found["code"]) for found in report["diagnostics"]]
    assert codes == [(str(other), "file-name") for other in others]
    assert json.loads(run("diff", "--json", "--taxonomy-path", others[0]).stdout)["errors"] == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("lint", "--fix", ""),
        ("lint", "knowledge", ""),
        ("diff", "--taxonomy-path", ""),
        ("tree", "--taxonomy-path", ""),
        ("docs", "--taxonomy-path", ""),
        ("new", "knowledge/a", "--taxonomy-path", ""),
        ("new", ""),
        ("new", "knowledge/a", "--document", ""),
    ],
)
def test_empty_path(tree: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]) -> None:
    monkeypatch.chdir(tree)
    text = edited(LEAF, "domain: birds", "domain:  birds")
    leaf = write(tree / "knowledge/birds/qna.yaml", text)
    done = run(*arguments)
    assert (done.exit_code, "is empty" in done.stderr) == (2, True)
    assert leaf.read_text() == text


def test_lint_runs_both_passes(tree: Path, own_home: Path) -> None:
    leaf = tree / "knowledge/birds/qna.yaml"
    write(leaf, edited(LEAF, "created_by: someone", "created_by: <your-name>"))
    done = run("lint", leaf)
    assert (done.exit_code, done.stdout.split("\n")[-2]) == (0, "1 file, 0 errors, 1 warning")
    assert "(placeholder)" in done.stdout
    write(own_home / "labtop/config/config.yaml", "version: 1\nlint:\n  placeholder: error\n")
    for command in (("lint", leaf), ("diff", "--taxonomy-path", tree, "--taxonomy-base", "main")):
        assert "(placeholder)" in (done := run(*command)).stdout
        assert done.exit_code == 1


def test_lint_of_one_file_imports_little(tree: Path) -> None:
    program = (
        "import sys; from tui.cli.main import cli; cli(standalone_mode=False);"
        "print(sorted({'git', 'pydantic', 'psutil', 'ruamel', 'textual', 'difflib'} & set(sys.modules)))"
    )
    leaf = str(tree / "knowledge/birds/qna.yaml")
    command = [sys.executable, "-c", program, "taxonomy", "lint", "--fix", leaf]
    done = subprocess.run(command, cwd=Path(__file__).parents[4], capture_output=True, text=True, check=True)
    assert done.stdout == "1 file, 0 errors, 0 warnings\n[]\n"


def test_lint_fix(tree: Path) -> None:
    leaf = write(
        tree / "knowledge/birds/qna.yaml",
        edited(LEAF, "domain: birds", "domain:  birds ").replace("by: ", "by:  ").rstrip(),
    )
    done = run("lint", "--fix", tree)
    assert (done.exit_code, done.stdout) == (
        0,
        f"{leaf}: fixed colons (2), new-line-at-end-of-file, trailing-spaces\n2 files, 0 errors, 0 warnings\n",
    )
    assert leaf.read_text() == LEAF
    write(leaf, edited(LEAF, "domain: birds", "domains:  birds"))
    report = json.loads(run("lint", "--fix", "--json", tree).stdout)
    assert report["fixed"] == {str(leaf): {"colons": 1}}
    assert {found["code"] for found in report["diagnostics"]} == {"unknown-key"}
    assert json.loads(run("lint", "--fix", "--json", tree).stdout)["fixed"] == {}
    assert "fixed" not in json.loads(run("lint", "--json", tree).stdout)


def test_tree(tree: Path) -> None:
    write(tree / "compositional_skills/old/qna.yaml", edited(skill(), "Add numbers", "''"))
    write(tree / "foundational_skills/broken/qna.yaml", "a: [\n")
    done = run("tree", "--taxonomy-path", tree, "--taxonomy-base", "main")
    assert done.stdout.split("\n") == [
        "compositional_skills",
        "  old  freeform, 5 seed examples, changed and modified, 1 error",
        "foundational_skills",
        "  broken  broken, new and untracked, 1 error",
        "knowledge",
        "  birds  knowledge, 5 seed examples, new and untracked",
        "",
    ]
    assert done.stderr == ""
    commit_all(tree)
    leaves = json.loads(run("tree", "--taxonomy-path", tree, "--taxonomy-base", "main", "--json").stdout)
    assert [(leaf["path"], leaf["change"], leaf["state"]) for leaf in leaves] == [
        ("compositional_skills/old", "same", "clean"),
        ("foundational_skills/broken", "same", "clean"),
        ("knowledge/birds", "same", "clean"),
    ]


def test_tree_shows_changes(tree: Path) -> None:
    (tree / "compositional_skills/old/attribution.txt").write_text("mine\n")
    write(tree / "compositional_skills/old/Qna.yml", "")
    write(tree / "compositional_skills/a/qna.yaml", skill())
    done = run("tree", "--taxonomy-path", tree, "--taxonomy-base", "main")
    assert done.stdout.split("\n")[:4] == [
        "compositional_skills",
        "  a  freeform, 5 seed examples, new and untracked, 2 warnings",
        "  old  freeform, 5 seed examples, attribution.txt modified, 1 warning",
        "    Qna.yml  misnamed, not used, new and untracked, 1 warning",
    ]


def test_tree_without_base_or_repository(tree: Path, tmp_path: Path) -> None:
    done = run("tree", "--taxonomy-path", tree)
    assert done.stdout.endswith("knowledge\n  birds  knowledge, 5 seed examples, untracked\n")
    assert "no 'origin/main'" in done.stderr
    write(tmp_path / "plain/knowledge/a/qna.yaml", LEAF)
    plain = run("tree", "--taxonomy-path", tmp_path / "plain", "--json")
    assert (json.loads(plain.stdout)[0]["state"], plain.exit_code) == (None, 0)
    assert "not in a git" in plain.stderr


def test_new(tree: Path, tmp_path: Path) -> None:
    write(tmp_path / "docs/birds.md", "x")
    commit = commit_all(tmp_path / "docs")
    arguments = ("--document", tmp_path / "docs", "--domain", "birds", "--branch", "add/owls", "--taxonomy-path", tree)
    done = run("new", "knowledge/owls", *arguments)
    leaf = tree / "knowledge/owls/qna.yaml"
    assert done.stdout.split("\n") == [
        "Created and checked out the branch add/owls",
        f"Created {leaf}",
        f"Created {leaf.parent / 'attribution.txt'}",
        f"{tmp_path / 'docs'} has no git remote; other machines cannot fetch these documents.",
        f"To see what has to be written: labtop taxonomy lint {leaf}",
        "",
    ]
    assert f"  commit: {commit}\n  patterns:\n    - birds.md\n" in leaf.read_text()
    assert run("lint", leaf).exit_code == 1
    made = json.loads(run("new", "compositional_skills/x", "--taxonomy-path", tree, "--json").stdout)
    assert (made["kind"], made["branch"], len(made["files"])) == ("skill", None, 2)
    again = run("new", "knowledge/owls", "--taxonomy-path", tree)
    assert isinstance(again.exception, LabtopError)


@pytest.mark.parametrize(
    "arguments",
    [
        ("knowledge/a", "--task-description", "x"),
        ("compositional_skills/a", "--domain", "x"),
        ("compositional_skills/a", "--document", "x"),
        ("knowledge/a", "--file", "x"),
        ("knowledge/a", "--commit", "x"),
        (),
    ],
)
def test_new_with_wrong_options(tree: Path, arguments: tuple[str, ...]) -> None:
    assert run("new", *arguments, "--taxonomy-path", tree).exit_code == 2


def test_new_completes_path(tree: Path) -> None:
    (tree / "knowledge/birds/owls").mkdir()
    (tree / ".hidden").mkdir()

    def completed(typed: str) -> list[str]:
        finder = ShellComplete(taxonomy, {}, "taxonomy", "_TAXONOMY_COMPLETE")
        arguments = ["new", "--taxonomy-path", str(tree)]
        return [item.value for item in finder.get_completions(arguments, typed)]

    assert completed("") == ["compositional_skills", "foundational_skills", "knowledge"]
    assert completed("know") == ["knowledge", "knowledge/birds"]
    assert completed("knowledge/b") == ["knowledge/birds", "knowledge/birds/owls"]
    assert completed("../") == completed("nowhere/") == []


@pytest.mark.parametrize("sign", ["\x1b", "\x9b"])
def test_control_characters_are_escaped(tree: Path, tmp_path: Path, sign: str) -> None:
    odd = tmp_path / f"o{sign}dd"
    tree.rename(odd)
    write(odd / f"knowledge/b{sign}ad/qna.yaml", LEAF)
    write(odd / f"knowledge/f{sign}ix/qna.yaml", f"{skill()}  \n")
    place = ("--taxonomy-path", odd)
    commands: list[tuple[str | Path, ...]] = [
        *(
            (name, *place, "--taxonomy-base", base)
            for name in ("tree", "diff", "docs")
            for base in ("main", "empty", sign)
        ),
        *((name, *place, "--taxonomy-base", "main", "--json") for name in ("tree", "diff", "docs")),
        ("lint", odd),
        ("lint", odd, "--json"),
        ("new", "knowledge/owls", *place, "--branch", "add/owls"),
        ("new", "knowledge/gulls", *place, "--json"),
        ("new", f"knowledge/g{sign}ulls", *place, "--json"),
        ("new", f"knowledge/g{sign}ulls", "--task-description", "x", *place),
        ("lint", odd, "--fix"),
    ]
    for command in commands:
        done = run(*command)
        assert sign not in done.output, command
        if isinstance(done.exception, LabtopError):
            assert sign not in f"{done.exception.message}{done.exception.hint}", command


@pytest.mark.parametrize("command", ["diff", "tree", "docs"])
def test_part_of_taxonomy_is_rejected(tree: Path, command: str) -> None:
    failure = run(command, "--taxonomy-path", tree / "compositional_skills", "--taxonomy-base", "main").exception
    assert isinstance(failure, LabtopError)
    assert str(failure.hint).endswith(f"--taxonomy-path {tree}")


@pytest.mark.parametrize("command", ["diff", "lint", "tree"])
def test_no_taxonomy(command: str) -> None:
    """The default folder need not exist."""
    assert isinstance(run(command).exception, LabtopError)


def test_diff_with_yaml_rules(tmp_path: Path) -> None:
    """They replace InstructLab's, for a folder and for a single file; a missing or a wrong file is an error."""
    leaf = write(
        tmp_path / "tree/compositional_skills/a/qna.yaml", edited(skill(), "Add numbers", "word " * 17 + "end")
    )
    rules = write(tmp_path / "rules.yaml", "extends: relaxed\nrules: {line-length: {max: 110}}\n")
    strict = write(tmp_path / "strict.yaml", "extends: relaxed\n")
    for place in (tmp_path / "tree", leaf):
        asked = ["diff", "--taxonomy-path", str(place), "--taxonomy-base", "empty", "--yaml-rules"]
        assert CliRunner().invoke(taxonomy, [*asked, str(rules)]).exit_code == 0
        done = CliRunner().invoke(taxonomy, [*asked, str(strict), "--json"])
        assert done.exit_code == 1
        assert "line-length" in [found["code"] for found in json.loads(done.stdout)["diagnostics"]]
        assert CliRunner().invoke(taxonomy, [*asked, str(tmp_path / "none.yaml")]).exit_code == 2
