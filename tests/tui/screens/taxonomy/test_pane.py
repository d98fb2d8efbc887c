"""The Taxonomy pane over a real folder of leaves."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.events import Paste
from textual.pilot import Pilot

from core.taxonomy.authoring.checklist import checklist
from core.taxonomy.format.attribution import FIELDS
from tests.tui.helpers import screen_text, shows, until
from tui.app import Workbench
from tui.screens.taxonomy.leaf import LeafView
from tui.screens.taxonomy.pane import TaxonomyPane

pytestmark = pytest.mark.slow

SKILL = """version: 2
task_description: Rhyme.
created_by: tester
seed_examples:
  - question: What rhymes with cat?
    answer: Hat does.
  - question: What rhymes with dog?
    answer: Fog does.
  - question: What rhymes with tree?
    answer: Sea does.
  - question: What rhymes with sun?
    answer: Fun does.
  - question: What rhymes with day?
    answer: May does.
"""


@pytest.fixture
def taxonomy(tmp_path: Path) -> Path:
    root = tmp_path / "taxonomy"
    for name, text in {
        "compositional_skills/writing/rhymes": SKILL,
        "compositional_skills/writing/broken": "version: 2\nseed_examples: a: b\n",
        "knowledge/animals/cats": "version: 3\n",
    }.items():
        (root / name).mkdir(parents=True)
        (root / name / "qna.yaml").write_text(text)
        (root / name / "attribution.txt").write_text("".join(f"{field}: known\n" for field in FIELDS))
    return root


def pane_of(app: Workbench) -> TaxonomyPane:
    pane = app.panes["taxonomy"]
    assert isinstance(pane, TaxonomyPane)
    return pane


async def open_leaf(app: Workbench, pilot: Pilot[object], name: str) -> TaxonomyPane:
    await pilot.press("2")
    await shows(app, "rhymes", "broken", "cats")
    await pilot.press("slash", *name, "enter")
    pane = pane_of(app)
    node = pane.browser.leaves.cursor_node
    while node is None or node.data is None or node.data.is_folder:
        await pilot.press("down")
        node = pane.browser.leaves.cursor_node
    await pilot.press("enter")
    await until(lambda: pane.leaf.leaf is not None and name in str(pane.leaf.path))
    return pane


async def test_tree_shows_kind_and_findings(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await shows(app, "◇ broken ✗1", "◇ rhymes", "◆ cats ✗", "compositional_skills/writing", "knowledge/animals")


async def test_tree_filter_stays_until_cleared(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await shows(app, "rhymes", "broken", "cats")
        await pilot.press("slash", *"rhy", "enter")
        await until(lambda: "cats" not in screen_text(app).splitlines()[3])
        await shows(app, "rhymes", "Show all")
        await pilot.press("down", "escape")
        await shows(app, "rhymes", "cats")
        assert "Show all" not in screen_text(app)
        leaves = pane_of(app).browser.leaves
        assert leaves.cursor_node is not None and leaves.cursor_node.data is not None
        assert leaves.cursor_node.data.name == "rhymes"
        await pilot.press("slash", *"zebra")
        await shows(app, "No leaf matches.")


async def test_lint_runs_while_typing_and_drops_stale_findings(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_leaf(app, pilot, "rhymes")
        await shows(app, "task_description", "valid", "^s Save")
        pane.leaf.editor.move_cursor(pane.leaf.editor.document.end)
        await pilot.press(*"bogus: 1")
        await shows(app, "not saved", "✗ error")
        await until(lambda: {found.line for found in pane.leaf.found} == {15})
        stale = pane.leaf.version
        await pilot.press("ctrl+z")
        await until(lambda: pane.leaf.version != stale)
        pane.leaf.post_message(LeafView.FirstPassDone(stale, pane.leaf.found, checklist("", Path("qna.yaml"))))
        await until(lambda: pane.leaf.found == ())


async def test_f8_cycles_through_problems_of_all_files(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    file = taxonomy / "compositional_skills/writing/rhymes/qna.yaml"
    file.write_text(SKILL.replace("version: 2\n", "version: 2\nfirst: 1\n") + "last: 1\n")
    (taxonomy / "knowledge/animals/cats/qna.yaml").write_text("version: 2\n")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await shows(app, "broken:2:17", "rhymes:2:1", "rhymes:16:1", "4 errors")
        pane = pane_of(app)
        way = (("broken", 2), ("rhymes", 2), ("rhymes", 16), ("cats", 1), ("broken", 2))
        for name, line in way:
            await pilot.press("f8")
            await until(lambda n=name, at=line: pane.leaf.path.parent.name == n and _line(pane) == at)  # type: ignore[misc]
        for key, (name, line) in zip(("f20", "shift+f8", "f20"), way[-2::-1], strict=False):
            await pilot.press(key)
            await until(lambda n=name, at=line: pane.leaf.path.parent.name == n and _line(pane) == at)  # type: ignore[misc]
        await shows(app, "2:1", "first")


async def test_f8_continues_after_unopenable_file(taxonomy: Path) -> None:
    loop = taxonomy / "compositional_skills/writing/loop/qna.yaml"
    loop.parent.mkdir()
    loop.symlink_to("qna.yaml")
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        pane = await open_leaf(app, pilot, "broken")
        await pilot.press("escape", "escape")
        await shows(app, "loop ✗1")
        await pilot.press("f8")
        await until(lambda: pane.has_class("-editing"))
        await pilot.press("f8")
        await shows(app, "a circle")
        assert "broken" in str(pane.leaf.path)
        await pilot.press("f8")
        await until(lambda: "cats" in str(pane.leaf.path))
        await pilot.press("shift+f8")
        await until(lambda: "broken" not in str(pane.leaf.path))


def _line(pane: TaxonomyPane) -> int:
    return pane.leaf.editor.cursor_location[0] + 1


async def test_gutter_marks_differ_without_colour(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_leaf(app, pilot, "rhymes")
        long = SKILL.replace("Rhyme.", "Rhyme" + " and rhyme" * 15)
        pane.leaf.editor.replace(long + "bogus: 1\n", (0, 0), pane.leaf.editor.document.end)
        await until(lambda: {found.severity for found in pane.leaf.found} == {"error", "warning"})
        pane.leaf.editor.move_cursor((0, 0))
        await shows(app, " 2▲")
        pane.leaf.editor.move_cursor(pane.leaf.editor.document.end)
        await shows(app, "15✗")


async def test_save_writes_typed_text(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    file = taxonomy / "compositional_skills/writing/rhymes/qna.yaml"
    async with app.run_test(size=(80, 24)) as pilot:
        await open_leaf(app, pilot, "rhymes")
        await pilot.press("#", "enter", "ctrl+s")
        await until(lambda: file.read_text() == "#\n" + SKILL)
        await until(lambda: "not saved" not in screen_text(app))


async def test_save_asks_before_overwriting_external_change(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    file = taxonomy / "compositional_skills/writing/rhymes/qna.yaml"
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_leaf(app, pilot, "rhymes")
        await pilot.press("#")
        theirs = SKILL + "# theirs\n"
        file.write_text(theirs)
        await pilot.press("ctrl+s")
        await shows(app, "Another program has changed this file.", "Cancel", "Reload from disk", "Overwrite disk")
        await shows(app, "-version: 2", "+#version: 2", "-# theirs")
        await pilot.press("enter")
        await until(lambda: app.screen is pane)
        assert file.read_text() == theirs
        await pilot.press("ctrl+s")
        await shows(app, "Overwrite disk")
        await pilot.press("right", "enter")
        await until(lambda: pane.leaf.editor.text == theirs)
        assert pane.unsaved() is None


@pytest.mark.parametrize("text", [SKILL.replace("\n", "\r\n", 3), SKILL.replace("Rhyme.", "Rhyme\u2028.")])
async def test_mixed_line_endings_are_reported_and_kept_until_saved(taxonomy: Path, text: str) -> None:
    file = taxonomy / "compositional_skills/writing/rhymes/qna.yaml"
    file.write_bytes(text.encode())
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        pane = await open_leaf(app, pilot, "rhymes")
        await shows(app, "mixed line endings")
        assert not pane.leaf.unsaved
        await pilot.press("ctrl+s")
        assert file.read_bytes() == text.encode()
        await pilot.press("#")
        assert pane.leaf.unsaved


async def test_save_asks_before_recreating_removed_file(taxonomy: Path) -> None:
    file = taxonomy / "compositional_skills/writing/rhymes/qna.yaml"
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_leaf(app, pilot, "rhymes")
        await pilot.press("#")
        file.unlink()
        await shows(app, "removed")
        await pilot.press("ctrl+s")
        await shows(app, "Another program has removed this file.", "Write it again")
        assert "Reload from disk" not in screen_text(app)
        await pilot.press("escape", "ctrl+s")
        await shows(app, "Write it again")
        await pilot.press("right", "enter")
        await until(file.exists)
        assert not pane.leaf.unsaved


async def test_paste_into_block_is_indented(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_leaf(app, pilot, "rhymes")
        editor = pane.leaf.editor
        await pilot.press("ctrl+end", *"task: |", "enter")
        app.post_message(Paste("One\n  two\nthree"))
        await until(lambda: "three" in editor.text)
        assert editor.text.endswith("task: |\n  One\n    two\n  three")


async def test_gap_gets_space_before_typed_or_pasted_text(taxonomy: Path) -> None:
    file = taxonomy / "compositional_skills/writing/rhymes/qna.yaml"
    file.write_text("version: 2\ntask_description:\ncreated_by:\n")
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_leaf(app, pilot, "rhymes")
        await pilot.press("ctrl+n", "end")  # end moves the cursor, and there is no attribute that it could call
        assert pane.leaf.editor.text == file.read_text()
        await pilot.press(*"Sing", "ctrl+n")
        app.post_message(Paste("me"))
        await until(lambda: pane.leaf.editor.text == "version: 2\ntask_description: Sing\ncreated_by: me\n")


async def test_paste_of_lines_into_gap_is_one_text(taxonomy: Path) -> None:
    file = taxonomy / "compositional_skills/writing/rhymes/qna.yaml"
    file.write_text("version: 2\nseed_examples:\n  - question:\n    answer:\n")
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_leaf(app, pilot, "rhymes")
        await pilot.press("down", "down", "end")
        app.post_message(Paste("What do: lions\n  * do\n\nall day?\n"))
        await pilot.press("ctrl+n")
        app.post_message(Paste("Sleep.\n"))
        text = (
            "version: 2\nseed_examples:\n  - question: |\n      What do: lions\n        * do\n\n      all day?\n"
            "    answer: Sleep.\n"
        )
        await until(lambda: pane.leaf.editor.text == text)


async def test_focus_by_tab_and_mouse_updates_state(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(140, 40)) as pilot:
        pane = await open_leaf(app, pilot, "rhymes")
        await pilot.press("escape")
        await until(lambda: not pane.has_class("-editing"))
        await pilot.press("tab", "tab")
        await until(lambda: pane.leaf.editor.has_focus)
        assert pane.has_class("-editing")
        await pilot.press("f7", "x")
        await until(lambda: pane.leaf.editor.text == f"x{SKILL}")
        await pilot.click(pane.browser.leaves, offset=(3, 0))
        await until(lambda: pane.browser.leaves.has_focus)
        await pilot.press("n")
        await shows(app, "New leaf")


async def test_restored_text_keeps_external_change(taxonomy: Path) -> None:
    file = taxonomy / "compositional_skills/writing/rhymes/qna.yaml"
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_leaf(app, pilot, "rhymes")
        await pilot.press(*"#mine")
        pane.keep_unsaved()
    theirs = SKILL + "# theirs\n"
    file.write_text(theirs)
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_leaf(app, pilot, "rhymes")
        await until(lambda: pane.leaf.editor.text == f"#mine{SKILL}")
        await shows(app, "not saved", "changed on disk")
        await pilot.press("ctrl+s")
        await shows(app, "Reload from disk", "-# theirs")
        await pilot.press("escape")
        assert file.read_text() == theirs


async def test_quit_twice_asks_once(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    file = taxonomy / "compositional_skills/writing/rhymes/qna.yaml"
    async with app.run_test(size=(80, 24)) as pilot:
        await open_leaf(app, pilot, "rhymes")
        await pilot.press("#", "ctrl+q", "ctrl+q")
        await shows(app, "Save and quit")
        await pilot.press("right", "enter")
        await until(lambda: app._exit)
        assert file.read_text() == f"#{SKILL}"


async def test_problems_escape_returns(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_leaf(app, pilot, "rhymes")
        await shows(app, "broken:2:17")
        pane.problems.focus()
        await shows(app, "esc Back")
        await pilot.press("escape")
        await until(lambda: pane.leaf.editor.has_focus)
        await pilot.press("escape")
        pane.problems.focus()
        await shows(app, "esc Back")
        await pilot.press("escape")
        await until(lambda: pane.browser.leaves.has_focus)


async def test_confirm_buttons_are_always_visible(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    file = taxonomy / "compositional_skills/writing/rhymes/qna.yaml"
    async with app.run_test(size=(60, 18)) as pilot:
        await open_leaf(app, pilot, "rhymes")
        await pilot.press("#")
        file.write_text("\n" * 30)
        await pilot.press("ctrl+s")
        await shows(app, "Another program", "pagedown", "Cancel", "Reload from disk", "Overwrite disk")


@pytest.mark.parametrize("width", [40, 60, 80, 120])
async def test_footer_always_shows_last_keys(taxonomy: Path, width: int) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(width, 24)) as pilot:
        await open_leaf(app, pilot, "rhymes")
        await pilot.press("#", "escape")

        def footer() -> str:
            return screen_text(app).rstrip().splitlines()[-1]

        await until(lambda: ("Quit" in footer() and "Save" in footer()) or width < 60)
        assert footer().split()[-6:] == ["F1", "Help", "^p", "Commands", "^q", "Quit"]
        await pilot.resize_terminal(80, 24)
        await until(lambda: "Show all" in footer() and footer().endswith("^q Quit"))


async def test_taxonomy_folder_may_appear_and_disappear(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_leaf(app, pilot, "rhymes")
        away = taxonomy.with_name("away")
        taxonomy.rename(away)  # noqa: ASYNC240
        await shows(app, "removed", "version: 2")
        assert pane.unsaved()
        away.rename(taxonomy)
        await until(lambda: "removed" not in screen_text(app))
        assert pane.unsaved() is None
        await pilot.press(*"# on")
        await until(lambda: pane.leaf.editor.text == f"# on{SKILL}")


async def test_save_keeps_write_protected_leaf(taxonomy: Path) -> None:
    file = taxonomy / "compositional_skills/writing/rhymes/qna.yaml"
    file.chmod(0o444)
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        pane = await open_leaf(app, pilot, "rhymes")
        await pilot.press("#", "ctrl+s")
        await shows(app, "write-protected", "chmod u+w")
        assert (file.read_text(), bool(pane.unsaved())) == (SKILL, True)


async def test_f7_quotes_text(taxonomy: Path) -> None:
    file = taxonomy / "compositional_skills/writing/rhymes/qna.yaml"
    file.write_text(SKILL.replace("Hat does.", "*Hat* does."))
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_leaf(app, pilot, "rhymes")
        await until(lambda: pane.leaf.found)
        await pilot.press("f8")
        await shows(app, "F7 fixes it.")
        await pilot.press("f7")
        await until(lambda: pane.leaf.editor.text == SKILL.replace("Hat does.", '"*Hat* does."'))
        await until(lambda: not pane.leaf.found)


async def test_unsaved_text_is_asked_about_before_leaving(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    file = taxonomy / "compositional_skills/writing/rhymes/qna.yaml"
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_leaf(app, pilot, "rhymes")
        await pilot.press("#", "escape", "8", "ctrl+q")
        await shows(app, "is not saved", "Save and quit", "Quit without")
        await pilot.press("ctrl+q", "escape")
        await until(lambda: app.screen is app.panes["jobs"])
        await pilot.press("2", "slash", *"cats", "enter", "down", "enter")
        await shows(app, "Discard changes", "Keep editing")
        await pilot.press("enter")
        await until(lambda: app.screen is pane)
        assert "rhymes" in str(pane.leaf.path)
        await pilot.press("ctrl+q")
        await shows(app, "Save and quit")
        await pilot.press("right", "enter")
        await until(lambda: app._exit)
    assert file.read_text() == "#" + SKILL


async def test_missing_taxonomy_shows_how_to_create_one(tmp_path: Path) -> None:
    app = Workbench(taxonomy_path=tmp_path / "none")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await shows(app, "There is no leaf in", "labtop quickstart", "labtop config init")
        leaf = tmp_path / "none" / "knowledge" / "cats" / "qna.yaml"
        leaf.parent.mkdir(parents=True)
        leaf.write_text("version: 3\n")
        await pilot.press("f5")
        await shows(app, "cats")


async def test_first_leaf_creates_the_taxonomy(short_path: Path) -> None:
    app = Workbench(taxonomy_path=short_path / "mine")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.press("2")
        await shows(app, "There is no leaf in", "the folder is created, too")
        await pilot.press("n")
        await shows(app, "does not exist yet: it is created, as a git", "repository.")
        await pilot.press(*"knowledge/cats", "enter")
        await shows(app, "seed_examples:", "5 contexts, 15 pairs to write", "branch main")
        assert (short_path / "mine/.git").is_dir()
        assert app.context.taxonomy_base == "main"


async def test_binary_file_is_an_error(taxonomy: Path) -> None:
    (taxonomy / "knowledge/animals/cats/qna.yaml").write_bytes(b"\xff\xfe\x00")
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(100, 24), notifications=True) as pilot:
        await pilot.press("2")
        await shows(app, "cats")
        await pilot.press("slash", *"cats", "enter", "down", "enter")
        await shows(app, "Save it as UTF-8.")
        assert pane_of(app).leaf.leaf is None


async def test_added_and_removed_leaves_are_noticed(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_leaf(app, pilot, "cats")
        await pilot.press(*"# mine", "escape", "slash", "escape", "home", "right", "down", "down")
        node = pane.browser.leaves.cursor_node
        assert node is not None and node.data is not None and node.data.name == "rhymes"
        dogs = taxonomy / "knowledge/plants/trees/qna.yaml"
        birds = taxonomy / "compositional_skills/writing/birds/qna.yaml"
        for file in (dogs, birds):
            file.parent.mkdir(parents=True)
            file.write_text("version: 2\nx: 1\n")
        await shows(app, "birds ✗", "animals", "plants", "cats", "rhymes")
        assert pane.browser.leaves.cursor_node is not None
        assert pane.browser.leaves.cursor_node.data == node.data
        assert pane.leaf.editor.text.startswith("# mine")
        birds.unlink()
        await until(lambda: "birds" not in screen_text(app))
        assert pane.browser.leaves.cursor_node.data == node.data
        await pilot.press("up", "left", "left")
        await until(lambda: "rhymes" not in screen_text(app))
        birds.write_text(SKILL)
        await until(lambda: len(pane.browser.files) == 5)
        await pilot.pause()
        assert "◇ birds" not in screen_text(app)


async def test_duplicates_of_other_leaves_are_reported(taxonomy: Path) -> None:
    for name in ("poems", "songs/of", "songs_of"):
        file = taxonomy / "compositional_skills/writing" / name / "qna.yaml"
        file.parent.mkdir(parents=True)
        file.write_text(SKILL.replace("What", f"In {name}, what"))
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_leaf(app, pilot, "songs_of")
        await until(lambda: "name-collision" in {found.code for found in pane.leaf.found})
        assert "duplicate-across" not in {found.code for found in pane.leaf.found}
        pane.leaf.put(
            "# first\n" + pane.leaf.editor.text.replace("In songs_of, what rhymes with sun", "What rhymes with sun")
        )
        await until(lambda: [one.line for one in pane.leaf.found if one.code == "duplicate-across"] == [12])
        await pilot.press("ctrl+s")
        await until(lambda: pane.unsaved() is None)
        codes = [problem.found.code for problem in pane._findings.problems if problem.file == pane.leaf.path]
        assert {"duplicate-across", "name-collision"} <= set(codes)
