"""`labtop process`: the jobs of this user, no matter which program started them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

import click
from click.shell_completion import CompletionItem

from core.figures import duration
from core.jobs.folder import JobFolder, JobStore
from core.jobs.tail import LineTail, log_text
from tui.cli.configured import OptionCommand
from tui.cli.output import print_json, table

if TYPE_CHECKING:
    from core.config.options.process import (
        AttachOptions,
        CancelOptions,
        ListJobsOptions,
        LogsOptions,
        OneJobOptions,
        PruneOptions,
        RemoveOptions,
        ResumeOptions,
    )
    from core.jobs.observe import Observation

Item = TypeVar("Item")


def complete_job(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(job.id, help=job.spec.title) for job in JobStore().list() if job.id.startswith(incomplete)]


one_job = click.argument("job", metavar="[ID]", required=False, shell_complete=complete_job)
"""The argument that selects a job; InstructLab's options --uuid and --latest do the same."""


def _chosen_one(job: str | None, options: OneJobOptions) -> JobFolder:
    (folder,) = _chosen(JobStore(), [name for name in (job, options.uuid) if name], options.latest, at_most=1)
    return folder


def _chosen(store: JobStore, names: Sequence[str], latest: bool, at_most: int | None = None) -> list[JobFolder]:
    """The jobs given on the command line, each once."""
    names = [*names, *(["latest"] if latest else [])]
    if not names or (at_most is not None and len(names) > at_most):
        raise click.UsageError("No job given. Pass an ID, or --latest." if not names else "Pass only one job.")
    return list({folder.id: folder for folder in map(store.find, names)}.values())


@click.group()
def process() -> None:
    """List, watch, stop and resume jobs.

    Every long task runs as a job, which does not need a terminal and can be watched from anywhere. ID may be the
    beginning of a job's id, or `latest`.
    """


@process.command("list", cls=OptionCommand, options="process list")
def list_jobs(options: ListJobsOptions) -> None:
    """List the jobs, newest first."""
    from core.jobs.observe import observe_all

    state = options.state
    jobs = [job for job in observe_all(JobStore()) if state in (None, job.status)]
    if options.json_output:
        print_json([job.to_data() for job in jobs])
        return
    if not jobs:
        click.echo("There are no jobs." if state is None else f"No job is {state}.")
        return
    rows = []
    for job in jobs:
        done = "" if job.progress is None else f"{job.progress:.0%}"
        where = f" on {job.elsewhere}" if job.elsewhere else ""
        what = job.stage or job.spec.title
        left = "" if job.stopping else duration(job.seconds_left)
        rows.append([job.spec.id, job.shown_status + where, done, _date(job), duration(job.seconds), left, what])
    click.echo(table(["ID", "STATUS", "DONE", "STARTED", "TIME", "LEFT", "WHAT"], rows))


@process.command(cls=OptionCommand, options="process attach")
@one_job
def attach(job: str | None, options: AttachOptions) -> None:
    """Watch a job until it ends, then print its result.

    Ctrl+C stops watching; the job keeps running.
    """
    from tui.cli.jobs.follow import follow_to_end

    folder = _chosen_one(job, options)
    follow_to_end(lambda: folder, json_output=options.json_output, attached=True)


@process.command(cls=OptionCommand, options="process logs")
@one_job
def logs(job: str | None, options: LogsOptions) -> None:
    """Print a job's raw output, or with --events what it reported."""
    folder = _chosen_one(job, options)
    if options.events:
        _print_events(folder, options)
        return
    tail = LineTail(folder.log)
    if options.lines is not None:
        for line in _last_lines(tail, options.lines):
            click.echo(log_text(line))
    for lines in _growing(folder, tail.read, follow=options.follow):
        for line in lines:
            click.echo(log_text(line))
    if tail.unfinished:
        click.echo(log_text(tail.unfinished))
    elif not tail.offset:
        click.echo(f"Nothing was written yet. What it reported: labtop process logs {folder.id} --events", err=True)


def _print_events(folder: JobFolder, options: LogsOptions) -> None:
    from core.jobs.event_log import EventLog
    from core.jobs.tail import EventTail

    tail, log = EventTail(folder.events), EventLog(step_seconds=0.0)
    last: deque[str] = deque(maxlen=options.lines)
    if options.lines is not None:
        while events := tail.read():
            last.extend(entry.text for entry in log.add(events))
    for line in last:
        click.echo(line)
    for events in _growing(folder, tail.read, follow=options.follow):
        for entry in log.add(events):
            click.echo(entry.text)


def _growing(folder: JobFolder, read: Callable[[], list[Item]], *, follow: bool) -> Iterator[list[Item]]:
    """What is read until there is no more; with `follow`, until the job has ended."""
    from core.jobs.observe import ENDED, observe

    while True:
        ended = observe(folder).status in ENDED
        found = read()
        if found:
            yield found
        elif ended or not follow:
            return
        else:
            time.sleep(0.2)


