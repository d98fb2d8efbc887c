"""`labtop process`: the jobs of this user, whoever started them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from core.jobs.folder import JobFolder, JobStore
from core.jobs.tail import LineTail, log_text
from tui.cli.output import print_json, table
from widgets.figures import duration

if TYPE_CHECKING:
    from core.jobs.observe import Observation

STATES = ["queued", "running", "stalled", "succeeded", "failed", "cancelled", "lost"]


def complete_job(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(job.id, help=job.spec.title) for job in JobStore().list() if job.id.startswith(incomplete)]


def one_job(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the job that is named by its ID, or as InstructLab's users do by --uuid or --latest."""

    @click.argument("job", metavar="[ID]", required=False, shell_complete=complete_job)
    @click.option("--uuid", metavar="ID", help="The same as ID.")
    @click.option("--latest", is_flag=True, help="The newest job; the same as the ID `latest`.")
    @wraps(command)
    def with_folder(job: str | None, uuid: str | None, latest: bool, **options: Any) -> None:
        (folder,) = _chosen(JobStore(), [name for name in (job, uuid) if name], latest, at_most=1)
        command(folder, **options)

    return with_folder


def _chosen(store: JobStore, names: Sequence[str], latest: bool, at_most: int | None = None) -> list[JobFolder]:
    """The jobs that a command line names, each once."""
    names = [*names, *(["latest"] if latest else [])]
    if not names or (at_most is not None and len(names) > at_most):
        raise click.UsageError("Say which job: ID, --uuid ID or --latest.")
    return list({folder.id: folder for folder in map(store.find, names)}.values())


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
        done = "" if job.progress is None else f"{job.progress:.0%}"
        where = f" on {job.elsewhere}" if job.elsewhere else ""
        what = job.stage or job.spec.title
        rows.append([job.spec.id, job.status + where, done, _date(job), duration(job.seconds), what])
    click.echo(table(["ID", "STATUS", "DONE", "STARTED", "TIME", "WHAT"], rows))


@process.command()
@one_job
@click.option("--json", "json_output", is_flag=True, help="The job's result as one JSON document on stdout.")
def attach(folder: JobFolder, json_output: bool) -> None:
    """Watch a job until it ends, then print its result. Leaving (ctrl+c) never stops it."""
    from tui.cli.jobs.follow import follow_to_end

    follow_to_end(lambda: folder, json_output=json_output, attached=True)


@process.command()
@one_job
@click.option("--follow", "-f", is_flag=True, help="Go on showing what is added, until the job ends.")
@click.option("--lines", "-n", type=click.IntRange(min=1), help="Only the last so many lines.")
def logs(folder: JobFolder, follow: bool, lines: int | None) -> None:
    """Print a job's raw output."""
    from core.jobs.observe import ENDED, observe

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
@one_job
@click.option("--now", is_flag=True, help="Do not wait for it to save.")
@click.option("--json", "json_output", is_flag=True, help="What became of it as one JSON document on stdout.")
def cancel(folder: JobFolder, now: bool, json_output: bool) -> None:
    """Stop a job and return when all its processes are gone.

    What it has saved is kept, and `resume` continues from there.
    """
    from core.jobs.control import cancel as cancel_job
    from core.jobs.control import stop_seconds

    if not now and (seconds := stop_seconds(folder)):
        click.echo(f"It may take up to {duration(seconds)} to save; --now does not wait.", err=True)
    status = cancel_job(folder, now=now)
    if json_output:
        print_json({"id": folder.id, "status": status})
    else:
        click.echo(f"{folder.id} is {status}.")


@process.command()
@one_job
@click.option("--detached", "-dt", is_flag=True, help="Return at once; the job goes on by itself.")
@click.option("--json", "json_output", is_flag=True, help="The job's result as one JSON document on stdout.")
def resume(folder: JobFolder, detached: bool, json_output: bool) -> None:
    """Go on with a lost, failed or cancelled job from what it saved, as a new job with the same options.

    Of a generation every reply is kept, of a training the last saved state, of jobs in stages each finished stage.
    """
    from core.jobs.control import resume as resume_job
    from tui.cli.jobs.follow import follow_to_end, show_started

    store = JobStore()
    if detached:
        show_started(resume_job(folder, store), json_output=json_output)
    else:
        follow_to_end(lambda: resume_job(folder, store), json_output=json_output)


@process.command()
@click.argument("jobs", metavar="[ID…]", nargs=-1, shell_complete=complete_job)
@click.option("--uuid", "uuids", metavar="ID", multiple=True, help="The same as ID.")
@click.option("--latest", is_flag=True, help="The newest job; the same as the ID `latest`.")
@click.option("--force", "-f", is_flag=True, help="Do not ask.")
@click.option("--json", "json_output", is_flag=True, help="What was removed as one JSON document on stdout.")
def remove(jobs: tuple[str, ...], uuids: tuple[str, ...], latest: bool, force: bool, json_output: bool) -> None:
    """Delete ended jobs' records. What they made (data, checkpoints, reports) stays."""
    folders = _chosen(JobStore(), [*jobs, *uuids], latest)
    named = ", ".join(f"{folder.id} ({folder.spec.title})" for folder in folders)
    agreed = force or click.confirm(f"Remove the records of {named}?", err=json_output)
    _remove(folders if agreed else [], json_output=json_output)


@process.command()
@click.option(
    "--days",
    type=click.FloatRange(min=0),
    default=30.0,
    show_default=True,
    metavar="DAYS",
    help="Only jobs that ended at least this many days ago.",
)
@click.option(
    "--keep",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="NUMBER",
    help="Keep this many of the newest ended jobs.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@click.option("--force", "-f", is_flag=True, help="Do not ask.")
@click.option("--json", "json_output", is_flag=True, help="What was removed as one JSON document on stdout.")
def prune(days: float, keep: int, dry_run: bool, force: bool, json_output: bool) -> None:
    """Delete the records of jobs that ended long ago. What they made (data, checkpoints, reports) stays."""
    from core.jobs.control import prunable
    from core.jobs.observe import observe_all

    store = JobStore()
    old = prunable(observe_all(store), time.time(), days=days, keep=keep)
    if dry_run and json_output:
        print_json({"removed": [], "would_remove": [job.spec.id for job in old]})
        return
    if not json_output and not old:
        but = f", other than the newest {keep} that ended" if keep else ""
        click.echo(f"No job ended at least {days:g} days ago{but}.")
        return
    if not json_output:
        click.echo(
            table(
                ["ID", "STATUS", "STARTED", "TITLE"],
                [[job.spec.id, job.status, _date(job), job.spec.title] for job in old],
            )
        )
    if dry_run:
        return
    agreed = bool(old) and (force or click.confirm(f"Remove the records of {_jobs(len(old))}?", err=json_output))
    _remove([JobFolder(store.root / job.spec.id) for job in old if agreed], json_output=json_output)


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count} jobs"


def _remove(folders: Sequence[JobFolder], *, json_output: bool) -> None:
    from core.jobs.control import remove as remove_job

    for folder in folders:
        remove_job(folder)
        if not json_output:
            click.echo(f"{folder.id} is removed.")
    if json_output:
        print_json({"removed": [folder.id for folder in folders]})
    elif not folders:
        click.echo("Nothing was removed.")


def _date(job: Observation) -> str:
    return "" if job.started is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(job.started))
