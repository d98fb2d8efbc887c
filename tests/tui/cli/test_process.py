"""Jobs from the command line: following, detaching, stopping."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
from pathlib import Path

from core.jobs.cancel import cancel
from core.jobs.folder import JobStore
from core.jobs.observe import observe
from tests.core.jobs.test_lifecycle import start, wait_for, wait_for_progress
from tests.tui.cli.running import LABTOP, labtop
from tests.waiting import wait_until

FOLLOW = """
import sys, click
from core.errors import LabtopError
import tui.cli.main as main
from tui.cli.jobs import run_job
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


def test_list_is_a_table_or_json_newest_first() -> None:
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


def test_attach_shows_a_job_to_its_end_and_has_its_exit_status() -> None:
    good, bad = start("count", steps=3), start("fail")
    done = labtop("process", "attach", good.id, "--json")
    assert json.loads(done.stdout)["result"] == {"counted": 3}
    failed = labtop("process", "attach", bad.id, status=1)
    assert failed.stderr.endswith(f"Hint: Make it with labtop process resume {bad.id}.\n")
    assert "Nothing was removed." in labtop("process", "remove", bad.id, stdin="n\n").stdout
    labtop("process", "remove", bad.id, "--force")
    labtop("process", "attach", bad.id, status=1)


def test_leaving_an_attached_job_never_stops_it(tmp_path: Path) -> None:
    folder = start("count", steps=1, until=str(tmp_path / "go"))
    watcher = subprocess.Popen([LABTOP, "process", "attach", folder.id], stderr=subprocess.PIPE, text=True)
    assert watcher.stderr is not None
    assert folder.id in watcher.stderr.readline()
    watcher.send_signal(signal.SIGINT)
    assert watcher.wait(10) == 130
    assert "goes on" in watcher.stderr.read()
    watcher.stderr.close()
    assert observe(folder).status in ("queued", "running")
    (tmp_path / "go").touch()
    wait_for(folder, "succeeded")


def test_a_signal_to_the_follower_stops_its_job_and_resume_goes_on(tmp_path: Path) -> None:
    import sys

    follower = subprocess.Popen(
        [sys.executable, "-c", FOLLOW, "work", "--until", str(tmp_path / "go")], stderr=subprocess.PIPE, text=True
    )
    assert follower.stderr is not None
    wait_until(lambda: JobStore().list())
    folder = JobStore().list()[0]
    wait_for_progress(folder)
    follower.send_signal(signal.SIGTERM)
    assert follower.wait(20) == 130
    told = follower.stderr.read()
    follower.stderr.close()
    assert f"Go on with: labtop process resume {folder.id}" in told
    assert observe(folder).status == "cancelled"
    (tmp_path / "go").touch()
    resumed = json.loads(labtop("process", "resume", folder.id, "--json").stdout)
    assert resumed["status"] == "succeeded"
    assert JobStore().find(resumed["job"]).spec.resumes == folder.id


def test_a_follower_whose_terminal_goes_away_leaves_its_job_running(tmp_path: Path) -> None:
    import sys

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


def test_cancel_and_logs(tmp_path: Path) -> None:
    folder = start("count", steps=5, until="/nowhere")
    wait_for_progress(folder)
    assert labtop("process", "cancel", folder.id).stdout == f"{folder.id} is cancelled.\n"
    lines = labtop("process", "logs", folder.id).stdout.splitlines()
    assert "step 5" in lines
    assert labtop("process", "logs", "latest", "--lines", "1").stdout.count("\n") == 1
    assert cancel(folder) == "cancelled"


def test_detached_returns_the_id_at_once(tmp_path: Path) -> None:
    folder = start("count", steps=1, until=str(tmp_path / "go"))
    wait_for_progress(folder)
    cancel(folder)
    done = labtop("process", "resume", folder.id, "--detached", "--json")
    again = JobStore().find(json.loads(done.stdout)["job"])
    (tmp_path / "go").touch()
    wait_for(again, "succeeded")
