"""Writing a leaf in the Taxonomy pane: new leaf, documents, completion, fixes, git, drafts, other programs."""

from __future__ import annotations

import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Input

from core import paths
from core.taxonomy.authoring.git_view import GitView
from core.taxonomy.documents.cache import source_of
from core.taxonomy.documents.fetch import fetch_documents
from core.taxonomy.format.attribution import FIELDS
from core.taxonomy.rules.options import AdviceOptions
from tests.tui.helpers import screen_text, shows, until
from tests.waiting import LIMIT_SECONDS
from tui.app import Workbench
from tui.screens.taxonomy.pane import TaxonomyPane

pytestmark = pytest.mark.slow

PARAGRAPHS = [f"Cats of kind {number} purr: at {number}0 hertz.\nThey sleep." for number in range(1, 7)]


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    root = tmp_path / "documents"
    root.mkdir()
    git(root, "init")
    (root / "cats.md").write_text("# Cats\n\n" + "\n\n".join(PARAGRAPHS) + "\n")
    (root / "dogs.md").write_text("# Dogs\n\nThey bark.\n")
    git(root, "add", ".")
    git(root, "commit", "-m", "documents")
    return root


@pytest.fixture
def taxonomy(tmp_path: Path, documents: Path) -> Path:
    root = tmp_path / "taxonomy"
    leaf = root / "knowledge/animals/cats"
    leaf.mkdir(parents=True)
    commit = git(documents, "rev-parse", "HEAD").strip()
    (leaf / "qna.yaml").write_text(
        "version: 3\ndomain: cats\ncreated_by: tester\nseed_examples:\ndocument_outline: About cats\n"
        f"document:\n  repo: {documents}\n  commit: {commit}\n  patterns:\n    - '*.md'\n"
    )
    (leaf / "attribution.txt").write_text("".join(f"{field}: known\n" for field in FIELDS))
    git(root, "init")
    git(root, "add", ".")
    git(root, "commit", "-m", "taxonomy")
    return root


def pane_of(app: Workbench) -> TaxonomyPane:
    pane = app.panes["taxonomy"]
    assert isinstance(pane, TaxonomyPane)
    return pane


def file_of(taxonomy: Path) -> Path:
    return taxonomy / "knowledge/animals/cats/qna.yaml"


async def open_cats(app: Workbench, pilot: Pilot[object]) -> TaxonomyPane:
    await pilot.press("2")
    await shows(app, "cats")
    await pilot.press("down", "enter")
    pane = pane_of(app)
    await until(lambda: pane.leaf.facts is not None)
    return pane


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_documents_passage_becomes_context(taxonomy: Path, size: tuple[int, int]) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=size) as pilot:
        pane = await open_cats(app, pilot)
        await pilot.press("f6")
        await shows(app, "cats.md", "1 of 2", "0 used", "kind 1 purr")
        await pilot.press("right_square_bracket")
        await shows(app, "dogs.md", "They bark.")
        await pilot.press("left_square_bracket", "down", "down", "enter")
        await shows(app, "✓ 1 used", "✓", "1/5 contexts")
        await pilot.press("down", "space", "space", "enter")
        await shows(app, "✓ 2 used", "2/5 contexts")
        seeds = yaml.safe_load(pane.leaf.editor.text)["seed_examples"]
        assert [seed["context"] for seed in seeds] == [
            f"{PARAGRAPHS[0]}\n",
            f"{PARAGRAPHS[1]}\n\n{PARAGRAPHS[2]}\n",
        ]
        assert [len(seed["questions_and_answers"]) for seed in seeds] == [3, 3]
        await pilot.press("f6")
        assert pane.leaf.editor.has_focus
        await pilot.press("ctrl+n", *"What purrs?", "ctrl+n", *"Cats.")
        assert yaml.safe_load(pane.leaf.editor.text)["seed_examples"][-1]["questions_and_answers"][0] == {
            "question": "What purrs?",
            "answer": "Cats.",
        }
        await shows(app, "1/15 pairs", "answer 1/250 words")
        await pilot.press("f6", "escape")
        assert not pane.has_class("-documents")
        assert pane.leaf.editor.has_focus


