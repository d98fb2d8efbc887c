"""Starting a job so that it outlives the process and the terminal that started it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping

from core.errors import LabtopError, disk_error
from core.jobs.folder import JobFolder, JobStore
from core.jobs.processes import JOB_VARIABLE, child_environment
from core.jobs.spec import JobSpec
from core.paths import expanded


def launch(spec: JobSpec, store: JobStore | None = None, environment: Mapping[str, str] | None = None) -> JobFolder:
    """Create a job's folder and start its runner without a terminal, in its own session, with its output in a file.

    `environment` is added to ours, for example secrets; nothing of it is written to disk.
    """
    folder = (store or JobStore()).create(spec)
    given = {**(environment or {}), JOB_VARIABLE: str(folder.path)}
    if home := os.environ.get("LABTOP_HOME"):
        given["LABTOP_HOME"] = str(expanded(home).absolute())  # the runner's working directory is another one
    try:
        lock = folder.take_lock()
        try:
            with folder.log.open("ab") as log:
                subprocess.Popen(
                    [sys.executable, "-m", "core.jobs.runner", str(folder.path), str(lock)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    pass_fds=(lock,),
                    cwd=folder.path,
                    env=child_environment(given),
                )
        finally:
            os.close(lock)  # the runner's copy keeps holding the lock
    except (OSError, LabtopError) as error:
        shutil.rmtree(folder.path, ignore_errors=True)
        raise disk_error(error, "starting the job") if isinstance(error, OSError) else error from error
    return folder
