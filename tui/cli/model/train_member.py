"""`labtop model train --node-rank 1`: take part in the training of node rank 0."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from core.errors import LabtopError

if TYPE_CHECKING:
    from core.commands.request import JobRequest
    from core.jobs.launchers import TorchrunLauncher


def take_part(
    request: JobRequest, launcher: TorchrunLauncher, check_room: Callable[[], object], *, json_output: bool
) -> None:
    """Run this node's ranks until the job ends, and end with its status. A lost terminal does not end it.

    `check_room` is called before the ranks start; see `Member`.
    """
    from core.jobs.nodes.member import Member
    from tui.cli.output import print_json

    with _counted_signals() as signals:
        member = Member(launcher, request.options, _say, lambda: len(signals), check_room)
        try:
            end = member.run()
        except KeyboardInterrupt:
            raise click.exceptions.Exit(130) from None
    if json_output:
        print_json({name: end.get(name) for name in ("job", "status", "seconds", "result", "error")})
    if end["status"] == "failed" and end["error"] is not None:
        raise LabtopError.from_data(end["error"])
    if not json_output:
        _say(f"{end['job']} {'was stopped' if end['status'] == 'cancelled' else end['status']} on node rank 0.")
    if end["status"] != "succeeded":
        raise click.exceptions.Exit(130 if signals else 1)


def _say(line: str) -> None:
    with suppress(OSError):  # the terminal may be gone
        click.echo(line, err=True)


@contextmanager
def _counted_signals() -> Iterator[Sequence[int]]:
    """The requests to stop that arrive meanwhile; the end of the terminal is ignored."""
    received: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        received.append(number)

    handlers: dict[int, Any] = {signal.SIGINT: note, signal.SIGTERM: note, signal.SIGHUP: signal.SIG_IGN}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
