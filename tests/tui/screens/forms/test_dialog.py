"""The forms of the steps, and the next step by one key."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from textual.app import App
from textual.events import Paste

from core import paths
from core.errors import LabtopError
from core.jobs.control import cancel
from core.jobs.folder import JobFolder, JobStore
from core.jobs.spec import JobSpec
from tests.core.commands.models import make_student
from tests.core.overview.jobs import FakeJob
from tests.core.taxonomy.leaves import commit_all, git, skill, write
from tests.ports import free_port
from tests.tui.helpers import screen_text, shows, until
from tui.app import Workbench
from tui.screens.forms.dialog import FormDialog
from tui.screens.shared.pane import Pane
from tui.screens.taxonomy.pane import TaxonomyPane

pytestmark = pytest.mark.slow

TYPED = "labtop model train --model-path Tiny-1.0 --strategy lab-multiphase --phased-phase1-num-epochs 3"


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[JobSpec]:
    """The jobs that were to be started; their folders look as if they had succeeded, but nothing ran."""
    specs: list[JobSpec] = []

    def record(spec: JobSpec, store: JobStore, environment: Mapping[str, str]) -> JobFolder:
        specs.append(spec)
        folder = store.create(spec)
        folder.write_status({"status": "succeeded", "started": spec.created, "seconds": 1.0, "result": {}})
        return folder

    monkeypatch.setattr("tui.steps.launch", record)
    return specs


@pytest.fixture
def taxonomy(tmp_path: Path) -> Path:
    """A repository whose branch `work` has a new leaf, committed."""
    root = tmp_path / "taxonomy"
    write(root / "README.md", "mine")
    commit_all(root)
    git(root, "checkout", "--quiet", "-b", "work")
    write(root / "compositional_skills/rhymes/qna.yaml", skill())
    commit_all(root)
    return root


def words(app: App[Any]) -> str:
    """The screen in one line, without frames: a command line may be wrapped."""
    return " ".join(screen_text(app).replace("│", " ").split())


async def test_train_form_from_a_wrong_value_to_the_job(launched: list[JobSpec]) -> None:
    student = make_student()
    for subject in ("knowledge", "skills"):
        write(paths.current().datasets_dir / f"run/{subject}_train_msgs_2026-11-28T19_01_00.jsonl", "{}\n")
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: isinstance(app.screen, Pane))
        await pilot.press("t")
        await shows(app, "Train a student", "lab-multiphase", "No student model given.")
        await pilot.press("down", "T", "tab")
        await shows(app, "Tiny-1.0", "ready to start")
        await shows(app, "1 + 1 samples, 17 steps", "larger than the data set of 1 sample")
        await pilot.press("down", "down", "backspace", "0")
        await shows(app, "--phased-phase1-num-epochs: input should be greater than 0, not 0.", "not usable")
        await pilot.press("enter")
        assert isinstance(app.screen, FormDialog), "a wrong value starts nothing"
        await pilot.press("backspace", "3")
        await shows(app, "ready to start", "changed")
        assert TYPED in words(app)
        await pilot.press("ctrl+y")
        assert app.clipboard == TYPED
        await pilot.press("f2")
        await shows(app, "data output dir")
        await pilot.press("pagedown", "pagedown", "pageup")
        await shows(app, "lr scheduler")
        assert "num-epochs 3" in words(app)
        await pilot.press("escape")
        await until(lambda: isinstance(app.screen, Pane))
        assert launched == []
        await pilot.press("t")
        await shows(app, "Tiny-1.0", "ready to start")
        assert TYPED in words(app), "what was typed is kept"
        await pilot.press("enter")
        await until(lambda: launched)
        phases = launched[0].options["phases"]
        assert (phases["model_path"], phases["phase1"]["training"]["num_epochs"]) == (str(student), 3)
        await shows(app, launched[0].id)
        await pilot.press("t")
        await shows(app, "No student model given.")
        assert "--model-path Tiny" not in words(app), "a form that was sent starts again"


async def test_form_whose_job_does_not_start_keeps_what_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise LabtopError("The disk is full.")

    monkeypatch.setattr("tui.steps.launch", full)
    app = Workbench()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(lambda: isinstance(app.screen, Pane))
        await pilot.press("s")
        await shows(app, "Serve a model")
        app.post_message(Paste("n" * 5000))
        await shows(app, "There is no model", "not usable")
        await pilot.press("ctrl+u", *"built", "tab")
        await shows(app, "ready to start")
        await pilot.press("enter")
        await shows(app, "The disk is full.")
        await pilot.press("s")
        await shows(app, "Serve a model", "builtin:extractive", "ready to start")


async def test_the_next_step_by_one_key(taxonomy: Path, launched: list[JobSpec], locks: list[int]) -> None:
    app = Workbench(taxonomy_path=taxonomy, taxonomy_base="main")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(lambda: isinstance(app.screen, Pane))
        write(taxonomy / "compositional_skills/limericks/qna.yaml", skill())
        await pilot.press("w")
        await shows(app, "Commit 1 leaf.")
        pane = app.screen
        assert isinstance(pane, TaxonomyPane)
        leaf = PurePosixPath("compositional_skills/limericks/qna.yaml")
        await until(lambda: (node := pane.browser.leaves.cursor_node) and node.data and node.data.path == leaf)
        commit_all(taxonomy)
        app.action_offer_next_step("Committed.")
        await shows(app, "Committed. Next: Generate data (w).", "2 leaves changed.")
        await pilot.press("w")
        await shows(app, "Generate data", "this workbench", "ready to start")
        await pilot.press("down", "down", "down", "x")
        await shows(app, "has no 'x'", "or check every leaf:", "--taxonomy-base empty")  # the whole hint
        await pilot.press("backspace", *"main")
        await shows(app, "ready to start")
        await pilot.press("ctrl+y")
        assert app.clipboard == f"labtop data generate --taxonomy-path {taxonomy} --taxonomy-base main"
        await pilot.press("enter")
        await until(lambda: launched)
        assert launched[0].options["taxonomy_path"] == str(taxonomy)
        job = FakeJob("train", 60).start("train").add("progress", "train", done=1, total=4, unit="samples")
        locks.append(job.write("train-k3f9x").take_lock())
        await until(lambda: any(one.spec.id == "train-k3f9x" for one in app.context.jobs))
        await pilot.press("0", "w")
        await shows(app, "train-k3f9x", "1/4 samples")
        await pilot.press("6", "w")
        await shows(app, "Question", "│ w ")
        assert isinstance(app.screen, Pane), "w is a letter where text is typed"


async def test_serving_leads_to_chatting_without_another_terminal() -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: isinstance(app.screen, Pane))
        await pilot.press("s")
        await shows(app, "Serve a model")
        await pilot.press(*"built", "tab", "down", "down")
        for _ in range(5):
            await pilot.press("backspace")
        await pilot.press(*str(free_port()))
        await shows(app, "ready to start")
        await pilot.press("enter")
        try:
            await until(lambda: app.context.model is not None, "the server is ready")
            await pilot.press("w")
            await shows(app, "builtin:extractive", app.context.base_url)
        finally:
            for job in JobStore().list():
                cancel(job, now=True)


async def test_chat_form_sets_the_server_and_the_sampling(endpoint: str) -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: isinstance(app.screen, Pane))
        app.action_start_step("chat")
        await shows(app, "Chat with a model")
        for _ in range(40):
            await pilot.press("backspace")
        await pilot.press(*endpoint, "down", "down", "backspace", "3")
        await shows(app, "input should be less than or equal to 2, not 3.")
        await pilot.press("backspace", "0", "enter")
        await until(lambda: isinstance(app.screen, Pane) and app.context.base_url == endpoint)
        assert (app.context.temperature, app.context.max_tokens) == (0, None)
        await pilot.press(*"hello", "enter")
        await shows(app, "heard 1 turns.")
