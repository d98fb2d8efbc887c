"""Start a job and follow it: what all long commands share."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

import click

from core.errors import LabtopError
from core.figures import duration
from core.jobs.control import request_cancel
from core.jobs.ended import SERVER
from core.jobs.folder import JobFolder
from core.jobs.launch import launch
from core.jobs.observe import ENDED, observe
from core.jobs.spec import Kind, new_spec
from core.jobs.state.job_state import JobState
from core.jobs.state.reducer import reduce
from core.jobs.tail import EventTail, LineTail, log_text
from tui.cli.jobs.results import show_counts, show_result
from tui.cli.output import print_json

TICK_SECONDS = 0.1


@dataclass(frozen=True)
class Display:
    """How much is shown of a job that is followed."""

    quiet: bool = False
    """Show no progress, only warnings."""
    log: str | None = None
    """A file of the job's folder whose lines are shown as they are written."""


def run_job(
    kind: Kind,
    runner: str,
    options: Mapping[str, Any],
    *,
    title: str,
    json_output: bool = False,
    detached: bool = False,
    environment: Mapping[str, str] | None = None,
    display: Display = Display(),
) -> None:
    """Launch a job and, unless it is detached, follow it and show its result.

    Ends the command with the documented exit status; raises LabtopError if the job failed.
    """
    spec = new_spec(kind, runner, dict(options), title=title)

    def start() -> JobFolder:
        return launch(spec, environment=environment)

    if detached:
        show_started(start(), json_output=json_output)
    else:
        follow_to_end(start, json_output=json_output, display=display)


def show_started(folder: JobFolder, *, json_output: bool) -> None:
    """Print what --detached promises: the job's id, and how to watch it."""
    if json_output:
        print_json({"job": folder.id, "status": "queued", "seconds": 0.0, "result": None})
    else:
        click.echo(folder.id)
        click.echo(f"Watch it with: labtop process attach {folder.id}", err=True)


def follow_to_end(
    start: Callable[[], JobFolder],
    *,
    json_output: bool = False,
    attached: bool = False,
    display: Display = Display(),
) -> None:
    """Show a job until it ends, then its result. With `attached`, a signal only ends the watching.

    `start` returns the job. It is called once signals are collected, so that none can leave a new job unwatched.
    """
    with _collected_signals() as signals:
        folder = start()
        state = follow(folder, signals, attached=attached, display=display)
    interrupted = bool(signals)
    observation = observe(folder)
    if interrupted and attached and observation.status not in ENDED:
        click.echo(
            f"Detached; {folder.id} is still running. Watch it with: labtop process attach {folder.id}", err=True
        )
        raise click.exceptions.Exit(130)
    if json_output:
        result = {"job": folder.id, "status": observation.status, "seconds": round(state.seconds, 1)}
        print_json({**result, "result": state.result, "error": state.error})
    elif observation.status == "succeeded" and state.result is not None:
        show_result(folder.spec.kind, state.result, folder.spec.options)
    elif observation.status in ("failed", "lost") and state.counts:
        show_counts(state.counts.values())  # the rejected outputs may explain the failure
    if observation.status == "succeeded":
        return
    if observation.status == "failed" and state.error is not None:
        raise LabtopError.from_data(state.error)
    if observation.status == "cancelled":
        verb = "Serve it again" if folder.spec.kind == SERVER else "Resume it"
        click.echo(f"{folder.id} was stopped. {verb} with: labtop process resume {folder.id}", err=True)
        raise click.exceptions.Exit(130 if interrupted else 1)
    if not folder.path.exists():
        raise LabtopError(f"Job {folder.id} was removed while it was watched.")
    raise LabtopError(
        f"Job {folder.id} is lost: its process ended without reporting an end.",
        hint=f"See labtop process logs {folder.id}; resume it with: labtop process resume {folder.id}",
    )


def follow(folder: JobFolder, signals: Sequence[int], *, attached: bool, display: Display = Display()) -> JobState:
    """Show a job's progress until it has ended or, with `attached`, until a signal arrives.

    Without `attached`, the first signal asks the job to stop, resumably, and the second ends it now. Progress is
    printed on stderr.
    """
    from tui.cli.jobs.progress import view_for

    tail = EventTail(folder.events)
    log = LineTail(folder.path / display.log) if display.log else None
    state = JobState()
    handled = 0
    with view_for(folder.spec.title, folder.id, quiet=display.quiet) as view:
        while True:
            if len(signals) > handled and not attached:
                request_cancel(folder, now=len(signals) > 1)
                view.say("Ending the job now." if len(signals) > 1 else stopping(state))
                handled = len(signals)
            gone = observe(folder).status in ENDED or not folder.path.exists()  # before the last events are read
            events = tail.read()
            lines = log.read() if log else []
            state = reduce(state, events)
            for line in lines:
                view.say(log_text(line))
            if events:
                view.show(state)
            elif lines:
                continue
            elif gone or (attached and signals):
                return state
            else:
                time.sleep(TICK_SECONDS)


def stopping(state: JobState) -> str:
    """What a request to stop does now."""
    wait = f" Saving may take up to {duration(state.stop_seconds)}." if state.stop_seconds else ""
    return f"Stopping; what is saved is kept.{wait} Press Ctrl+C again to end it now."


@contextmanager
def _collected_signals() -> Iterator[list[int]]:
    """The signals that arrive meanwhile. Their handler does nothing else, since it may interrupt a print."""
    received: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        received.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
