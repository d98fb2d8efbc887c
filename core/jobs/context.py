"""What a job's runner gives to the function that does the job."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from core.errors import LabtopError
from core.events import Reporter
from core.files import write_atomic
from core.jobs.folder import JobFolder
from core.jobs.processes import GRACE_SECONDS, child_environment, end_tree
from core.jobs.spec import JobSpec
from core.jobs.tail import LineTail
from core.jobs.worker import EXIT_DISK_FULL
from core.jobs.writer import EventWriter

POLL_SECONDS = 0.05

LAST_WORDS_SECONDS = 3.0
"""Spent at most on what a stopped worker told; more would be in the way of ending at once."""


class JobContext:
    """A running job: its spec, its folder, its reporter, and a way to have work done in other processes."""

    def __init__(self, folder: JobFolder, writer: EventWriter) -> None:
        self.folder = folder
        self.spec: JobSpec = folder.spec
        self.options: dict[str, Any] = folder.spec.options
        self.reporter = Reporter(writer.write)
        self._writer = writer
        self._workers = 0

    def work(
        self,
        target: str,
        arguments: Mapping[str, Any],
        stage: str | None = None,
        *,
        environment: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Run `package.module:function` in a process of its own and return what it returns.

        What it tells becomes part of the job's story, at `stage` unless it says otherwise. Raises the LabtopError that
        it failed with, or one that says how it died. When the job is cancelled the worker is ended first.
        """
        number = self._workers
        self._workers += 1
        base = self.folder.path / f"worker-{number}"
        write_atomic(
            base.with_name(f"{base.name}.request.json"),
            json.dumps({"target": target, "arguments": dict(arguments), "stage": stage}),
        )
        tail = LineTail(base.with_name(f"{base.name}.jsonl"))
        process = subprocess.Popen(
            [sys.executable, "-m", "core.jobs.worker", str(self.folder.path), str(number)],
            stdin=subprocess.DEVNULL,
            cwd=self.folder.path,
            env=child_environment(environment),
        )
        end: dict[str, Any] | None = None
        try:
            running = True
            while running or end is None:
                running = process.poll() is None  # before reading, so that nothing told last is missed
                read = tail.read()
                end = self._merge(read) or end
                if not running and not read:
                    break
                if not read:
                    time.sleep(POLL_SECONDS)
        finally:
            if process.returncode is None:
                end_tree(process.pid, GRACE_SECONDS)
                process.wait()
                self._merge_last_words(tail)
        return self._result(end, process.returncode, target)

    def _merge(self, lines: list[bytes]) -> dict[str, Any] | None:
        """Pass on what a worker told; returns its end if that came."""
        end = None
        for line in lines:
            try:
                record = json.loads(line)
            except ValueError:  # a full disk cut it short, or it is the empty one after such a line
                continue
            if record["type"] == "worker_finished":
                end = record["data"]
            else:
                self._writer.append(
                    record["type"], record["stage"], record["data"], record["time"], record["monotonic"]
                )
        return end

    def _merge_last_words(self, tail: LineTail) -> None:
        """Pass on what an ended worker told since it was last listened to; of a flood only as much as is soon done."""
        deadline = time.monotonic() + LAST_WORDS_SECONDS
        with suppress(LabtopError):  # what ended the worker is what counts
            while time.monotonic() < deadline and (lines := tail.read()):
                self._merge(lines)

    def _result(self, end: dict[str, Any] | None, returncode: int, target: str) -> dict[str, Any]:
        if end is None:
            if returncode == EXIT_DISK_FULL:
                raise LabtopError(
                    f"The disk is full: no space is left in {self.folder.path}.",
                    hint=f"Free some space, then go on with: labtop process resume {self.folder.id}",
                )
            how = f"was ended by signal {-returncode}" if returncode < 0 else f"ended with status {returncode}"
            cause = " The kernel does this when memory runs out." if returncode == -9 else ""
            raise LabtopError(
                f"The worker process of {target.partition(':')[0]} {how} before it was done.{cause}",
                hint=f"labtop process logs {self.folder.id} says more; labtop process resume {self.folder.id} goes on.",
            )
        if end["status"] == "cancelled":
            raise KeyboardInterrupt
        if end["status"] == "failed":
            raise LabtopError(end["error"]["message"], end["error"].get("hint"))
        result: dict[str, Any] = end["result"] or {}
        return result
