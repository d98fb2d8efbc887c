"""`labtop run`: the whole LAB method on the user's own data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from core.commands.run_rows import NOT_FOR_RUN, stage_rows
from tui.cli.configured import OptionCommand, click_option, given, given_of, load_given, say
from tui.cli.loop_text import labtop, near, print_scores, stage_table

if TYPE_CHECKING:
    from core.config.options.run import RunOptions

NOT_HERE = ("-h", "-p")
"""Short options of `model serve`: `labtop run -h` prints help, and `-p` would not say which stage it is for."""

SHARED = [
    click_option(row._replace(flags=tuple(flag for flag in row.flags if flag not in NOT_HERE)))
    for section in NOT_FOR_RUN
    for row in stage_rows(section)
]


@click.command(cls=OptionCommand, options="run", params=SHARED)
@click.pass_context
def run(context: click.Context, /, options: RunOptions, **shared: Any) -> None:
    """Run the whole LAB method on your own taxonomy and model, in four stages.

    generate: training data from the changed leaves. train: first on knowledge, then on skills; every checkpoint is
    evaluated and the best one is used. evaluate: the model before and after training, on questions that are not in the
    training data. serve: the best checkpoint, as a separate job.

    Stages with unchanged inputs are skipped. The same command, or labtop process resume, resumes a run that was
    stopped. Earlier results are never overwritten.
    """
    from core.commands.make_room import stop_first
    from core.commands.run import run_request
    from tui.cli.jobs.follow import run_job
    from tui.cli.model.stop import agree_to_stop

    values = {
        section: {row.name: shared[row.name] for row in stage_rows(section) if given(context, row.name)}
        for section in NOT_FOR_RUN
    }
    settings = load_given(context, values)
    request = run_request(options, settings, given_of(context), say, agree_to_stop)
    stop_first(request.stops, say)
    run_job(**request.job(), json_output=options.json_output, detached=options.detached)


run.params.sort(key=SHARED.__contains__)  # its own options first in --help


def show_result(result: dict[str, Any], _options: Mapping[str, Any]) -> None:
    """Print what each stage did, the scores of base and tuned model, and how to use the best checkpoint."""
    from rich.console import Console

    console = Console(highlight=False)
    console.print()
    console.print(stage_table(result))
    if any(stage["stage"] == "evaluate" for stage in result["stages"]):
        console.print()
        print_scores(console, result)
    if comparison := result.get("comparison"):
        from core.training.phases.report import COMPARISON_HEADS, comparison_cells
        from tui.cli.output import table

        click.echo(f"\n{table(COMPARISON_HEADS, comparison_cells(comparison))}")
    if result["best"] is None:
        for subject in ("knowledge_train", "skills_train"):
            if file := result["files"].get(subject):
                console.print(f"Read the data: {labtop()} data show {near(file)}", soft_wrap=True, markup=False)
        return
    best = near(result["best"])
    console.print(f"\nBest checkpoint: {best}", soft_wrap=True, markup=False)
    served = result["serve"]
    if served is None:
        lines = [
            f"Serve it with: {labtop()} model serve --model-path {best}",
            f"Then talk to it: {labtop()} model chat",
        ]
    else:
        lines = [
            f"Served at {served['url']} by job {served['job']}",
            f"Talk to it:  {labtop()} model chat --endpoint-url {served['url']}",
            f"Stop it with: {labtop()} process cancel {served['job']}",
        ]
    for line in lines:
        console.print(line, soft_wrap=True, markup=False)
