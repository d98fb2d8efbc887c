"""The command `labtop`: its table of commands, and the one place where errors are shown."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

import click

from core.config.option_table import TABLE
from core.errors import LabtopError
from core.paths import expanded
from core.terminal import launch_environment, needs_ascii
from tui.cli.configured import click_option, opening_settings
from tui.cli.global_options import GlobalOptions, global_options, require_config
from tui.cli.lazy import Entry, LazyGroup

NAME_TOO_LONG = LabtopError(
    "The name of a file is too long.", hint="The name of a file or folder has at most 255 bytes."
)

READER_LEFT = 128 + signal.SIGPIPE

NOT_WRITTEN = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)

MODEL = {
    "list": Entry("tui.cli.model.list_models:list_models", "List the models on this machine."),
    "catalog": Entry("tui.cli.model.catalog:catalog", "Show the documented models, and which are on this machine."),
    "download": Entry("tui.cli.model.download:download", "Download models from Hugging Face or an OCI registry."),
    "upload": Entry("tui.cli.model.upload:upload", "Upload a model to Hugging Face or an OCI registry."),
    "remove": Entry("tui.cli.model.remove:remove", "Delete models and unfinished downloads."),
    "serve": Entry("tui.cli.model.serve:serve", "Serve a model with an OpenAI-compatible API."),
    "stop": Entry("tui.cli.model.stop:stop", "Stop servers that labtop started."),
    "chat": Entry("tui.cli.model.chat.command:chat", "Talk to a served model."),
    "train": Entry("tui.cli.model.train:train", "Train a model, in one phase or in the two phases of LAB."),
    "evaluate": Entry("tui.cli.model.evaluate:evaluate", "Score a model, or compare it with its base model."),
    "compare": Entry("tui.cli.model.compare:compare", "Compare models: size, origin and all scores."),
    "test": Entry("tui.cli.model.test:test", "Show answers to seed questions, before and after training."),
    "why": Entry("tui.cli.model.why:why", "Show what the training data says about a question."),
}

NOT_IN_LABTOP = {
    "convert": "labtop serves and trains models in the Hugging Face layout, and converts none to other formats.",
    "rag": "Use `labtop model chat --rag FOLDER`, which reads Markdown and text files without a document store.",
}
"""Commands of InstructLab that labtop does not have, and what its users can do instead."""

COMMANDS = {
    "quickstart": Entry(
        "tui.cli.quickstart:quickstart", "Run the whole LAB method on a sample: on CPU, nothing to download."
    ),
    "run": Entry("tui.cli.run:run", "Run the whole LAB method on your own taxonomy and model."),
    "config": Entry("tui.cli.config.commands:config", "Settings: init, show, edit, migrate."),
    "taxonomy": Entry("tui.cli.taxonomy.commands:taxonomy", "Questions and answers: new, lint, diff, tree, docs."),
    "data": Entry("tui.cli.data.commands:data", "Synthetic data: generate, list, show."),
    "model": Entry(
        "tui.cli.main:model",
        "Models: list, catalog, download, upload, remove, serve, stop, chat, train, evaluate, compare, test, why.",
    ),
    "tls": Entry("tui.cli.tls.commands:tls", "Secure endpoints: init, check, trust, list, remove."),
    "system": Entry("tui.cli.system:system", "This machine: info, estimate."),
    "process": Entry("tui.cli.jobs.process:process", "Jobs: list, attach, logs, cancel, resume, remove, prune."),
    "service": Entry(
        "tui.cli.service.commands:service", "Serving as a systemd service: install, status, logs, remove."
    ),
    "chat": Entry("tui.cli.model.chat.command:chat", "Short for model chat."),
    "diff": Entry("tui.cli.taxonomy.commands:diff", "Short for taxonomy diff."),
    "download": Entry("tui.cli.model.download:download", "Short for model download."),
    "evaluate": Entry("tui.cli.model.evaluate:evaluate", "Short for model evaluate."),
    "generate": Entry("tui.cli.data.commands:generate", "Short for data generate."),
    "init": Entry("tui.cli.config.init:init", "Short for config init."),
    "list": Entry("tui.cli.model.list_models:list_models", "Short for model list."),
    "serve": Entry("tui.cli.model.serve:serve", "Short for model serve."),
    "sysinfo": Entry("tui.cli.system:info", "Short for system info."),
    "test": Entry("tui.cli.model.test:test", "Short for model test."),
    "train": Entry("tui.cli.model.train:train", "Short for model train."),
}

HELP = """A workbench for fine-tuning language models with the LAB method.

Write a taxonomy of questions and answers, have a teacher model generate data from it, train a student model in
phases, evaluate every checkpoint, serve the best, and talk to it. Without a command, labtop opens the workbench.

