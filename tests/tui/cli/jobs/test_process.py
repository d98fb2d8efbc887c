"""Jobs from the command line: following, detaching, stopping."""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from core.jobs.control import cancel
from core.jobs.folder import JobStore
from core.jobs.launch import launch
from core.jobs.observe import observe
from core.jobs.spec import new_spec
from core.jobs.writer import EventWriter
from tests.core.jobs.test_lifecycle import start
from tests.tui.cli.running import LABTOP, labtop
from tests.waiting import wait_for, wait_for_progress, wait_until

pytestmark = pytest.mark.slow

FOLLOW = """
import sys, click
from core.errors import LabtopError
import tui.cli.main as main
from tui.cli.jobs.follow import run_job
@click.command()
@click.option("--json", "json_output", is_flag=True)
@click.option("--until")
def work(json_output, until):
    run_job("run", "tests.core.jobs.work:run", {"do": "count", "steps": 3, "until": until}, title="Count",
            json_output=json_output)
main.cli.add_command(work)
main.cli.entries = {**main.cli.entries}
main.LazyGroup.get_command = lambda self, context, name: work
main.cli.entries["work"] = None
main.main()
"""
"""A command that runs a test's job, by the same way as every long command."""


def test_list_newest_first() -> None:
    assert labtop("process", "list").stdout == "There are no jobs.\n"
    first = start("count", steps=1)
    wait_for(first, "succeeded")
    second = start("fail")
    wait_for(second, "failed")
    jobs = json.loads(labtop("process", "list", "--json").stdout)
    assert [job["id"] for job in jobs] == [second.id, first.id]
    assert {"id", "kind", "status", "started", "seconds", "pid", "progress"} <= set(jobs[0])
    assert jobs[1]["progress"] == 1.0
    assert jobs[0]["error"]["message"] == "The data is not there."
    table = labtop("process", "list", "--state", "failed").stdout
    assert second.id in table
    assert first.id not in table


def test_remove_says_first_that_a_job_runs(tmp_path: Path) -> None:
    job, ended = start("count", steps=3, until=str(tmp_path / "go")), start("count", steps=1)
    wait_for(ended, "succeeded")
    wait_for(job, "running")
    refused = labtop("process", "remove", ended.id, job.id, stdin="y\n", status=1)
    assert f"Job {job.id} is running." in refused.stderr
    assert "Delete the records" not in refused.stdout
    assert ended.path.exists()
    (tmp_path / "go").touch()
    wait_for(job, "succeeded")


def test_attach_ends_with_status_of_job() -> None:
    good, bad = start("count", steps=3), start("fail")
    done = labtop("process", "attach", good.id, "--json")
    assert json.loads(done.stdout)["result"] == {"counted": 3}
    failed = labtop("process", "attach", bad.id, status=1)
    assert failed.stderr.endswith(f"labtop process resume {bad.id}\n")
    assert "Nothing was deleted." in labtop("process", "remove", bad.id, stdin="n\n").stdout
    assert json.loads(labtop("process", "remove", bad.id, "--json", stdin="n\n").stdout) == {"removed": []}
    assert json.loads(labtop("process", "remove", bad.id, "--force", "--json").stdout) == {"removed": [bad.id]}
    labtop("process", "attach", bad.id, status=1)


def test_attach_prints_result_of_ended_job() -> None:
    folder = start("count", steps=3)
    wait_for(folder, "succeeded")
    assert "counted: 3" in labtop("process", "attach", folder.id).stdout
    other = JobStore().create(new_spec("train", "a:b", {}, title="Train"))
    writer = EventWriter(other)
    writer.write("job_started", None, {"kind": "train", "pid": 1, "host": "here"})
    checkpoint = {"path": "/out/samples_8\x1b[2J", "samples": 8, "epoch": 1.0, "loss": 0.5}
    writer.finish({"status": "succeeded", "error": None, "result": {"checkpoints": [checkpoint]}})
    shown = labtop("process", "attach", other.id).stdout
    assert "loss 0.5000" in shown
    assert "Serve it with: labtop model serve --model-path /out/samples_8\\u001b[2J" in shown


def test_attach_shows_rejected_outputs() -> None:
    folder = start("reject")
    wait_for(folder, "failed")
    shown = labtop("process", "attach", folder.id, status=1)
    assert all(word in shown.stdout for word in ("knowledge/x", "questions", "12 cut at the limit"))
    assert "Nothing could be used" in shown.stderr


def test_uuid_and_latest() -> None:
    first, second = start("count", steps=1), start("count", steps=1)
    wait_for(first, "succeeded")
    wait_for(second, "succeeded")
    assert json.loads(labtop("process", "attach", "--latest", "--json").stdout)["job"] == second.id
    assert json.loads(labtop("process", "attach", "--uuid", first.id, "--json").stdout)["job"] == first.id
    assert "No job given" in labtop("process", "attach", status=2).stderr
    removed = labtop("process", "remove", "--uuid", first.id, "--latest", "--force", "--json").stdout
    assert json.loads(removed) == {"removed": [first.id, second.id]}


