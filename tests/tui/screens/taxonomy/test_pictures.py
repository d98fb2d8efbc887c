"""Pictures of the Taxonomy pane and of its dialogs, over real repositories."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from core.taxonomy.format.attribution import FIELDS
from tests.tui.helpers import shows, until
from tests.tui.picture import both_sizes, ground_of, looks_like
from tests.tui.screens.taxonomy.test_pane import SKILL as RHYMES
from tui.app import Workbench
from tui.screens.taxonomy.pane import TaxonomyPane

pytestmark = pytest.mark.slow

REPO = "https://git.example.org/lena/cats.git"

COMMIT_TIME = "2026-01-02T03:04:05+0000"
"""Fixed, and with it the names of all commits."""

PURRING = (
    "Cats purr when they breathe in and out alike, at 25 to 150 hertz. A purr\nis made by muscles of the larynx that"
    " open and close the glottis."
)
WHISKERS = (
    "Whiskers are long, stiff hairs with many nerves at their roots. With them a\ncat feels in the dark whether it fits"
    " through an opening."
)
SLEEPING = "Cats sleep for twelve to sixteen hours a day, most of it lightly, and are\nawake at dusk and at dawn."

DOCUMENT = f"# Cats\n\n{PURRING}\n\n## Senses\n\n{WHISKERS}\n\n## Rest\n\n{SLEEPING}\n"

LEAF = """\
version: 3
domain: cats
created_by: lena
seed_examples:
  - context: |
      Cats purr when they breathe in and out alike, at 25 to 150 hertz. A purr
      is made by muscles of the larynx that open and close the glottis.
    questions_and_answers:
      - question: At how many hertz do cats purr?
        answer: Cats purr at 25 to 150 hertz.
      - question: What makes a cat's purr?
        answer: Muscles of the larynx that open and close the glottis.
      - question: When do cats purr?
        answer: Cats purr when they breathe in and when they breathe out.
  - context: |
      Whiskers are long, stiff hairs with many nerves at their roots. With them a
      cat feels in the dark whether it fits through an opening.
    questions_and_answers:
      - question: What does the passage say that whiskers are?
        answer: Long, stiff hairs with many nerves at their roots.
      - question:
        answer:
      - question:
        answer:
document_outline: How cats purr, feel and sleep
document:
  repo: {repo}
  commit: {commit}
  patterns:
    - cats.md
"""

SKILL = RHYMES.replace("Rhyme.", "Find a rhyme.").replace("tester", "lena")


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True).stdout


def commit(folder: Path) -> str:
    """All of a folder, in a new repository; returns the commit's name."""
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "first")
    return git(folder, "rev-parse", "HEAD").strip()


@pytest.fixture
def taxonomy(tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Leaves in all states, and documents that are fetched from this machine under an address that is none's."""
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_DATE", COMMIT_TIME)
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "cats.md").write_text(DOCUMENT)
    with (own_home / "gitconfig").open("a") as config:
        config.write(f'[url "{documents}"]\ninsteadOf = {REPO}\n')
    root = tmp_path / "taxonomy"
    texts = {
        "knowledge/animals/cats": LEAF.format(repo=REPO, commit=commit(documents)),
        "compositional_skills/writing/rhymes": SKILL,
        "compositional_skills/writing/limericks": SKILL.replace("rhymes", "goes in a limerick"),
    }
    for name, text in texts.items():
        (root / name).mkdir(parents=True)
        (root / name / "qna.yaml").write_text(text)
        (root / name / "attribution.txt").write_text("".join(f"{field}: known\n" for field in FIELDS))
    commit(root)
    leaf = root / "knowledge/animals/cats/qna.yaml"
    leaf.write_text(leaf.read_text().replace("domain: cats\n", "domain: cats  \ntopic: animals\n"))
    riddles = root / "compositional_skills/writing/riddles/qna.yaml"
    riddles.parent.mkdir()
    riddles.write_text("version: 2\nseed_examples: a: b\n")
    return root


async def open_cats(app: Workbench, pilot: Pilot[object]) -> TaxonomyPane:
    await pilot.press("2")
    pane = app.panes["taxonomy"]
    assert isinstance(pane, TaxonomyPane)
    await until(lambda: len(pane.browser.files) == 4)
    await pilot.press("end", "enter")
    await until(lambda: pane.leaf.facts is not None)
    return pane


@both_sizes
async def test_the_tree(taxonomy: Path, size: tuple[int, int]) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=size) as pilot:
        await pilot.press("2")
        await looks_like(app, "taxonomy-tree", "◇ riddles ? ✗1", "◆ cats M ✗", "on branch main")
        await pilot.press("end")
        await looks_like(app, "taxonomy-tree-leaf", "knowledge, modified")
        await pilot.press("slash", *"rh")
        await looks_like(app, "taxonomy-filter", "rh", "rhymes")