New here? Try `labtop quickstart`. For your own data, start with `labtop config init`; then `labtop run` runs
the same stages.
"""

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

model = LazyGroup(
    "model",
    entries=MODEL,
    absent=NOT_IN_LABTOP,
    help="Models: list, catalog, download, upload, remove, serve, stop, chat, train, evaluate, compare, test, why.",
)


@click.command(
    cls=LazyGroup,
    entries=COMMANDS,
    absent=NOT_IN_LABTOP,
    help=HELP,
    context_settings=CONTEXT,
    invoke_without_command=True,
    params=[click_option(row) for name in ("labtop", "workbench") for row in TABLE[name].options if row.flags],
)
@click.version_option(package_name="labtop", prog_name="labtop", message="%(prog)s %(version)s")
@click.pass_context
def cli(
    context: click.Context,
    config_file: Path | None,
    taxonomy_path: Path | None,
    ascii_only: bool,
    verbose: bool,
    theme: str | None,
) -> None:
    config_file = config_file and config_file.absolute()
    if config_file is not None and context.invoked_subcommand not in ("config", "init"):  # these may create it
        require_config(config_file)
    if ascii_only or (sys.stdout.isatty() and needs_ascii(launch_environment(), sys.stdout.encoding)):
        from tui.cli.plain import use_ascii

        use_ascii()
    taxonomy_path = taxonomy_path and expanded(taxonomy_path).absolute()
    context.obj = GlobalOptions(config_file, taxonomy_path, bool(ascii_only), bool(verbose), theme)
    if context.invoked_subcommand is None:
        if sys.stdin.isatty() and sys.stdout.isatty():
            _open_workbench(context)
        else:
            click.echo(context.get_help())


def _open_workbench(context: click.Context) -> None:
    from core.taxonomy.layout.root import check_top
    from core.taxonomy.layout.tree import path_kind
    from core.taxonomy.rules import settings as rule_settings
    from tui.start import open_workbench

    settings = opening_settings(context)
    generate, chat = settings["generate"], settings["chat"]
    chosen, taxonomy = global_options(context), generate["taxonomy_path"]
    if taxonomy and path_kind(Path(taxonomy)) == "folder":
        check_top(Path(taxonomy))
    open_workbench(
        ascii_only=chosen.ascii_only,
        taxonomy_path=Path(taxonomy).absolute() if taxonomy else None,
        taxonomy_base=generate["taxonomy_base"],
        lint=rule_settings.read(chosen.config_file),
        base_url=chat["endpoint_url"],
        model=chat["model"],
        theme=settings["workbench"]["theme"],
        bell=settings["workbench"]["bell"],
        settings_file=chosen.config_file,
        chat=chat,
    )


def main() -> NoReturn:
    """Run the command line and exit: 0 done, 1 failed, 2 wrong usage, 130 interrupted.

    141 when the reader of the output left before its end, as a shell reports it for other programs.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # what the terminal cannot show, such as a file name that is not text
    try:
        status = _run()
    except BrokenPipeError:
        _drop_output()
        status = READER_LEFT
    sys.exit(status)


def _drop_output() -> None:
    """Discard what is still buffered: the reader of our output left, or there is no room for it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _run() -> int:
    """Run the command line; returns the exit status."""
    stdout = sys.stdout
    try:
        status = cli(standalone_mode=False, color=color())
        return status if isinstance(status, int) else 0
    except SystemExit:
        if sys.stdout is not stdout:  # click replaces it when the reader of the output left
            return READER_LEFT
        raise
    except click.exceptions.NoArgsIsHelpError as error:
        # A group without a command prints its commands; that is not an error.
        click.echo(error.ctx.get_help() if error.ctx else "")
        return 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt) as stop:
        asked = isinstance(stop, click.Abort) and not isinstance(stop.__cause__, KeyboardInterrupt)
        if asked and not sys.stdin.isatty():
            from tui.cli.output import input_ended

            show_error(input_ended("Options can answer them: see the command's --help."))
            return 1
        click.echo("Interrupted.", err=True)
        return 130
    except LabtopError as error:
        if _is_verbose():
            click.echo(_traceback(error), err=True)
        show_error(error)
        return 1
    except BrokenPipeError:
        raise
    except Exception as error:
        show_error((_known(error) if isinstance(error, OSError) else None) or _unexpected(error))
        return 1


def _known(error: OSError) -> LabtopError | None:
    """The error for what can happen in any command."""
    if error.errno == errno.ENAMETOOLONG:
        return NAME_TOO_LONG
    if error.errno in NOT_WRITTEN and error.filename is None:  # errors of files are reported where they are written
        _drop_output()
        reason = (error.strerror or str(error)).lower()
        return LabtopError(
            f"The output cannot be written: {reason}.", hint="Free some space there, or redirect the output."
        )
    return None


def color() -> bool | None:
    """False with NO_COLOR (https://no-color.org), else None: click decides by the terminal."""
    return False if os.environ.get("NO_COLOR") else None


def show_error(error: LabtopError) -> None:
    """Print the sentence and its hint on stderr."""
    click.echo(f"{click.style('Error:', fg='red', bold=True)} {error.message}", err=True, color=color())
    if error.hint:
        click.echo(f"{click.style('Hint:', bold=True)} {error.hint}", err=True, color=color())


def _is_verbose() -> bool:
    return any(argument in sys.argv[1:] for argument in ("-v", "-vv", "--verbose"))


def _traceback(error: Exception) -> str:
    import traceback

    return "".join(traceback.format_exception(error))


def _unexpected(error: Exception) -> LabtopError:
    """Keep the traceback in the log file."""
    from core import paths

    log = paths.current().log_file
    details = _traceback(error)
    if _is_verbose():
        click.echo(details, err=True)
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a") as stream:
            stream.write(f"{details}\n")  # without the command line, which may contain a key
    except OSError:
        return LabtopError(
            f"Unexpected error: {type(error).__name__}: {error}", hint="Run it again with -v for details."
        )
    return LabtopError(f"Unexpected error: {type(error).__name__}: {error}", hint=f"The traceback is in {log}.")
