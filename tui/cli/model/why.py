"""`labtop model why`: what a model was taught about a question."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.cli.configured import OptionCommand

if TYPE_CHECKING:
    from core.config.options.models import WhyOptions


@click.command("why", cls=OptionCommand, options="model why")
@click.argument("question")
def why(question: str, options: WhyOptions) -> None:
    """Show what the training data says about a question that a model answers wrongly.

    Lists the records nearest to QUESTION by their words, the best first, each with its leaf and the passage of the
    document it was generated from, and names the words of the question that it does not contain: a fact that was never
    taught needs a seed example or a document, one that was taught needs more epochs or rewordings.
    """
    from core import paths
    from core.printable import printable
    from core.sdg.datasets.taught import find_taught, taught_data
    from core.sdg.leaves.gathered import leaf_file
    from core.training.data_files import newest_training_data
    from tui.cli.output import print_json

    files = options.dataset or newest_training_data(paths.current().datasets_dir, "--dataset")
    found = find_taught(files, question, options.limit)
    taxonomy = options.taxonomy_path or paths.current().taxonomy_dir
    leaves = {name: leaf_file(taxonomy, name) for name in {one.leaf for one in found} if name}
    if options.json_output:
        rows = [{**taught_data(one), "leaf_file": _text(leaves.get(one.leaf))} for one in found]
        print_json({"question": question, "datasets": [str(file) for file in files], "taught": rows})
        return
    searched = ", ".join(map(str, files))
    if not found:
        click.echo(f"No record of {searched} shares a word with this question: nothing was taught about it.")
        return
    for number, one in enumerate(found, 1):
        click.echo(f"{click.style(f'{number}. {printable(one.question)}', bold=True)}")
        for title, text in (
            ("answer", one.answer),
            ("leaf", _text(leaves.get(one.leaf)) or (one.leaf and f"{one.leaf} (not in {taxonomy})")),
            ("passage", one.passage),
            ("record", f"{one.file}, line {one.line:,}"),
            ("missing", ", ".join(one.missing)),
        ):
            if text:
                click.echo(f"   {click.style(f'{title:8}', dim=True)} {printable(text)}")


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
