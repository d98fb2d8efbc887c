"""`labtop model train`: train a student in one phase, or in the two phases of LAB."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.cli.configured import OptionCommand, all_settings, given_of, say

if TYPE_CHECKING:
    from core.commands.request import Given
    from core.config.options.train import TrainOptions
    from core.config.settings import Settings


@click.command(cls=OptionCommand, options="train")
@click.pass_context
def train(context: click.Context, options: TrainOptions) -> None:
    """Train a student model on generated data.

    With --strategy lab-multiphase the student is trained in two phases: first on knowledge, then, from the best
    checkpoint, on skills. Every checkpoint is evaluated, and the best one of phase 2 is the result. The same command
    resumes a training that was stopped.

    With --nnodes the same command runs on each machine, with its own --node-rank. That of node rank 0 has the job; the
    others take part in it and end with it.
    """
    from core.commands.make_room import make_room, stop_first
    from core.commands.train import member_launcher, train_request
    from tui.cli.jobs.follow import run_job
    from tui.cli.model.stop import agree_to_stop

    if options.journal:
        _show_journal(options)
        return
    if options.measure and not options.dry_run:
        from core.errors import UsageError

        raise UsageError("--measure requires --dry-run.")
    if options.dry_run:
        _dry_run(options, given_of(context), all_settings(context))
        return
    ask = options.node_rank == 0 and not (options.detached or options.json_output or options.skip_user_confirm)
    request = train_request(
        options,
        given_of(context),
        _wants_new_training if ask else lambda _base: False,
        say,
        agree_to_stop,
        all_settings(context),
    )
    stop_first(request.stops, say)
    if options.node_rank:
        from tui.cli.model.train_member import take_part

        launcher = member_launcher(request)
        take_part(request, launcher, lambda: make_room(options, say), json_output=options.json_output)
        return
    run_job(**request.job(), json_output=options.json_output, detached=options.detached)


def _show_journal(options: TrainOptions) -> None:
    """Print the journal of a training in phases."""
    from core import paths
    from core.commands.request import absolute_path
    from core.training.phases.journal import read_journal
    from core.training.phases.journal_text import journal_rows
    from tui.cli.output import aligned, print_json

    journal = read_journal(absolute_path(options.phased_base_dir) or paths.current().phased_dir)
    if options.json_output:
        print_json(journal.to_data())
    else:
        click.echo(aligned(journal_rows(journal)))


def _dry_run(options: TrainOptions, given: Given, settings: Settings | None) -> None:
    """Print what the training would do; the warnings are on stderr."""
    from core.commands.estimates.dry_run import dry_run, dry_run_rows, warning_lines
    from core.commands.train import train_request
    from tui.cli.output import aligned, print_json

    result = dry_run(train_request(options, given, note=say, settings=settings), options, say)
    if options.json_output:
        print_json(result)
        return
    click.echo(aligned(dry_run_rows(result)))
    for line in warning_lines(result["warnings"]):
        click.echo(line, err=True)


def _wants_new_training(base: Path) -> bool:
    """Ask, if there is a terminal, whether an unfinished training in the folder should be replaced by a new one."""
    import sys

    if not sys.stdin.isatty():
        return False
    click.echo(f"{base} contains a training; by default it is resumed.", err=True)
    return click.confirm("Keep it as a backup and start from the beginning instead?", default=False, err=True)


def show_result(result: dict[str, Any], _options: Mapping[str, Any]) -> None:
    """Print the checkpoints, or the best one of a training in phases, and how to serve it."""
    from core.training.phases.report import COMPARISON_HEADS, choice_lines, comparison_cells
    from tui.cli.output import table

    if comparison := result.get("comparison"):
        click.echo(f"{table(COMPARISON_HEADS, comparison_cells(comparison))}\n")
    best = result.get("best") or result["checkpoints"][-1]["path"]  # not in the results of earlier versions
    if not result.get("phases"):
        for checkpoint in result["checkpoints"]:
            scored = checkpoint.get("validation_loss")
            validation = "" if scored is None else f"  validation loss {scored:.4f}"
            click.echo(f"{checkpoint['path']}  mean loss {checkpoint['loss']:.4f}{validation}")
    else:
        for line in choice_lines(result["phases"]):
            click.echo(line)
        score = "" if result["score"] is None else f" with score: {result['score']:.4f}"
        click.echo(f"Training finished! Best final checkpoint: {Path(best).name}{score}")
        click.echo(f"Journal: {result['journal']}")
    click.echo(f"Serve it with: labtop model serve --model-path {best}")
