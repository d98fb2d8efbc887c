"""`labtop model chat` and `labtop model serve` as a user runs them."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from core import paths
from core.chat.session import Session
from core.errors import LabtopError
from core.jobs.folder import JobStore
from core.jobs.observe import observe, read_state
from core.jobs.processes import child_environment, end_tree
from core.serving.announcement import ready_url
from core.serving.client import list_models
from core.serving.lifecycle import Server
from core.serving.names import BUILTIN_TEACHER
from core.serving.registry import ServerRegistry
from tests.pty_program import Program
from tests.pty_screen import Scrollback
from tests.waiting import wait_for, wait_in_job, wait_until

pytestmark = pytest.mark.slow

LABTOP = [sys.executable, "-c", "from tui.cli.main import main; main()"]


def labtop(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*LABTOP, *arguments], input=stdin, capture_output=True, text=True, timeout=60, env=child_environment()
    )


def test_chat_quick_question_json(tiny_server: Server) -> None:
    done = labtop(
        "chat", "--qq", "the", "dome", "--endpoint-url", tiny_server.base_url, "-t", "0", "--max-tokens", "9", "--json"
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["question"] == "the dome"
    assert answer["model"] == "Tiny-1.0"
    assert answer["answer"]


def test_chat_through_pipe(tiny_server: Server, tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    lines = f"the dome\n/c you are a book\nnight\n/s {saved}\n/zz\n/n\nexit\n"
    to = ["-m", "tiny.1-0", "--endpoint-url", tiny_server.base_url, "-t", "0", "--max-tokens", "9"]
    done = labtop("model", "chat", *to, stdin=lines)
    assert done.returncode == 0, done.stderr
    assert "TINY-1.0 (type /h for help)" in done.stdout
    assert "Unknown command /zz" in done.stderr
    roles = [message["role"] for message in json.loads(saved.read_text())]
    assert roles == ["system", "user", "assistant", "user", "assistant"]
    (transcript,) = paths.current().chatlogs_dir.iterdir()
    assert [message["role"] for message in Session.open(transcript).messages()] == roles
    assert [file.stat().st_mode & 0o777 for file in (saved, transcript)] == [0o600, 0o600]


def test_chat_starts_temporary_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABTOP_CHAT_ENDPOINT_URL", "http://127.0.0.1:9/v1")
    done = labtop("chat", "-qq", "Hello", "--model", BUILTIN_TEACHER)
    assert done.returncode == 0, done.stderr
    assert "starting a temporary server" in done.stderr
    assert "not a language model" in done.stdout
    log = (paths.current().state_dir / "logs" / "chat-server.log").read_text()
    found = next(filter(None, map(ready_url, log.splitlines())))
    with pytest.raises(LabtopError, match="refused"):
        list_models(found)


def test_chat_uses_a_running_server_or_says_why_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABTOP_CHAT_ENDPOINT_URL", "http://127.0.0.1:9/v1")
    failed = labtop("chat", "--qq", "Hello")
    assert failed.returncode == 1
    assert "No server answers at http://127.0.0.1:9/v1" in failed.stderr and "No model was named" in failed.stderr
    assert "has no model nobody" in labtop("chat", "--qq", "Hello", "-m", "nobody").stderr
    with serving(tmp_path):
        done = labtop("chat", "--qq", "Hello")
        wrong = labtop("chat", "--qq", "Hello", "-m", "nobody")
    assert f"labtop serves {BUILTIN_TEACHER} at {url_in(tmp_path / 'out')}/v1." in wrong.stderr
    assert "not a language model" in done.stdout
    assert done.stderr == f"Talking to the server at {url_in(tmp_path / 'out')}/v1.\n"


def test_chat_without_server_hints_at_serve() -> None:
    done = labtop("chat", "--qq", "hello", "--endpoint-url", "http://127.0.0.1:9/v1")
    assert done.returncode == 1
    assert done.stderr.splitlines()[0].startswith("Error: ") and "http://127.0.0.1:9/v1 (" in done.stderr
    assert "labtop model serve" in done.stderr
    assert labtop("chat", "--json", "hello").returncode == 2


def test_chat_on_terminal(tiny_server: Server) -> None:
    master, slave = pty.openpty()
    environment = child_environment({"TERM": "xterm", "COLUMNS": "80", "LINES": "24"})
    process = subprocess.Popen(
        [*LABTOP, "chat", "--endpoint-url", tiny_server.base_url, "-t", "0", "--max-tokens", "5"],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment,
        start_new_session=True,
    )
    os.close(slave)
    shown = ""

    def read_until(text: str) -> None:
        nonlocal shown
        while text not in shown:
            assert select.select([master], [], [], 60)[0], f"{text!r} did not come after: {shown}"
            shown += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", os.read(master, 65536).decode(errors="replace"))

    try:
        read_until("[S][default]")
        read_until(">>> ")
        os.write(master, b"the dome\n")
        read_until(" seconds ")
        assert "─ Tiny-1.0 ─" in shown
        os.write(master, b"exit\n")
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
        os.close(master)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_ends_on_signal(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path) as process:
        (server,) = psutil.Process(process.pid).children()
        process.send_signal(number)
        assert process.wait(60) == 0
        assert not server.is_running()
    assert (tmp_path / "out").read_text().splitlines()[-3:] == [
        f"After application startup complete see {url_in(tmp_path / 'out')}/docs for API.",
        "Press CTRL+C to shut down the server.",
        "The server has ended.",
    ]


def test_serve_fails_when_server_dies(tmp_path: Path) -> None:
    with serving(tmp_path) as process:
        (server,) = psutil.Process(process.pid).children()
        server.kill()
        assert process.wait(60) == 1
    expected = "Error: The server for builtin:extractive ended with signal 9 while it was in use."
    assert expected in (tmp_path / "err").read_text()


def test_serve_killed_ends_server(tmp_path: Path) -> None:
    with serving(tmp_path) as process:
        (server,) = psutil.Process(process.pid).children()
        process.kill()
    wait_until(lambda: not server.is_running() or server.status() == psutil.STATUS_ZOMBIE)


@contextmanager
def serving(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`labtop serve`, ready; it ends with the block."""
    argv = [*LABTOP, "serve", "--model-path", BUILTIN_TEACHER, "--port", "0"]
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        process = subprocess.Popen(argv, stdout=out, stderr=err, env=child_environment())
    try:
        wait_until(lambda: process.poll() is not None or "CTRL+C" in (folder / "out").read_text())
        yield process
    finally:
        end_tree(process.pid, 10)
        process.wait()


