"""The help of panes and dialogs."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.color import Color

from tests.tui.helpers import screen_text, shows, until
from tests.tui.test_keys import named
from tui.app import Workbench
from tui.screens.jobs.pane import JobsPane
from tui.screens.shared.confirm import ConfirmDialog
from tui.screens.shared.help import HelpDialog
from tui.screens.taxonomy.new_dialog import NewLeafDialog, PathInput


async def test_help_lists_all_keys_and_marks_those_that_do_not_apply() -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("8", "f1")
        await shows(app, "Help: Jobs", "Every long task is a job", "In Jobs", "more below: pgdn")
        help_page = app.screen
        assert isinstance(help_page, HelpDialog)
        rows = {row.text: row for row in help_page.topic.rows}
        jobs = [binding for binding in named() if (binding.id or "").startswith("jobs.")]
        assert {binding.tooltip for binding in jobs} <= rows.keys()
        assert not rows["Resume a lost, failed or cancelled job."].applies  # there is no job
        assert rows["Filter jobs by text."].applies
        text = screen_text(app)
        assert "Filter jobs by text. (not now)" not in text
        await shows(app, "Resume a lost, failed or cancelled job. (not now)")
        await pilot.press("end")
        await shows(app, "ctrl+c to copy", "hold shift", "Show the Chat pane.")
        await until(lambda: "more below" not in screen_text(app))
        await pilot.press("f1")
        await until(lambda: isinstance(app.screen, JobsPane))


@pytest.mark.slow
async def test_help_that_was_open_before_has_the_present_topic_size_and_theme() -> None:
    app = Workbench()
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.press("8", "f1", "end", "escape")
        await pilot.press("5")
        app.theme = "textual-light"
        await pilot.resize_terminal(80, 24)
        await pilot.press("f1")
        await shows(app, "Help: Evaluate", "more below: pgdn")
        page = app.screen
        assert isinstance(page, HelpDialog)
        assert "Every long task is a job" not in screen_text(app)
        assert page.has_class("-narrow") and not page.has_class("-wide")
        light = Color.parse(app.theme_variables["panel"])
        await until(lambda: page.query_one("VerticalScroll").styles.background.hex == light.hex)
        await pilot.press("escape", "0", "f1")
        await shows(app, "Help: Home")
        assert app.screen is page


async def test_help_opens_on_any_screen() -> None:
    app = Workbench()
    async with app.run_test(size=(1, 3)) as pilot:
        await pilot.press("8", "f1")
        await until(lambda: isinstance(app.screen, HelpDialog) and app.screen.query("#help-text"))
        await pilot.resize_terminal(80, 24)
        await shows(app, "Help: Jobs", "Every long task is a job")


async def test_help_is_complete_at_its_first_paint() -> None:
    app = Workbench()
    async with app.run_test(size=(80, 40)) as pilot:
        await pilot.press("8", "question_mark")
        await until(lambda: isinstance(app.screen, HelpDialog))
        page = app.screen
        assert isinstance(page, HelpDialog)
        first = page._width
        await pilot.pause()
        assert page._width == first  # nothing was laid out again


async def test_help_works_in_dialogs(tmp_path: Path) -> None:
    app = Workbench(taxonomy_path=tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("8", "n")
        await until(lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("f1")
        await shows(app, "In this dialog", "Change nothing.", "Quit the workbench")
        await pilot.press("escape")
        await until(lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("escape", "2", "n", *"knowledge/a", "f1")
        await shows(app, "In this dialog", "Create nothing.")
        await pilot.press("f1")
        await until(lambda: isinstance(app.screen, NewLeafDialog))
        assert app.screen.query_one(PathInput).value.endswith("knowledge/a")
        await pilot.press("ctrl+p")
        assert isinstance(app.screen, NewLeafDialog)