@both_sizes
async def test_an_open_leaf(taxonomy: Path, size: tuple[int, int]) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=size) as pilot:
        pane = await open_cats(app, pilot)
        await looks_like(app, "taxonomy-open-leaf", "knowledge/animals/cats", "2/5 contexts", "4/15 pairs")
        pane.leaf.editor.move_cursor((1, 13))
        await looks_like(app, "taxonomy-problem", "trailing spaces", "F7 fixes it.")
        pane.leaf.editor.move_cursor((2, 2))
        await shows(app, "Remove it.")
        await pilot.press("f10")
        await looks_like(app, "taxonomy-explained", "rule unknown-key", "esc close")
        await pilot.press("escape")
        pane.leaf.editor.move_cursor((17, 0), center=True)
        await looks_like(app, "taxonomy-checklist", "context 25/500 words", "✓1···")
        await pilot.press("f1")
        await looks_like(app, "taxonomy-help", "In Taxonomy")
        await pilot.press("escape", "ctrl+p")
        await looks_like(app, "taxonomy-palette", "taxonomy: Save", "editor: Next gap")
        await pilot.press("escape")
        pane.leaf.editor.insert("  - \n", (25, 0))
        pane.leaf.editor.move_cursor((25, 4), center=True)
        await pilot.press("ctrl+@")
        await looks_like(app, "taxonomy-completion", "not saved", " context ", " questions_and_answers")


async def test_a_leaf_that_another_program_changed(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_cats(app, pilot)
        await looks_like(app, "taxonomy-open-leaf")
        pane.leaf.editor.insert("# mine\n", (0, 0))
        file = taxonomy / "knowledge/animals/cats/qna.yaml"
        file.write_text(file.read_text().replace("created_by: lena", "created_by: max"))
        await pilot.press("ctrl+s")
        await looks_like(app, "taxonomy-conflict", "+# mine", "-created_by: max", "+created_by: lena", "Overwrite disk")


@both_sizes
async def test_documents(taxonomy: Path, size: tuple[int, int]) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=size) as pilot:
        await open_cats(app, pilot)
        await pilot.press("f6")
        await looks_like(app, "taxonomy-documents-absent", REPO, "not fetched yet", "Fetch")
        await pilot.press("f")
        await looks_like(app, "taxonomy-documents", "cats.md", "✓ 2 used", "✓ Cats purr")
        await pilot.press("end", *["down"] * 10, "space")
        await looks_like(app, "taxonomy-documents-selected", "Context", "Mark")


async def test_three_columns(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(180, 45)) as pilot:
        pane = await open_cats(app, pilot)
        await shows(app, "not fetched yet")
        assert pane.leaf.editor.has_focus
        await pilot.press("f6", "f")
        await shows(app, "✓ 2 used")
        await pilot.press("f6")
        pane.leaf.editor.move_cursor((2, 3))
        await looks_like(app, "taxonomy-three-columns", "knowledge/animals/cats", "✓ 2 used", "◆ cats M", "Remove it.")


async def test_attribution(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    (taxonomy / "knowledge/animals/cats/attribution.txt").write_text("Title of work: Cats\nLink to work:\n")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_cats(app, pilot)
        await pilot.press("f2")
        await looks_like(app, "taxonomy-attribution", "cats/attribution.txt", "to write: Link to work")


@both_sizes
async def test_the_dialogs(taxonomy: Path, endpoint: str, size: tuple[int, int]) -> None:
    app = Workbench(taxonomy_path=taxonomy, base_url=endpoint)
    async with app.run_test(size=size) as pilot:
        pane = await open_cats(app, pilot)
        await looks_like(app, "taxonomy-open-leaf")
        await pilot.press("ctrl+g")
        await looks_like(app, "taxonomy-git", "on branch main", "M modified  qna.yaml", "+topic: animals", "s stage")
        await pilot.press("c")
        app.screen.query_one("#git-line", Input).value = "Say what whiskers are"
        await looks_like(app, "taxonomy-git-commit", "Say what whiskers are", "enter commit with your sign-off")
        await pilot.press("escape", "escape")
        await until(lambda: app.screen is pane)
        pane.leaf.editor.move_cursor((17, 0), center=True)
        await looks_like(app, "taxonomy-checklist")
        await pilot.press("f9")
        await looks_like(app, "taxonomy-draft", "drafted by tiny-student", "pair 1 of 2", "Do cats purr: always?")
        await pilot.press("y", "n")
        await looks_like(app, "taxonomy-draft-end", "1 of 2 accepted")
        await pilot.press("escape")
        await until(lambda: app.screen is pane)
        await pilot.press("escape", "home", "down", "down")
        await looks_like(app, "taxonomy-tree-unsaved", "● not saved", "skill, committed")
        await pilot.press("enter")
        await looks_like(app, "taxonomy-unsaved", "cats/qna.yaml is not saved.", "Keep editing", "Discard changes")
        assert ground_of(app, "Keep editing") != ground_of(app, "Discard changes"), "the button that enter presses"


async def test_a_new_leaf(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await looks_like(app, "taxonomy-tree")
        await pilot.press("end")
        await looks_like(app, "taxonomy-tree-leaf")
        await pilot.press("n")
        await looks_like(app, "taxonomy-new", "New leaf", "Domain", "Documents", "enter create")
        path = app.screen.query_one("#new-path", Input)
        path.value = "knowledge/"
        path.cursor_position = len(path.value)
        await pilot.press("a")
        await looks_like(app, "taxonomy-new-folders", " knowledge/animals/ ")
        await pilot.press("tab", *"1 2", "enter")
        await looks_like(app, "taxonomy-new-refused", "'1 2' cannot be the name of a leaf's folder.")


async def test_in_ascii(taxonomy: Path) -> None:
    app = Workbench(ascii_only=True, taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_cats(app, pilot)
        await looks_like(app, "taxonomy-open-leaf-ascii", "2E domain", "+1...  2/5 contexts")
