"""The guided set-up, with real git and real files."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from textual.pilot import Pilot

from core import paths
from core.config.load import load
from core.jobs.spec import new_spec
from core.setup.state import read_setup
from core.system.gpu import GpuReading
from tests.core.taxonomy.leaves import commit_all, git, skill, write
from tests.tui.helpers import screen_text, shows, until
from tui.app import Workbench
from tui.screens.home.pane import HomePane
from tui.screens.home.setup_view import SetupView
from tui.screens.home.taxonomy_dialog import TaxonomyDialog
from tui.screens.taxonomy.pane import TaxonomyPane


@pytest.fixture
def silent_server() -> Iterator[str]:
    """The address of a git server that accepts connections and never answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield f"git://127.0.0.1:{server.getsockname()[1]}/taxonomy.git"


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A bare repository with one leaf."""
    write(tmp_path / "work/compositional_skills/writing/letters/qna.yaml", skill())
    commit_all(tmp_path / "work", "first")
    git(tmp_path, "clone", "--quiet", "--bare", str(tmp_path / "work"), str(tmp_path / "shared.git"))
    return tmp_path / "shared.git"


async def fill(app: Workbench, pilot: Pilot[object], **values: str) -> None:
    """Type into the dialog's fields, and submit it."""
    await until(lambda: isinstance(app.screen, TaxonomyDialog))
    for name, value in values.items():
        app.screen.query_one(f"#taxonomy-{name}").value = value  # type: ignore[attr-defined]
    await pilot.press("enter")


async def test_setup_writes_settings_and_creates_a_taxonomy(
    short_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own_home / "gitconfig").write_text("")  # git does not know who commits
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "EMAIL"):
        monkeypatch.delenv(name, raising=False)
    app, folder, settings = Workbench(), short_path / "mine", paths.current().config_file
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(app, "Nothing is set up", "Settings")
        await pilot.press("2")
        await shows(app, "There is no leaf")
        await pilot.press("0", "enter")
        await shows(app, "Write the settings", "No profile")
        await pilot.press("down", "enter")
        await shows(app, "done: ", "What is set up")
        assert load(settings, environment={}).settings.train.profile == "A100_H100_x2.yaml"
        await pilot.press("enter")
        await fill(app, pilot, folder=str(folder))
        await shows(app, "Your name is empty.")
        await fill(app, pilot, name="Ann", email="ann")
        await shows(app, "'ann' is not an email address.", "such as ann@example.org")
        await fill(app, pilot, name="Ann", email="ann@example.org")
        await shows(app, "Go to Home", "/mine ")
        assert git(folder, "log", "--format=%an %ae %s").strip() == "Ann ann@example.org Create the taxonomy"
        generate = load(settings, environment={}).settings.generate
        assert (generate.taxonomy_path, generate.taxonomy_base) == (folder, "main")
        assert load(settings, environment={}).settings.train.profile == "A100_H100_x2.yaml"
        await pilot.press("enter")
        await shows(app, "next step", "Write the first leaf", "mine on main")
        await pilot.press("2")
        await until(lambda: isinstance(app.screen, TaxonomyPane))
        await shows(app, str(folder))
    again = Workbench(taxonomy_path=folder)
    async with again.run_test(size=(80, 24)) as pilot:
        await shows(again, "next step")
        await pilot.press("u")
        await shows(again, "What is set up", "done: ")
        await pilot.press("enter")
        await shows(again, "exists. Overwrite it?")
        await pilot.press("enter")  # cancel has the focus
        await pilot.press("escape")
        await shows(again, "next step")


async def test_setup_clones_a_taxonomy(tmp_path: Path, shared: Path, silent_server: str) -> None:
    app, folder = Workbench(), paths.current().taxonomy_dir
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(app, "Nothing is set up")
        await pilot.press("down", "down", "enter")
        await fill(app, pilot, address=(tmp_path / "none.git").as_uri())
        await shows(app, "cannot be cloned")
        await fill(app, pilot, address=silent_server)
        await shows(app, "Cloning…")
        await pilot.press("escape")
        await shows(app, "was stopped")
        assert not folder.parent.exists()
        await fill(app, pilot, address=shared.as_uri())
        await until(lambda: isinstance(app.screen, HomePane))
        await shows(app, "done: ")
        assert git(folder, "log", "--format=%s").strip() == "first"
        assert not paths.current().config_file.exists()  # folder and base are the defaults
        await pilot.press("escape", "2")
        await shows(app, "letters")


async def test_setup_uses_a_folder_and_can_be_skipped(shared: Path) -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(app, "Nothing is set up")
        await pilot.press("escape")
        await shows(app, "Create a taxonomy", "No model")
        await pilot.press("u", "home", "down", "down", "down", "enter")
        await fill(app, pilot, folder=str(shared.parent / "none"))
        await shows(app, "There is no folder")
        await fill(app, pilot, folder=str(shared.parent / "work"))
        await until(lambda: app.context.taxonomy_path == shared.parent / "work")
        await shows(app, "done: ")
        settings = load(paths.current().config_file, environment={}).settings
        assert (settings.generate.taxonomy_path, settings.generate.taxonomy_base) == (shared.parent / "work", "main")


async def test_setup_takes_a_reading_of_the_machine_before_it_is_mounted() -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24)):
        await shows(app, "Nothing is set up")
        await app.screen.query("#home-setup").remove()
        state = read_setup(app.context.taxonomy_path, app.context.settings_file)
        view = SetupView(app.context, state, None)
        app.screen.mount(view, before="#home-steps")
        view.show_gpus(GpuReading(absent="There is no NVIDIA driver."))
        await shows(app, "no NVIDIA GPU")


async def test_setup_starts_the_quickstart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    until_asked = {"do": "count", "steps": 3, "until": str(tmp_path / "go")}
    monkeypatch.setattr(
        "tui.screens.shared.quickstart.quickstart_spec",
        lambda folder: new_spec("quickstart", "tests.core.jobs.work:run", until_asked, title=folder.name),
    )
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(app, "Nothing is set up")
        await pilot.press("end", "up", "enter")
        await shows(app, "Start the quickstart?", "labtop-quickstart")
        await pilot.press("enter")
        await shows(app, "next step", "running · quickstart-", "Count is running")
        (tmp_path / "go").touch()
        await shows(app, "last job · quickstart-", "succeeded")
        await pilot.press("n")
        await shows(app, "Start the quickstart?", "enter Start")
        await pilot.press("escape")
        await shows(app, "n New")


async def test_setup_reports_what_fails(tmp_path: Path) -> None:
    write(tmp_path / "file", "x")
    app = Workbench(settings_file=tmp_path / "file/config.yaml")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(app, "Nothing is set up")
        await pilot.press("enter")
        await shows(app, "No profile")
        await pilot.press("enter")
        await shows(app, "while writing", "file/config.yaml")
        assert "Settings               with comments" in screen_text(app)