def url_in(file: Path) -> str:
    found = re.search(r"http://[0-9.:]+", file.read_text())
    assert found is not None
    return found[0]


def test_serve_without_model(tmp_path: Path) -> None:
    bare = labtop("serve")
    assert bare.returncode == 1
    assert "labtop model download --repository granite-3.1-8b-lab-v2.1" in bare.stderr
    for more in (["--json"], ["--detached", "--log-file", "x"]):  # each belongs to the other way of serving
        assert labtop("serve", "--model-path", BUILTIN_TEACHER, *more).returncode == 2
    done = labtop("serve", "--model-path", str(tmp_path / "nowhere"))
    assert done.returncode == 1
    assert f"no model {tmp_path / 'nowhere'}" in done.stderr
    assert "Traceback" not in done.stderr


def test_serve_detached_is_job() -> None:
    started = labtop("serve", "--model-path", BUILTIN_TEACHER, "--port", "0", "--detached", "--json")
    folder = JobStore().find(json.loads(started.stdout)["job"])

    def url() -> str | None:
        messages = [note["message"] for note in read_state(folder).notes]
        return next((each.removeprefix("Ready at ") for each in messages if each.startswith("Ready at ")), None)

    wait_in_job(folder, url, what="the server")
    assert list_models(str(url())) == [BUILTIN_TEACHER]
    assert observe(folder).status == "running"
    assert labtop("process", "cancel", folder.id).stdout == f"{folder.id} is cancelled.\n"
    with pytest.raises(LabtopError):
        list_models(str(url()))


def test_serve_detached_server_dies() -> None:
    started = labtop("serve", "--model-path", BUILTIN_TEACHER, "--port", "0", "--detached", "--json")
    folder = JobStore().find(json.loads(started.stdout)["job"])
    wait_in_job(folder, lambda: read_state(folder).notes)
    pid = observe(folder).pid
    assert pid is not None
    psutil.Process(pid).children()[0].kill()
    wait_for(folder, "failed")
    error = observe(folder).error
    assert error is not None
    assert "ended with signal 9 while it was in use" in error["message"]


def test_chat_with_documents(tiny_server: Server, tmp_path: Path) -> None:
    """The sources are listed after the answer, and in JSON; what matches nothing is said."""
    (tmp_path / "dome.md").write_text("# The ring\n\nThe dome turns.\n")
    chat = ("chat", "--qq", "--endpoint-url", tiny_server.base_url, "--max-tokens", "5", "--rag", str(tmp_path))
    done = labtop(*chat, "dome")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("\n[1] dome.md: The ring\n") and "Sources" in done.stdout
    sources = json.loads(labtop(*chat, "dome", "--json").stdout)["sources"]
    assert sources == [{"number": 1, "file": "dome.md", "heading": "The ring"}]
    assert "matches the question" in labtop(*chat, "zeppelin").stderr
    refused = labtop(*chat, "dome", "--document-store-uri", "x")
    assert (refused.returncode, "--rag" in refused.stderr) == (1, True)


def test_chat_starts_its_server_again_after_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABTOP_CHAT_ENDPOINT_URL", "http://127.0.0.1:9/v1")
    command = [str(Path(sys.executable).with_name("labtop")), "chat", "-nd", "-m", BUILTIN_TEACHER]
    with Program(command, screen=Scrollback()) as program:
        program.shows("[S][default]")
        (server,) = ServerRegistry().read()
        psutil.Process(server.pid).kill()
        wait_until(lambda: not server.runs())
        program.send("Hello\r")
        program.shows("not a language model")
        assert program.screen.text.count("The temporary server has started") == 2
        program.send("exit\r")
        wait_until(lambda: not ServerRegistry().read(), what="the end of the server")
