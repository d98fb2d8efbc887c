"""The slash commands and session options of `labtop model chat`, as a user runs them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from core import paths
from core.chat.saved import SessionStore
from tests.core.serving.deviating_server import TEXT, deviating_server
from tests.core.serving.paced_server import paced_server
from tests.pty_program import LABTOP, Program
from tests.pty_screen import Scrollback
from tests.tui.cli.running import labtop
from tui.cli.main import cli

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with deviating_server() as url:
        yield url


def test_slash_commands_through_a_pipe(url: str, tmp_path: Path) -> None:
    contexts = paths.current().config_dir / "contexts"
    contexts.mkdir(parents=True)
    (contexts / "cook.md").write_text("You are a cook.")
    talk = tmp_path / "talk"
    lines = (
        "/lc", "/c cook", "/c nonsense", "/set temperature 0.5", "/set temperature 9", "/set height 2",
        "one", "/m", "two", "lines", "", "/r", "/e 2 ONE", "/lb", "/lb 1", "/b 9", "/t My talk",
        "/a cut", "half", "/r", "/a", "/a nobody", f"/x {talk}.md", f"/s {talk}.jsonl",
        "/N", "/d", f"/L {talk}.jsonl", "/n", "/p 1", "/d x", "/y", "/ls ONE", "/o My", "/unknown", "/q", "never",
    )  # fmt: skip
    done = labtop("chat", "--endpoint-url", url, "-m", "good", "-nd", stdin="\n".join(lines))
    assert "There is no context nonsense; there are default, cli_helper, cook" in done.stderr
    assert "temperature" in done.stderr and "There is no setting height" in done.stderr
    assert done.stderr.count("ended before it was complete") == 2
    assert "/a needs a model" in done.stderr
    assert "does not serve nobody; it serves good" in done.stderr
    assert "no answer 9: it has 2" in done.stderr
    assert "no answer 1: it has 0" in done.stderr
    assert "x is not a number" in done.stderr and "clipboard needs a terminal" in done.stderr
    assert "Unknown command /unknown" in done.stderr
    for shown in ("* default", "You are a cook.", "Welcome to InstructLab Chat w/ CUT", "My talk", "Half"):
        assert shown in done.stdout
    assert "never" not in done.stdout
    assert "## Question" in (tmp_path / "talk.md").read_text()
    store = SessionStore(paths.current().chatlogs_dir)
    (edited,) = store.list(search="My talk")
    with store.open(edited.id) as session:
        assert [turn.content for turn in session.all_turns if turn.role == "user"] == ["one", "two\nlines", "ONE"]
        assert session.settings.temperature == 0.5 and session.settings.context == "cook"
        assert len(session.branches) == 3


def run(*arguments: str, status: int = 0) -> Result:
    """`labtop chat` in this process."""
    result = CliRunner().invoke(cli, ["chat", *arguments])
    assert result.exit_code == status, result.output
    return result


def test_sessions_are_listed_resumed_exported_and_removed(url: str, tmp_path: Path) -> None:
    assert run("--list-sessions").stdout == "No conversations.\n"
    store = SessionStore(paths.current().chatlogs_dir)
    for question in ("What is a fish?", "And a bird?"):
        with store.new() as session:
            session.append("user", question)
            session.append("assistant", TEXT)
    newest, older = json.loads(run("--list-sessions", "--json").stdout)
    assert (newest["title"], older["title"]) == ("And a bird?", "What is a fish?")
    assert older["id"] in run("--list-sessions", "--search", "FISH").stdout
    to = ("--endpoint-url", url, "-m", "good", "--qq", "More?")
    assert json.loads(run("--session", older["id"], "--json", *to).stdout)["answer"] == TEXT
    assert run("--resume", *to).stdout == f"{shown(TEXT)}\n"
    with store.open("last"):  # in the workbench, for example
        run("--resume", "--export", str(tmp_path / "a.jsonl"))
    roles = [message["role"] for message in json.loads((tmp_path / "a.jsonl").read_text())["messages"]]
    assert roles == ["user", "assistant"] * 3
    assert run("--remove-session", newest["id"]).stdout == f"Removed {newest['id']}.\n"
    assert [each.id for each in store.list()] == [older["id"]]
    unknown = run("--qq", "-c", "nonsense", "Hi", status=1)  # reported before a server is looked for
    assert "no context nonsense" in str(unknown.exception)
    for wrong in (["--search", "x"], ["--export", "x.md"], ["--json", "hello"]):
        run(*wrong, status=2)


def shown(text: str) -> str:
    return text.replace("\u2028", "\\u2028")


def test_quick_question_has_only_the_answer_on_stdout(url: str) -> None:
    done = labtop("chat", "--endpoint-url", url, "-m", "good", "--qq", stdin="from a pipe")
    assert (done.stdout, done.stderr) == (f"{shown(TEXT)}\n", "")
    failed = labtop("chat", "--endpoint-url", url, "-m", "html", "--qq", "Hi", status=1)
    assert failed.stdout == "" and "contains a web page" in failed.stderr


def test_terminal_edits_questions_on_several_lines(url: str) -> None:
    """Esc Enter ends a question of several lines, /e shows it to edit, and pasted lines stay together."""
    command = [LABTOP, "model", "chat", "--endpoint-url", url, "-m", "good"]
    with Program(command, screen=Scrollback()) as program:
        program.shows("[S][default]")
        program.send("/m\r")
        program.shows("[M][default]")
        program.send("first\rsecond\x1b\r")
        program.shows("elapsed", "─ good ─")
        program.send("/e\r")
        program.shows("[M][edit]")
        program.send(" line\x1b\r")
        program.until(lambda text: text.count("elapsed") == 2)
        program.send("/e\r")
        program.until(lambda text: text.count("[M][edit]") == 2)
        program.settle()  # an interrupt while the question is put into the line would be lost
        program.send("\x03")
        program.until(lambda text: text.count("[S][default]") == 4)
        program.send("\x1b[200~pasted\rlines\x1b[201~\r")
        program.until(lambda text: text.count("elapsed") == 3)
        program.send("/lb\r")
        program.shows("* 2  4 turns  pasted lines")
        program.send("exit\r")
    store = SessionStore(paths.current().chatlogs_dir)
    with store.open("last") as session:
        asked = [turn.content for turn in session.all_turns if turn.role == "user"]
        assert asked == ["first\nsecond", "first\nsecond line", "pasted\nlines"]


def test_terminal_shows_that_a_model_reasons(url: str) -> None:
    command = [LABTOP, "model", "chat", "--endpoint-url", url, "-m", "slow-reasoning", "--qq", "Why?"]
    with Program(command, screen=Scrollback()) as program:
        program.shows(" characters of reasoning")
        program.shows("elapsed")


def test_terminal_stops_an_answer_and_keeps_its_part() -> None:
    with (
        paced_server(rate=50, tokens=10_000) as url,
        Program([LABTOP, "model", "chat", "--endpoint-url", url, "Tides?"], screen=Scrollback()) as program,
    ):
        program.shows("Chapter 1 is")
        program.send("\x03")
        program.shows("stopped", "[S][default]")
        program.send("/n\rexit\r")
    with SessionStore(paths.current().chatlogs_dir).open("last") as session:
        assert session.turns[1].content.startswith("Chapter 1 is")
        assert session.turns[1].figures is not None and session.turns[1].figures.ended == "stopped"