async def test_documents_passage_is_not_added_twice(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        pane = await open_cats(app, pilot)
        await pilot.press("f6")
        await shows(app, "kind 1 purr")
        await pilot.press("shift+end", "enter")
        await shows(app, "A heading alone is no context")
        await pilot.press("down", "down", "enter")
        await shows(app, "1 used")
        text = pane.leaf.editor.text
        await pilot.press("up", "up", "enter")
        await shows(app, "already part of a context")
        assert pane.leaf.editor.text == text


async def test_editor_inserts_space_after_added_passage(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_cats(app, pilot)
        await pilot.press("f6")
        await shows(app, "kind 1 purr")
        await pilot.press("down", "down", "enter")
        await shows(app, "1 used")
        await pilot.press("f6", *"Who?")
        assert pane.leaf.editor.document.get_line(pane.leaf.editor.cursor_location[0]).strip() == "- question: Who?"


async def test_editor_inserts_space_after_completed_key(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_cats(app, pilot)
        pane.leaf.editor.move_cursor((3, len("seed_examples:")))
        await pilot.press("enter", *"- co")
        await shows(app, " context ")
        await pilot.press("tab", *"purrs")
        assert pane.leaf.editor.document.get_line(4) == "  - context: purrs"


async def test_documents_remote_are_fetched_on_request(taxonomy: Path, documents: Path) -> None:
    file = file_of(taxonomy)
    file.write_text(file.read_text().replace(str(documents), "git://127.0.0.1:1/documents"))
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await open_cats(app, pilot)
        await pilot.press("f6")
        await shows(app, "not fetched yet", "Fetch")
        await pilot.press("f")
        await shows(app, "The documents' repository")
        await shows(app, "not fetched yet", "Fetch")


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"git://127.0.0.1:{server.getsockname()[1]}/documents"


def gits() -> list[psutil.Process]:
    """What goes to the network for us."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # it may end meanwhile
            if {"fetch", "ls-remote"}.intersection(child.cmdline()):
                found.append(child)
    return found


def seconds_shown(app: Workbench) -> int:
    """For how long the documents have been fetched."""
    found = re.search(r" (\d+) s ", screen_text(app))
    return int(found[1]) if found else 0


@pytest.mark.parametrize("key", ["escape", "ctrl+q"])
async def test_documents_hanging_fetch_is_cancelled(taxonomy: Path, documents: Path, silent: str, key: str) -> None:
    file = file_of(taxonomy)
    file.write_text(file.read_text().replace(str(documents), silent))
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_cats(app, pilot)
        await pilot.press("f6", "f")
        await shows(app, "Fetching git://127.0.0.1", "esc cancels.")
        await until(lambda: seconds_shown(app) > 0)
        before = seconds_shown(app)
        await until(lambda: seconds_shown(app) > before)
        await until(gits)
        await pilot.press(key)
        await until((lambda: app._exit) if key == "ctrl+q" else (lambda: pane.leaf.editor.has_focus))
        await until(lambda: not gits())


async def test_documents_fetch_does_not_replace_those_of_other_leaf(
    taxonomy: Path, documents: Path, silent: str
) -> None:
    file = file_of(taxonomy)
    other = taxonomy / "knowledge/animals/dogs/qna.yaml"
    other.parent.mkdir()
    other.write_text(file.read_text().replace(str(documents), "git://127.0.0.1:1/dogs"))
    file.write_text(file.read_text().replace(str(documents), silent))
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_cats(app, pilot)
        await pilot.press("f6", "f")
        await shows(app, "Fetching git://127.0.0.1", "esc cancels.")
        await pilot.press("f6", "escape", "down", "enter")
        await until(lambda: "dogs" in str(pane.leaf.path) and pane.leaf.facts is not None)
        await shows(app, "git://127.0.0.1:1/dogs", "not fetched yet")


async def test_new_leaf_requires_own_folder(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await shows(app, "cats")
        await pilot.press("down", "n", "enter")
        await shows(app, "The path must end with the leaf's own folder.", "Type its name after knowledge/")
        await pilot.press("escape")
    assert git(taxonomy, "status", "--porcelain") == ""


async def test_new_leaf_is_not_created_after_cancel(taxonomy: Path, silent: str) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await shows(app, "cats")
        await pilot.press("n", *"knowledge/animals/dogs", "tab", "tab")
        app.screen.query_one("#new-document", Input).value = silent
        app.screen.query_one("#new-branch", Input).value = "add/dogs"
        await pilot.press("enter")
        await shows(app, "reading git://")
        await until(gits)
        await pilot.press("escape")
        await until(lambda: not gits())
        await until(lambda: app.screen is pane_of(app))
    assert not (taxonomy / "knowledge/animals/dogs").exists()
    assert git(taxonomy, "branch", "--list", "add/*") == ""


async def test_documents_unreadable_one_leaves_others(taxonomy: Path, documents: Path) -> None:
    (documents / "birds.md").write_bytes("Vögel".encode("latin-1"))
    git(documents, "add", ".")
    git(documents, "commit", "-m", "birds")
    file = file_of(taxonomy)
    commit = git(documents, "rev-parse", "HEAD~1").strip()
    file.write_text(file.read_text().replace(commit, git(documents, "rev-parse", "HEAD").strip()))
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_cats(app, pilot)
        await pilot.press("f6")
        await shows(app, "birds.md", "1 of 3", "is not UTF-8")
        await pilot.press("enter", "right_square_bracket")
        await shows(app, "cats.md", "2 of 3", "kind 1 purr", "0 used")
        await pilot.press("down", "down", "enter")
        await shows(app, "1 used")
        await pilot.press("left_square_bracket", "right_square_bracket", "left_square_bracket")
        await shows(app, "is not UTF-8")


async def test_documents_of_unreadable_leaf(taxonomy: Path) -> None:
    file_of(taxonomy).write_text("document: [\n")
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await shows(app, "cats")
        await pilot.press("down", "enter")
        await until(lambda: pane_of(app).leaf.second_pass_done)
        await pilot.press("f6")
        await shows(app, "The leaf cannot be read, so its documents are unknown.")


async def test_documents_cached_are_shown_at_once(taxonomy: Path) -> None:
    found = source_of(yaml.safe_load(file_of(taxonomy).read_text()))
    assert found is not None
    fetch_documents(found, paths.current().documents_cache_dir)
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_cats(app, pilot)
        await pilot.press("f6")
        await shows(app, "cats.md", "kind 1 purr")


async def test_editor_completes_keys(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_cats(app, pilot)
        editor = pane.leaf.editor
        editor.move_cursor((4, 0))
        await pilot.press("up", "end", "enter", *"- co")
        await shows(app, " context ")
        await pilot.press("tab")
        assert editor.document.get_line(4) == "  - context:"
        await pilot.press("space", *"x", "enter", "ctrl+@")
        await shows(app, " questions_and_answers ")
        await pilot.press("enter", "enter", *"- ", "ctrl+@")
        await shows(app, " question ", " answer ")
        await pilot.press("down", "enter")
        assert editor.text.split("\n")[3:7] == [
            "seed_examples:",
            "  - context: x",
            "    questions_and_answers:",
            "      - answer:",
        ]
        await pilot.press("space", *"doc")
        await pilot.press("enter", *"q")
        await shows(app, " question ")
        await pilot.press("escape")
        await until(lambda: " question " not in screen_text(app))
        assert editor.has_focus


async def test_editor_fix_can_be_undone(taxonomy: Path) -> None:
    file = file_of(taxonomy)
    text = file.read_text().replace("domain: cats", "domain: cats  ").replace("'*.md'\n", "'*.md'  ")
    file.write_text(text)
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_cats(app, pilot)
        await shows(app, "cats:2:13")
        pane.leaf.editor.move_cursor((1, 13))
        await shows(app, "trailing spaces", "F7 fixes it.")
        await pilot.press("f7")
        await until(lambda: pane.leaf.editor.document.get_line(1) == "domain: cats")
        assert pane.leaf.editor.text.endswith("'*.md'  ")
        await until(lambda: not any(found.line == 2 for found in pane.leaf.found))
        await pilot.press("f3")
        await until(lambda: pane.leaf.editor.text.endswith("'*.md'\n"))
        await pilot.press("ctrl+z")
        assert pane.leaf.editor.text.endswith("'*.md'  ")
        await pilot.press("ctrl+z")
        assert pane.leaf.editor.text == text


async def test_editor_reloads_external_change_undoably(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    file = file_of(taxonomy)
    ours = file.read_text()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        pane = await open_cats(app, pilot)
        file.write_text(ours + "# theirs\n")
        await shows(app, "Another program changed")
        assert pane.leaf.editor.text == ours + "# theirs\n"
        assert pane.unsaved() is None
        await pilot.press("ctrl+z")
        assert pane.leaf.editor.text == ours
        file.write_text(ours + "# again\n")
        await until(lambda: "not saved ▲ changed on disk" in str(pane.leaf.border_title))  # the message is above it
        assert pane.leaf.editor.text == ours
        await pilot.press("ctrl+s")
        await shows(app, "Reload from disk")
        await pilot.press("right", "enter")
        await until(lambda: pane.leaf.editor.text == ours + "# again\n")
        await pilot.press("ctrl+z")
        assert pane.leaf.editor.text == ours


async def test_git_dialog_stages_and_commits(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_cats(app, pilot)
        await pilot.press("#", "enter", "ctrl+g")
        await shows(app, "is not saved")
        await pilot.press("right", "enter")
        await shows(app, "on branch main", "M modified  qna.yaml", "+#", "s stage")
        await pilot.press("s")
        await shows(app, "+ staged  qna.yaml", "s unstage")
        await pilot.press("s")
        await shows(app, "M modified  qna.yaml")
        await pilot.press("c", "escape", "c", *"Say more", "enter")
        await until(lambda: app.screen is pane)
        message = git(taxonomy, "log", "-1", "--format=%B")
        assert message.startswith("Say more")
        assert "Signed-off-by: Tester <tester@example.org>" in message
        await pilot.press("escape")
        await shows(app, "knowledge, committed", "on branch main")


async def test_git_dialog_creates_and_switches_branch(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy, taxonomy_base="main")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        pane = await open_cats(app, pilot)
        await pilot.press("ctrl+g")
        await shows(app, "on branch main", "b branch")
        await pilot.press("b", "escape", "b", *"no..name", "enter")
        await shows(app, "'no..name' cannot be a branch's")
        app.clear_notifications()  # it covers the branch's name
        await pilot.press(*["backspace"] * 8, *"add/cats", "enter")
        await shows(app, "on branch add/cats", "Nothing changed")
        await pilot.press("escape", "#", "ctrl+s")
        await until(lambda: not pane.leaf.unsaved)
        await pilot.press("ctrl+g", "c", *"Say more", "enter")
        await until(lambda: app.screen is pane)
        await shows(app, "Next: ", "(w)")
        assert pane.browser.leaves.has_focus  # where w is no text
        await shows(app, "on branch add/cats, 1 changed")
        await pilot.press("ctrl+g", "b", *"main", "enter")
        await shows(app, "on branch main")
        await pilot.press("escape")
        await until(lambda: not pane.leaf.editor.text.startswith("#"))


async def test_git_dialog_reports_unreadable_repository(taxonomy: Path) -> None:
    (taxonomy / ".git/index").write_text("rubbish")
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        pane = await open_cats(app, pilot)
        await pilot.press("ctrl+g")
        await shows(app, "The index of the git")
        await until(lambda: app.screen is pane)
        await pilot.press("escape")
        await shows(app, "not in a readable git repository")


async def test_git_dialog_wraps_long_lines(taxonomy: Path) -> None:
    file = file_of(taxonomy)
    file.write_text(file.read_text() + f"# {'so ' * 60}it ends.\n")
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_cats(app, pilot)
        await pilot.press("ctrl+g")
        await shows(app, "+# so", "it ends.")


async def test_git_dialog_opens_at_once_and_keeps_keys(taxonomy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    file_of(taxonomy).write_text(file_of(taxonomy).read_text() + "# new\n")
    known, read = threading.Event(), GitView.of

    def slowly(*arguments: Any) -> object:
        assert known.wait(LIMIT_SECONDS)
        return read(*arguments)

    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_cats(app, pilot)
        await until(lambda: pane.browser.state_of(pane.leaf.path))
        text = pane.leaf.editor.text
        monkeypatch.setattr(GitView, "of", slowly)
        await pilot.press("f6")
        assert pane.reading
        await pilot.press("ctrl+g")
        await shows(app, "reading git…")
        for key in ("c", *"Add", "space", *"cats"):
            app.post_message(Key(key, " " if key == "space" else key))
        known.set()
        await until(lambda: app.screen.query_one("#git-line", Input).value == "Add cats")
        await pilot.press("escape", "escape")
        await until(lambda: app.screen is pane)
        assert pane.leaf.editor.text == text


async def test_problem_is_explained_in_full(taxonomy: Path) -> None:
    file = file_of(taxonomy)
    long = "x" * 60
    file.write_text(file.read_text().replace("document_outline", f"{long}: {long}\ndocument_outline"))
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        pane = await open_cats(app, pilot)
        await pilot.press("f10")
        await shows(app, "No problem here")
        await pilot.press("f8")
        await shows(app, f"'{long[:40]}", "document_outline.")  # its hint ends with the last of the known keys
        await pilot.press("f10")
        await shows(app, "rule unknown-key", "is not a known key here", "Known keys:")
        await pilot.press("f10")
        await until(lambda: app.screen is pane)
        pane.problems.focus()
        await pilot.press("f10")
        await shows(app, "rule unknown-key")


async def test_git_dialog_warns_about_many_changes(taxonomy: Path) -> None:
    for number in range(3):
        leaf = taxonomy / f"compositional_skills/rhyme{number}/qna.yaml"
        leaf.parent.mkdir(parents=True)
        leaf.write_text("version: 2\n")
    app = Workbench(taxonomy_path=taxonomy, taxonomy_base="main", lint=AdviceOptions(max_changed_leaves=2))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await shows(app, "on branch main, 3 changed ▲")
        await pilot.press("right", "down", "ctrl+g")
        await shows(app, "3 leaves changed", "at most 2")


async def test_tree_shows_git_state(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    file_of(taxonomy).write_text("version: 3\n")
    new = taxonomy / "compositional_skills/writing/rhymes/qna.yaml"
    new.parent.mkdir(parents=True)
    new.write_text("version: 2\n")
    sums = taxonomy / "foundational_skills/maths/sums/qna.yaml"
    sums.parent.mkdir(parents=True)
    sums.write_text("version: 2\ntask_description: Add.\nseed_examples:\n  - question: 1 + 1?\n    answer: '2'\n")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await shows(app, "◇ rhymes ?", "◆ cats M", "skills/maths 1", "3 leaves, 1 pair")
        await pilot.press("ctrl+g")
        assert app.screen is pane_of(app)  # the cursor is on a folder
        await pilot.press("down")
        await shows(app, "skill, new to git")
        await pilot.press("down", "down")
        await shows(
            app, "◈ sums ?", "foundational skill, new to git", "1 1 + 1?", "4 pairs to write", "3 leaves, 1 pair"
        )
        git(taxonomy, "add", ".")
        await pilot.press("f5")
        await shows(app, "◆ cats +")


async def test_new_leaf_is_created_and_opened(taxonomy: Path, documents: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await shows(app, "cats")
        await pilot.press("n", *"know")
        await shows(app, " knowledge/ ")
        await pilot.press("enter", *"an")
        await shows(app, " knowledge/animals/ ")
        await pilot.press("tab", *"cats", "enter")
        await shows(app, "This leaf already exists")
        await pilot.press("backspace", "backspace", "backspace", "backspace", *"dogs", "tab", *"dogs", "tab")
        app.screen.query_one("#new-document", Input).value = str(documents)
        branch = app.screen.query_one("#new-branch", Input)
        assert branch.value == "add/dogs"  # main is the base
        await pilot.press("tab", *"dogs.md", "tab", "delete", "up", "up", "up", "up", "end", "s")
        assert (branch.value, app.focused) == ("", app.screen.query_one("#new-path"))  # the user's, even if empty
        await pilot.press("backspace", "up", *"add/dogs", "enter")
        pane = pane_of(app)
        await until(lambda: pane.leaf.leaf is not None)
        assert str(pane.leaf.path) == "knowledge/animals/dogs/qna.yaml"
        value = yaml.safe_load(pane.leaf.editor.text)
        assert value["domain"] == "dogs"
        assert value["document"]["patterns"] == ["dogs.md"]
        await pilot.press("escape")
        await shows(app, "on branch add/dogs", "knowledge, new to git", "◆ dogs ?")


async def test_draft_adds_only_accepted_pairs(taxonomy: Path, endpoint: str) -> None:
    app = Workbench(taxonomy_path=taxonomy, base_url=endpoint)
    file = file_of(taxonomy)
    example = "  - context: Cats purr.\n    questions_and_answers:\n      - question:\n        answer:\n"
    file.write_text(file.read_text().replace("seed_examples:\n", f"seed_examples:\n{example}"))
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_cats(app, pilot)
        before = pane.leaf.editor.text
        await pilot.press("f9")
        pane.leaf.editor.move_cursor((6, 0))
        await pilot.press("f9")
        await shows(app, "drafted by tiny-student", "Do cats purr: always?", "pair 1")
        assert pane.leaf.editor.text == before
        await pilot.press("n")
        await shows(app, "Who purrs?", "pair 2 of 2")
        await pilot.press("y")
        await shows(app, "1 of 2 accepted")
        await pilot.press("escape")
        pairs = yaml.safe_load(pane.leaf.editor.text)["seed_examples"][0]["questions_and_answers"]
        assert pairs == [{"question": "Who purrs?", "answer": "Cats do."}]
        await pilot.press("ctrl+z")
        assert pane.leaf.editor.text == before
        assert file.read_text() == before


async def test_attribution_is_created_from_finding(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    file = file_of(taxonomy).parent / "attribution.txt"
    file.unlink()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_cats(app, pilot)
        await until(lambda: any(found.code == "attribution-missing" for found in pane.leaf.found))
        await pilot.press("#", "enter")
        pane.leaf.editor.move_cursor((0, 0))
        await shows(app, "F7 opens it.")
        await pilot.press("f7")
        await shows(app, "knowledge/animals/cats/attribution.txt", "to write: Title of work")
        assert not file.exists()
        for said in ("Cats", "http://cats", "May", "CC0", "Someone"):
            await pilot.press("ctrl+n", *said)
        await shows(app, "complete")
        await pilot.press("ctrl+s")
        await until(file.exists)
        assert file.read_text().splitlines() == [
            f"{field}: {said}"
            for field, said in zip(FIELDS, ("Cats", "http://cats", "May", "CC0", "Someone"), strict=True)
        ]
        await pilot.press("escape")
        await until(lambda: pane.leaf.editor.has_focus)
        assert pane.leaf.editor.text.startswith("#")
        assert pane.unsaved() == "knowledge/animals/cats/qna.yaml"
        await until(lambda: not any(found.code.startswith("attribution") for found in pane.leaf.found))
        await pilot.press("ctrl+z", "ctrl+z")
        assert pane.unsaved() is None


async def test_attribution_survives_other_programs_and_keys(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    file = file_of(taxonomy).parent / "attribution.txt"
    known = file.read_text()
    file_of(taxonomy).write_text(file_of(taxonomy).read_text().replace("domain: cats\n", "domain: cats  \n"))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        pane = await open_cats(app, pilot)
        await pilot.press("f2")
        await until(lambda: pane.attribution.editor.has_focus)
        file.write_text(known + "# theirs\n")
        await shows(app, "Another program changed")
        assert pane.attribution.editor.text == known + "# theirs\n"
        await pilot.press("x")
        file.write_text("Title of work: theirs\n")
        await until(lambda: "changed on disk" in str(pane.attribution.border_title))  # the message is above it
        await pilot.press("f8")
        await shows(app, "attribution.txt is not saved", "Keep editing")
        await pilot.press("enter")
        await until(lambda: app.screen is pane)
        assert pane.attribution.editor.text == "x" + known + "# theirs\n"
        await pilot.press("ctrl+s")
        await shows(app, "Reload from disk")
        await pilot.press("right", "enter")
        await until(lambda: pane.attribution.editor.text == "Title of work: theirs\n")
        await shows(app, "to write: Link to work")
        await pilot.press("escape")
        await shows(app, "attribution.txt is incomplete")