def _last_lines(tail: LineTail, count: int) -> list[bytes]:
    """The last lines that exist now; an unfinished one counts, but is not returned."""
    kept: deque[bytes] = deque(maxlen=count)
    while read := tail.read():
        kept.extend(read)
    return list(kept)[1 if tail.unfinished and len(kept) == count else 0 :]


@process.command(cls=OptionCommand, options="process cancel")
@one_job
def cancel(job: str | None, options: CancelOptions) -> None:
    """Stop a job and return when all its processes are gone.

    What it has saved is kept, and `resume` continues from there. Cancelling a job that has already ended is not an
    error: the exit status is 0.
    """
    from core.jobs.control import cancel as cancel_job
    from core.jobs.control import stop_seconds
    from core.jobs.observe import ENDED, observe

    folder = _chosen_one(job, options)
    ended = observe(folder).status in ENDED
    if not ended and not options.now and (seconds := stop_seconds(folder)):
        click.echo(f"Saving may take up to {duration(seconds)}. To kill it without saving: --now", err=True)
    status = cancel_job(folder, now=options.now)  # also ends processes that an ended job has left
    if options.json_output:
        print_json({"id": folder.id, "status": status, "already_ended": ended})
    elif ended:
        click.echo(f"{folder.id} had already ended ({status}).")
    else:
        click.echo(f"{folder.id} is {status}.")


@process.command(cls=OptionCommand, options="process resume")
@one_job
def resume(job: str | None, options: ResumeOptions) -> None:
    """Resume a lost, failed or cancelled job.

    A new job with the same options continues from what the old one saved: every reply of the teacher, the last saved
    state of a training, each finished stage.
    """
    from core.jobs.control import resume as resume_job
    from tui.cli.jobs.follow import follow_to_end, show_started

    store, folder = JobStore(), _chosen_one(job, options)
    if options.detached:
        show_started(resume_job(folder, store), json_output=options.json_output)
    else:
        follow_to_end(lambda: resume_job(folder, store), json_output=options.json_output)


@process.command(cls=OptionCommand, options="process remove")
@click.argument("jobs", metavar="[ID…]", nargs=-1, shell_complete=complete_job)
def remove(jobs: tuple[str, ...], options: RemoveOptions) -> None:
    """Delete the records of ended jobs.

    Their results (data, checkpoints, reports) are kept.
    """
    from core.jobs.control import check_removable

    folders = _chosen(JobStore(), [*jobs, *options.uuids], options.latest)
    for folder in folders:
        check_removable(folder)  # before asking
    named = ", ".join(f"{folder.id} ({folder.spec.title})" for folder in folders)
    agreed = options.force or click.confirm(f"Delete the records of {named}?", err=options.json_output)
    _remove(folders if agreed else [], json_output=options.json_output)


@process.command(cls=OptionCommand, options="process prune")
def prune(options: PruneOptions) -> None:
    """Delete the records of jobs that ended long ago.

    Their results (data, checkpoints, reports) are kept.
    """
    from core.jobs.control import prunable
    from core.jobs.observe import observe_all

    store = JobStore()
    old = prunable(observe_all(store), time.time(), days=options.days, keep=options.keep)
    if options.dry_run and options.json_output:
        print_json({"removed": [], "would_remove": [job.spec.id for job in old]})
        return
    if not options.json_output:
        _show_prunable(old, options)
        if not old:
            return
    if options.dry_run:
        return
    question = f"Delete the records of {_jobs(len(old))}?"
    agreed = bool(old) and (options.force or click.confirm(question, err=options.json_output))
    _remove([JobFolder(store.root / job.spec.id) for job in old if agreed], json_output=options.json_output)


def _show_prunable(old: Sequence[Observation], options: PruneOptions) -> None:
    if old:
        rows = [[job.spec.id, job.status, _date(job), job.spec.title] for job in old]
        click.echo(table(["ID", "STATUS", "STARTED", "TITLE"], rows))
        return
    kept = f", apart from the newest {options.keep}" if options.keep else ""
    click.echo(f"No job ended at least {options.days:g} days ago{kept}.")


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count} jobs"


def _remove(folders: Sequence[JobFolder], *, json_output: bool) -> None:
    from core.jobs.control import remove as remove_job

    for folder in folders:
        remove_job(folder)
        if not json_output:
            click.echo(f"Deleted {folder.id}")
    if json_output:
        print_json({"removed": [folder.id for folder in folders]})
    elif not folders:
        click.echo("Nothing was deleted.")


def _date(job: Observation) -> str:
    return "" if job.started is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(job.started))