def test_prune_keeps_newest(tmp_path: Path) -> None:
    running = start("count", steps=1, until=str(tmp_path / "go"))
    ended = [start("count", steps=1) for _ in range(3)]
    for folder in ended:
        wait_for(folder, "succeeded")
    assert json.loads(labtop("process", "prune", "--force", "--json").stdout) == {"removed": []}
    assert "No job ended" in labtop("process", "prune", "--dry-run").stdout
    all_but_one = ["process", "prune", "--days", "0", "--keep", "1"]
    would = json.loads(labtop(*all_but_one, "--dry-run", "--json").stdout)
    assert would == {"removed": [], "would_remove": [ended[1].id, ended[0].id]}
    assert "Nothing was deleted." in labtop(*all_but_one, stdin="n\n").stdout
    assert len(JobStore().list()) == 4
    labtop(*all_but_one, "--force")
    assert {job.id for job in JobStore().list()} == {running.id, ended[2].id}
    (tmp_path / "go").touch()
    wait_for(running, "succeeded")


def test_untrusted_text_is_escaped() -> None:
    title = "Train evil\x1b]0;owned\x07\u202emodel"
    spec = new_spec("run", "tests.core.jobs.work:run", {"do": "hostile", "text": title}, title=title)
    folder = launch(spec)
    wait_for(folder, "failed")
    shown = [labtop("process", "list"), labtop("process", "list", "--json"), labtop("process", "logs", folder.id)]
    shown += [
        labtop("process", "attach", folder.id, status=1),
        labtop("process", "attach", folder.id, "--json", status=1),
    ]
    shown += [labtop("process", "remove", folder.id, stdin="n\n")]
    for done in shown:
        printed = done.stdout + done.stderr
        assert "evil" in printed
        assert not set(printed) & set("\x1b\x07\u202e"), printed


def test_attach_interrupted_leaves_job(tmp_path: Path) -> None:
    folder = start("count", steps=1, until=str(tmp_path / "go"))
    watcher = subprocess.Popen([LABTOP, "process", "attach", folder.id], stderr=subprocess.PIPE, text=True)
    assert watcher.stderr is not None
    assert folder.id in watcher.stderr.readline()
    watcher.send_signal(signal.SIGINT)
    assert watcher.wait(60) == 130
    assert "is still running" in watcher.stderr.read()
    watcher.stderr.close()
    assert observe(folder).status in ("queued", "running")
    (tmp_path / "go").touch()
    wait_for(folder, "succeeded")


def test_follower_signal_stops_job_and_resume_continues(tmp_path: Path) -> None:
    follower = subprocess.Popen(
        [sys.executable, "-c", FOLLOW, "work", "--until", str(tmp_path / "go")], stderr=subprocess.PIPE, text=True
    )
    assert follower.stderr is not None
    wait_until(lambda: JobStore().list())
    folder = JobStore().list()[0]
    wait_for_progress(folder)
    follower.send_signal(signal.SIGTERM)
    assert follower.wait(60) == 130
    reported = follower.stderr.read()
    follower.stderr.close()
    assert f"labtop process resume {folder.id}" in reported
    assert observe(folder).status == "cancelled"
    (tmp_path / "go").touch()
    resumed = json.loads(labtop("process", "resume", folder.id, "--json").stdout)
    assert resumed["status"] == "succeeded"
    assert JobStore().find(resumed["job"]).spec.resumes == folder.id


def test_follower_hangup_leaves_job(tmp_path: Path) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-c", FOLLOW, "work", "--until", str(tmp_path / "go")])
    wait_until(lambda: JobStore().list())
    folder = JobStore().list()[0]
    wait_for_progress(folder)
    os.close(terminal)
    os.waitpid(pid, 0)
    assert observe(folder).status == "running"
    (tmp_path / "go").touch()
    wait_for(folder, "succeeded")


@pytest.mark.parametrize("state", ["failed", "succeeded", "lost"])
def test_cancel_ended_job(state: str) -> None:
    folder = JobStore().create(new_spec("train", "a:b", {}, title="Train"))
    writer = EventWriter(folder)
    writer.write("job_started", None, {"kind": "train", "pid": 2**22 + 1, "host": socket.gethostname()})
    if state != "lost":
        writer.finish({"status": state, "error": None, "result": None})
    wait_for(folder, state)
    done = labtop("process", "cancel", folder.id)
    assert (done.stdout, done.stderr) == (f"{folder.id} had already ended ({state}).\n", "")
    answer = json.loads(labtop("process", "cancel", folder.id, "--json").stdout)
    assert answer == {"id": folder.id, "status": state, "already_ended": True}


