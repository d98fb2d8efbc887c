"""What a job's runner passes to the function that does the job."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.events import Reporter
from core.files import write_atomic
from core.jobs.folder import JobFolder
from core.jobs.launchers import Launcher, PythonLauncher, TorchrunLauncher, request_file
from core.jobs.nodes.owner import NodesOwner
from core.jobs.processes import GRACE_SECONDS, child_environment, end_processes, tree
from core.jobs.spec import JobSpec
from core.jobs.stop import StopRequest
from core.jobs.workers.handle import Worker
from core.jobs.writer import EventWriter

POLL_SECONDS = 0.05


class JobContext:
    """A running job: its spec, its folder, its reporter, and a way to run work in other processes.

    Start workers and wait for them in the runner's main thread only: a child dies with the thread that started it.
    """

    def __init__(self, folder: JobFolder, writer: EventWriter) -> None:
        self.folder = folder
        self.spec: JobSpec = folder.spec
        self.options: dict[str, Any] = folder.spec.options
        self.reporter = Reporter(writer.write, stop_requested=StopRequest(folder.control))
        self._writer = writer
        self._workers: list[Worker] = []
        self._nodes: NodesOwner | None = None
        """With several nodes."""

    @property
    def logs(self) -> list[Path]:
        """The raw output of the job's processes, including those on other nodes."""
        return [self.folder.log, *(self._nodes.logs if self._nodes else ())]

    def work(
        self,
        target: str,
        arguments: Mapping[str, Any],
        stage: str | None = None,
        *,
        launcher: Launcher | None = None,
        environment: Mapping[str, str] | None = None,
        check: Callable[[], None] | None = None,
    ) -> dict[str, Any]:
        """Start a worker, wait for it, and return what its function returns.

        See `start_worker`, `wait_any` and `Worker.result`.
        """
        worker = self.start_worker(target, arguments, stage, launcher=launcher, environment=environment)
        return self.wait_any([worker], check=check).result()

    def start_worker(
        self,
        target: str,
        arguments: Mapping[str, Any],
        stage: str | None = None,
        *,
        launcher: Launcher | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Worker:
        """Start `package.module:function` in a process of its own, or in each rank of a distributed run.

        The function takes the arguments and a Reporter. What it reports is added to the job's events, under `stage`
        unless it names another one. With several nodes it first waits for the others to join. Raises KeyboardInterrupt
        when the job was asked to stop.
        """
        if self.reporter.stop_requested():
            raise KeyboardInterrupt
        launcher = launcher or PythonLauncher()
        number = len(self._workers)
        request = {"target": target, "arguments": dict(arguments), "stage": stage}
        write_atomic(request_file(self.folder.path, number), json.dumps(request))
        nodes = None
        if isinstance(launcher, TorchrunLauncher) and launcher.nnodes > 1:
            nodes = self._nodes = self._nodes or NodesOwner(self.folder, launcher)
            launcher = launcher.in_folder(nodes.shared.path)
            nodes.publish(number, request, self.reporter)
        process = subprocess.Popen(
            launcher.argv(self.folder.path, number),
            stdin=subprocess.DEVNULL,
            cwd=self.folder.path,
            env=child_environment(environment),
        )
        worker = Worker(number, target, launcher, process, self._writer, nodes)
        self._workers.append(worker)
        return worker

    def wait_any(self, workers: Sequence[Worker], *, check: Callable[[], None] | None = None) -> Worker:
        """Wait until one of these is done and return it; meanwhile the reports of all workers are forwarded.

        `check` is called repeatedly; it raises when something that the workers need is gone, such as a server of the
        job. Any exception, from it or a signal, first ends all workers of the job.
        """
        try:
            while True:
                read = [worker.poll() for worker in self._workers]
                for worker in workers:
                    if worker.done:
                        return worker
                if check is not None:
                    check()
                if self._nodes is not None:
                    self._nodes.check()
                if not any(read):
                    time.sleep(POLL_SECONDS)
        except BaseException:
            self.end_workers()
            raise

    def end_workers(self) -> None:
        """End the workers that are still running, all at once, and forward their remaining reports."""
        running = [worker for worker in self._workers if not worker.done]
        end_processes((process for worker in running for process in tree(worker.pid)), GRACE_SECONDS)
        for worker in running:
            worker.drain_reports()
