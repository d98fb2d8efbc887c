"""A job's result as text, the same in every command that shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any

import click

from core.jobs.state.job_state import Count
from core.printable import printable, printable_lines

RENDERERS: dict[str, str] = {
    "generate": "tui.cli.data.commands:show_result",
    "train": "tui.cli.model.train:show_result",
    "download": "tui.cli.model.download:show_result",
    "upload": "tui.cli.model.upload:show_result",
    "evaluate": "tui.cli.model.evaluate:show_result",
    "quickstart": "tui.cli.quickstart:show_result",
    "run": "tui.cli.run:show_result",
}
"""By the job's kind, the function that prints its result; it is called with the result and the job's options."""


def show_result(kind: str, result: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    """Print the result of a job that has succeeded; a result without a matching renderer is listed by its keys."""
    module, _, name = RENDERERS.get(kind, "").partition(":")
    try:
        render: Callable[[Any, Any], None] = getattr(import_module(module), name) if module else _listed
        render(_shown(result), options)
    except (KeyError, TypeError, IndexError, AttributeError):  # a result of another version
        _listed(_shown(result), options)


def _shown(value: Any) -> Any:
    """A result whose texts (names, answers of models, paths) are safe for a terminal."""
    if isinstance(value, dict):
        return {printable(str(name)): _shown(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_shown(inner) for inner in value]
    return printable_lines(value) if isinstance(value, str) else value


def _listed(result: Mapping[str, Any], _options: Mapping[str, Any]) -> None:
    for name, value in result.items():
        if isinstance(value, str | int | float):
            click.echo(f"{printable(str(name))}: {value}")


def show_counts(counts: Iterable[Count]) -> None:
    """What each block generated for each leaf: how much was kept, and why the rest was rejected."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    table.add_column("Leaf and block", overflow="fold")
    table.add_column("Kept", justify="right")
    table.add_column("Rejected")
    leaf = None
    for count in sorted(counts, key=lambda count: count.leaf):
        if count.leaf != leaf:
            leaf = count.leaf
            table.add_row(Text(leaf, "bold"))
        reasons = ", ".join(f"{number:,} {reason}" for reason, number in count.rejected.items() if number)
        table.add_row(Text(f"  {count.block}"), f"{count.kept:,}", Text(reasons))
    Console().print(table)