def test_cancel_and_logs(tmp_path: Path) -> None:
    folder = start("count", steps=5, until="/nowhere")
    wait_for_progress(folder)
    assert labtop("process", "cancel", folder.id).stdout == f"{folder.id} is cancelled.\n"
    lines = labtop("process", "logs", folder.id).stdout.splitlines()
    assert "step 5" in lines
    assert labtop("process", "logs", "latest", "--lines", "1").stdout.count("\n") == 1
    events = [line[9:] for line in labtop("process", "logs", folder.id, "--events").stdout.splitlines()]
    assert events[0].startswith("run started: process")
    assert "step 5  loss" in "\n".join(events)
    assert events[-1] == "job cancelled"
    assert labtop("process", "logs", folder.id, "--events", "-n", "1").stdout[9:] == "job cancelled\n"
    assert cancel(folder) == "cancelled"
    reported = json.loads(labtop("process", "cancel", folder.id, "--json").stdout)
    assert reported == {"id": folder.id, "status": "cancelled", "already_ended": True}


def test_detached_prints_id(tmp_path: Path) -> None:
    folder = start("count", steps=1, until=str(tmp_path / "go"))
    wait_for_progress(folder)
    cancel(folder)
    done = labtop("process", "resume", folder.id, "--detached", "--json")
    again = JobStore().find(json.loads(done.stdout)["job"])
    (tmp_path / "go").touch()
    wait_for(again, "succeeded")


def test_interrupted_without_terminal(tmp_path: Path) -> None:
    folder = start("count", steps=1, until=str(tmp_path / "go"))
    wait_for_progress(folder)
    command = [LABTOP, "process", "logs", "--follow", folder.id]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True) as watcher:
        assert watcher.stdout is not None and watcher.stderr is not None
        assert watcher.stdout.readline()
        watcher.send_signal(signal.SIGINT)
        try:
            assert watcher.wait(60) == 130
            assert watcher.stderr.read().split() == ["Interrupted."]
        finally:
            watcher.kill()
    cancel(folder)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_after_launch_stops_job(number: signal.Signals) -> None:
    code = FOLLOW.replace(
        "import sys, click",
        "import sys, click, os\nimport core.jobs.launch as module\nreal = module.launch\n"
        "def launch(*arguments, **options):\n"
        "    folder = real(*arguments, **options)\n"
        f"    os.kill(os.getpid(), {int(number)})\n"
        "    return folder\n"
        "module.launch = launch\n",
    )
    follower = subprocess.run(
        [sys.executable, "-c", code, "work", "--until", "/nowhere", "--json"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert follower.returncode == 130, follower.stderr
    assert json.loads(follower.stdout)["status"] == "cancelled"
    assert JobStore().list()[0].id in follower.stderr
    assert "Traceback" not in follower.stderr


@pytest.mark.parametrize("do", ["fail", "die"])
def test_json_of_failed_job(do: str) -> None:
    folder = start(do)
    wait_for(folder, "failed")
    document = json.loads(labtop("process", "attach", folder.id, "--json", status=1).stdout)
    assert (document["status"], document["result"]) == ("failed", None)
    assert document["error"]["message"]


def test_json_of_lost_job() -> None:
    folder = start("count", steps=1, until="/nowhere")
    wait_for_progress(folder)
    watcher = subprocess.Popen(
        [LABTOP, "process", "attach", folder.id, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert watcher.stderr is not None
    watcher.stderr.readline()
    pid = observe(folder).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    out, err = watcher.communicate(timeout=60)
    assert watcher.returncode == 1
    assert json.loads(out)["status"] == "lost"
    assert "is lost" in err


def test_follow_removed_job_ends(tmp_path: Path) -> None:
    folder = start("count", steps=1, until="/nowhere")
    wait_for_progress(folder)
    watcher = subprocess.Popen([LABTOP, "process", "attach", folder.id], stderr=subprocess.PIPE, text=True)
    assert watcher.stderr is not None
    watcher.stderr.readline()
    folder.path.rename(tmp_path / "removed")  # all of it at once
    _, err = watcher.communicate(timeout=60)
    assert watcher.returncode == 1
    assert "Traceback" not in err
    assert f"{folder.id} was removed" in err


def test_logs_show_unfinished_line() -> None:
    folder = start("count", steps=1)
    wait_for(folder, "succeeded")
    with folder.log.open("ab") as log:
        log.write(b"Segmentation fault")
    assert labtop("process", "logs", folder.id).stdout.splitlines() == ["step 1", "Segmentation fault"]
    assert labtop("process", "logs", folder.id, "--lines", "1").stdout.splitlines() == ["Segmentation fault"]


def test_logs_reader_leaves() -> None:
    for arguments in (["process", "list", "--json"], ["process"], ["--help"], ["process", "attach", "x"]):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run([LABTOP, *arguments], stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60)
        os.close(writer)
        assert done.returncode == (1 if "x" in arguments else 141)
        assert "Traceback" not in done.stderr
        assert "Exception" not in done.stderr


def test_logs_with_unprintable_output(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = start("mumble")
    wait_for(folder, "succeeded")
    for encoding in ("utf-8", "ascii"):
        monkeypatch.setenv("PYTHONIOENCODING", encoding)
        document = json.loads(labtop("process", "attach", folder.id, "--json").stdout)
        assert document["result"] == {"path": "caf\udce9"}
        labtop("process", "attach", folder.id)
        labtop("process", "list")
