"""`labtop process`: the jobs of this user, whoever started them."""

from __future__ import annotations

import time
from collections import deque

import click
from click.shell_completion import CompletionItem

from core.jobs.folder import JobStore
from core.jobs.tail import LineTail, log_text
from tui.cli.output import print_json, table
from widgets.figures import duration

STATES = ["queued", "running", "stalled", "succeeded", "failed", "cancelled", "lost"]


def complete_job(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(job.id, help=job.spec.title) for job in JobStore().list() if job.id.startswith(incomplete)]


job_argument = click.argument("job", metavar="ID", shell_complete=complete_job)


@click.group()
def process() -> None:
    """Jobs: every long task runs as one, outlives the terminal, and can be watched from anywhere.

    ID may be the beginning of an id, or `latest`.
    """


@process.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only jobs in this state.")
@click.option("--json", "json_output", is_flag=True, help="One JSON document on stdout.")
def list_jobs(state: str | None, json_output: bool) -> None:
    """List the jobs, newest first."""
    from core.jobs.observe import observe_all

    jobs = [job for job in observe_all(JobStore()) if state in (None, job.status)]
    if json_output:
        print_json([job.to_data() for job in jobs])
        return
    if not jobs:
        click.echo("There are no jobs." if state is None else f"No job is {state}.")
        return
    rows = []
    for job in jobs:
        started = "" if job.started is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(job.started))
        done = "" if job.progress is None else f"{job.progress:.0%}"
        where = f" on {job.elsewhere}" if job.elsewhere else ""
        what = job.stage or job.spec.title
        rows.append([job.spec.id, job.status + where, done, started, duration(job.seconds), what])
    click.echo(table(["ID", "STATUS", "DONE", "STARTED", "TIME", "WHAT"], rows))


@process.command()
@job_argument
@click.option("--json", "json_output", is_flag=True, help="The job's result as one JSON document on stdout.")
def attach(job: str, json_output: bool) -> None:
    """Watch a job until it ends. Leaving (ctrl+c) never stops it."""
    from tui.cli.jobs import follow_to_end

    folder = JobStore().find(job)
    follow_to_end(lambda: folder, json_output=json_output, attached=True)


@process.command()
@job_argument
@click.option("--follow", "-f", is_flag=True, help="Go on showing what is added, until the job ends.")
@click.option("--lines", "-n", type=click.IntRange(min=1), help="Only the last so many lines.")
def logs(job: str, follow: bool, lines: int | None) -> None:
    """Print a job's raw output."""
    from core.jobs.observe import ENDED, observe

    folder = JobStore().find(job)
    tail = LineTail(folder.log)
    if lines is not None:
        for line in _last_lines(tail, lines):
            click.echo(log_text(line))
    while True:
        ended = observe(folder).status in ENDED
        read = tail.read()
        for line in read:
            click.echo(log_text(line))
        if not read and (ended or not follow):
            break
        if not read:
            time.sleep(0.2)
    if tail.unfinished:
        click.echo(log_text(tail.unfinished))


def _last_lines(tail: LineTail, count: int) -> list[bytes]:
    """The last lines that are there now, but for an unfinished one, which counts and is still to come."""
    kept: deque[bytes] = deque(maxlen=count)
    while read := tail.read():
        kept.extend(read)
    return list(kept)[1 if tail.unfinished and len(kept) == count else 0 :]


@process.command()
@job_argument
@click.option("--now", is_flag=True, help="Give it no time to write down what it has.")
@click.option("--json", "json_output", is_flag=True, help="What became of it as one JSON document on stdout.")
def cancel(job: str, now: bool, json_output: bool) -> None:
    """Stop a job and return when all its processes are gone. It can be resumed."""
    from core.jobs.control import cancel as cancel_job

    folder = JobStore().find(job)
    status = cancel_job(folder, now=now)
    if json_output:
        print_json({"id": folder.id, "status": status})
    else:
        click.echo(f"{folder.id} is {status}.")


@process.command()
@job_argument
@click.option("--detached", "-dt", is_flag=True, help="Return at once; the job goes on by itself.")
@click.option("--json", "json_output", is_flag=True, help="The job's result as one JSON document on stdout.")
def resume(job: str, detached: bool, json_output: bool) -> None:
    """Go on with a lost, failed or cancelled job: the same options, the same work folder, what is done is kept."""
    from core.jobs.control import resume as resume_job
    from tui.cli.jobs import follow_to_end, show_started

    store = JobStore()
    ended = store.find(job)
    if detached:
        show_started(resume_job(ended, store), json_output=json_output)
    else:
        follow_to_end(lambda: resume_job(ended, store), json_output=json_output)


@process.command()
@click.argument("jobs", metavar="ID…", nargs=-1, required=True, shell_complete=complete_job)
@click.option("--force", "-f", is_flag=True, help="Do not ask.")
@click.option("--json", "json_output", is_flag=True, help="What was removed as one JSON document on stdout.")
def remove(jobs: tuple[str, ...], force: bool, json_output: bool) -> None:
    """Delete ended jobs' records. What they made (data, checkpoints, reports) stays."""
    from core.jobs.control import remove as remove_job

    store = JobStore()
    folders = [store.find(job) for job in jobs]
    named = ", ".join(f"{folder.id} ({folder.spec.title})" for folder in folders)
    agreed = force or click.confirm(f"Remove the records of {named}?", err=json_output)
    for folder in folders if agreed else ():
        remove_job(folder)
        if not json_output:
            click.echo(f"{folder.id} is removed.")
    if json_output:
        print_json({"removed": [folder.id for folder in folders] if agreed else []})
    elif not agreed:
        click.echo("Nothing was removed.")
