"""Jobs for the tests; they run in real runner and worker processes."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from core.errors import LabtopError
from core.events import Reporter, StagePlan
from core.files import write_atomic
from core.jobs.context import JobContext
from core.jobs.processes import child_environment


def run(context: JobContext) -> dict[str, Any]:
    """Do what the options say, in a worker, as one stage."""
    context.reporter.plan([StagePlan("count", "Count", amount=context.options.get("steps"), unit="steps")])
    with context.reporter.stage("count", "Count"):
        return context.work(f"tests.core.jobs.work:{context.options['do']}", context.options, "count")


def count(options: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Count to `steps`, a line each, until the file `until` exists if that is given."""
    for step in range(1, options["steps"] + 1):
        print(f"step {step}")
        reporter.progress(step, options["steps"], "steps")
        reporter.metric(step, loss=1 / step)
        time.sleep(options.get("pause", 0.01))
    until = options.get("until")
    while until and not Path(until).exists():
        time.sleep(0.02)
    return {"counted": options["steps"]}


def fail(options: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    raise LabtopError("The data is not there.", hint="Give the ID of some.", job_command="resume")


def reject(options: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Fail as a generation does whose replies are all rejected."""
    key = {"leaf": "knowledge/x", "block": "questions"}
    reporter.count(key, produced=12, parsed=0, kept=0, rejected={"cut at the limit": 12})
    raise LabtopError("Nothing could be used.")


def hostile(options: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Say a text in every way in which work can say something."""
    text = options["text"]
    print(text)
    with reporter.stage("evil", text) as stage:
        stage.progress(1, 2, text)
        stage.note("warning", text, hint=text)
        stage.sample("qa", {"question": text, "answer": text})
        stage.score(text, text, 0.5)
        stage.count({"leaf": text, "block": text}, produced=1, parsed=1, kept=0, rejected={text: 1})
        raise LabtopError(text, hint=text)


def crash(options: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    raise ZeroDivisionError("a defect")


def spawn(options: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Start a grandchild in a session of its own that ignores SIGTERM, write its pid, and wait."""
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], start_new_session=True, stdout=subprocess.PIPE, env=child_environment()
    )
    assert child.stdout is not None
    child.stdout.readline()
    write_atomic(Path(options["pid_file"]), str(child.pid))
    reporter.progress(0, None, "children")
    while True:
        time.sleep(1)


def fill(options: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Write until the disk is full."""
    with Path(options["file"]).open("wb") as stream:
        while True:
            stream.write(bytes(65536))
            stream.flush()
            reporter.progress(stream.tell(), None, "bytes")


def die(options: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    import os
    import signal

    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def mumble(options: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Report what file names and half-sent characters may hold."""
    reporter.note("info", "caf\udce9 \ud83d")
    reporter.sample("qa", {"question": "\ud83d"})
    return {"path": "caf\udce9"}


def spawn_shell(options: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Start a child that is given every descriptor there is, and wait for it."""
    with subprocess.Popen(["sleep", "600"], close_fds=False) as child:
        reporter.progress(0, None, "children")
        return {"status": child.wait()}


def where(context: JobContext) -> dict[str, Any]:
    from core import paths

    return {"data": str(paths.current().data_dir)}


class _StopsWhenReportedError(LabtopError):
    """The process is asked to stop while it reports an error."""

    def to_data(self) -> dict[str, str | None]:
        import os
        import signal

        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.1)
        return super().to_data()


def late_stop(context: JobContext) -> dict[str, Any]:
    raise _StopsWhenReportedError("Never reported.")


def late_stop_in_worker(context: JobContext) -> dict[str, Any]:
    return context.work("tests.core.jobs.work:_stop_late", {})


def _stop_late(options: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    raise _StopsWhenReportedError("Never reported.")


def much(options: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Return a result that takes several reads."""
    return {"text": "x" * 1_000_000}


def farewell(options: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Wait to be stopped, and report what was kept."""
    reporter.progress(0, None, "children")
    try:
        while True:
            time.sleep(1)
    finally:
        reporter.artifact("checkpoint", "/kept")
