"""Commands whose options come from the models in `core/config/options`, and whose values from the settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from core.commands.options import plain_options
from core.config.option import OptionRow
from core.config.option_table import TABLE
from core.errors import LabtopError, UsageError
from tui.cli.complete import COMPLETIONS
from tui.cli.global_options import global_options
from tui.cli.option_types import option_type
from tui.cli.valued_flags import without_values

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from core.commands.request import Given
    from core.config.load import Resolved
    from core.config.settings import Settings

    Completion = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]
    """What the shell offers for a partly typed value."""

RESOLVED = "labtop.resolved"
"""The key of the settings in a context's `meta`."""

SECRET = frozenset(
    f"{command.section}.{row.name}" for command in TABLE.values() for row in command.options if row.variable
)
"""Values that are never shown."""

GIVEN = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)
"""Where a value comes from when the user gave it for this run."""


def load_settings(
    context: click.Context | None, given: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
) -> Resolved:
    """All settings, from the user's file or that of --config, with the values of the command line, by section."""
    from core.config.load import load

    chosen = global_options(context)
    values: dict[str, dict[str, Any]] = {}
    given_as = {}
    if chosen.taxonomy_path is not None:
        values["generate"] = {"taxonomy_path": chosen.taxonomy_path}
        given_as["generate.taxonomy_path"] = "--taxonomy-path"
    if chosen.theme is not None:
        values["workbench"] = {"theme": chosen.theme}
        given_as["workbench.theme"] = "--theme"
    for section, names in given.items():
        for name, value in names.items():
            values.setdefault(section, {})[name] = value
            given_as[f"{section}.{name}"] = _spelling(section, name)
    return load(chosen.config_file, given=values, given_as=given_as)


def opening_settings(context: click.Context | None) -> dict[str, dict[str, Any]]:
    """What opening the workbench needs: the sections `generate`, `chat` and `workbench`."""
    chosen = global_options(context)
    from core.config.quick import read_quickly  # imports yaml

    values = read_quickly(chosen.config_file)
    if values is None:
        resolved = load_settings(context)
        values = {section: resolved.section(section) for section in ("generate", "chat", "workbench")}
    if chosen.taxonomy_path is not None:
        values["generate"]["taxonomy_path"] = chosen.taxonomy_path
    if chosen.theme is not None:
        values["workbench"]["theme"] = chosen.theme
    return values


def settings_of(context: click.Context | None, section: str) -> dict[str, Any]:
    """The values of a section; see `load_settings`."""
    return load_settings(context).section(section)


def _spelling(section: str, name: str) -> str:
    """How an option is written on the command line."""
    rows = (row for command in TABLE.values() if command.section == section for row in command.options)
    return next((row.flags[0] for row in rows if row.name == name and row.flags), name)


def given(context: click.Context, name: str) -> bool:
    """Whether the user gave a value for this run, on the command line or in an option's own variable."""
    return context.get_parameter_source(name) in GIVEN


class OptionCommand(click.Command):
    """A command with the options of a model; it is called with `options`.

    What shows help reads the generated table only. A command with a section of the settings gets an object of its
    model, whose values are read when it is called. Any other gets a plain object with the model's fields: click has
    checked every value by its row, and importing pydantic takes longer than many of these commands.
    """

    def __init__(
        self,
        *args: Any,
        options: str,
        params: Iterable[click.Parameter] = (),
        completions: Mapping[str, Completion] = MappingProxyType({}),
        **settings: Any,
    ) -> None:
        self.model = options
        own = [
            click_option(row, completions.get(row.name) or COMPLETIONS.get((options, row.name)))
            for row in TABLE[options].options
            if row.flags
        ]
        super().__init__(*args, **{**settings, "params": [*params, *own]})

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options under the headings of their models, in the order of the table; then those without one."""
        parts: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx) if isinstance(param, click.Option) else None
            if record is not None:
                parts.setdefault(getattr(param, "heading", ""), []).append(record)
        for number, (heading, records) in enumerate(parts.items()):
            with formatter.section(heading or ("Other options" if number else "Options")):
                formatter.write_dl(records)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, without_values(args, TABLE[self.model].options))

    def invoke(self, context: click.Context) -> Any:
        rows = [row for row in TABLE[self.model].options if row.flags]
        values = {row.name: context.params.pop(row.name) for row in rows}
        chosen = [row for row in rows if given(context, row.name)]
        for row in chosen:
            _report_without_effect(row)
        context.params["options"] = self._options(context, {row.name: values[row.name] for row in chosen})
        try:
            return super().invoke(context)
        except UsageError as error:
            raise click.UsageError(error.message, context) from error

    def _options(self, context: click.Context, values: dict[str, Any]) -> Any:
        if any(row.words for row in TABLE[self.model].options):
            from core.commands.nodes import without_words

            values = without_words(values)
        section = TABLE[self.model].section
        if section is None:
            return plain_options(self.model, values, lambda: load_settings(context).settings)
        return getattr(load_given(context, {section: values}), section)


def _report_without_effect(row: OptionRow) -> None:
    """Print why a given option of InstructLab's has no effect. Raises LabtopError when it cannot be used."""
    if row.refused:
        raise LabtopError(f"{row.flags[0]}: {row.refused}", hint=row.hint)
    if row.unneeded:
        click.echo(f"{row.flags[0]} has no effect: {row.unneeded}", err=True)


def say(note: str) -> None:
    """Print a sentence about the options on stderr."""
    click.echo(note, err=True)


def load_given(context: click.Context, values: Mapping[str, Mapping[str, Any]]) -> Settings:
    """All settings, with values of the command line, by section and name, in place of what the file says."""
    resolved = load_settings(context, values)
    context.meta[RESOLVED] = resolved
    for note in resolved.notes:
        click.echo(note, err=True)
    if global_options(context).verbose:
        lines = (line for section in values for line in _origins(resolved, section))
        click.echo("".join(f"{line}\n" for line in lines), err=True, nl=False)
    return resolved.settings


def all_settings(context: click.Context) -> Settings | None:
    """All settings, with those of the command line; None for a command without a section."""
    resolved: Resolved | None = context.meta.get(RESOLVED)
    return None if resolved is None else resolved.settings


def given_of(context: click.Context) -> Given:
    """What the user gave for this run, and where the other values come from."""
    from core.commands.request import Given

    resolved: Resolved | None = context.meta.get(RESOLVED)
    names = (param.name for param in context.command.params if param.name and given(context, param.name))
    return Given(frozenset(names), {} if resolved is None else resolved.origins)


def _origins(resolved: Resolved, section: str) -> Iterator[str]:
    """The values of a section that are no defaults, each with its origin."""
    for name, where in resolved.origins.items():
        if name.startswith(f"{section}.") and name not in SECRET:
            yield f"{name}: {getattr(getattr(resolved.settings, section), name.partition('.')[2])}  # {where}"


class TableOption(click.Option):
    """An option that is declared as a field of a model."""

    def __init__(self, *args: Any, heading: str = "", **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.heading = heading


def click_option(row: OptionRow, complete: Completion | None = None) -> TableOption:
    """An option as click knows it. Without a default: the settings have those, and what is not given must be known."""
    shown = row.default not in (None, "") and row.kind != "flag" and not row.required
    default = f"  [default: {row.default}]" if shown else ""
    name = [row.name] if row.name not in {flag.lstrip("-").replace("-", "_") for flag in row.flags} else []
    text = row.help.replace(". [default:", ".  [default:") + default
    settings: dict[str, Any] = {
        "help": text,
        "required": row.required,
        "multiple": row.several,
        "hidden": bool(row.unneeded or row.refused),
        "shell_complete": complete,
    }
    if row.kind == "flag":
        settings["is_flag"] = True
        settings["default"] = None
        if row.in_file:
            long = row.flags[0].removeprefix("--")
            settings["help"] += f"  [default: {'' if row.default else 'no-'}{long}]"
            return TableOption([*name, "/".join((*row.flags, f"--no-{long}"))], heading=row.heading, **settings)
        return TableOption([*name, *row.flags], heading=row.heading, **settings)
    if row.variable:
        settings |= {"envvar": row.variable, "show_envvar": True}
    if row.metavar or row.unit or (row.kind in ("int", "float") and not (row.choices or row.words)):
        settings["metavar"] = row.metavar or row.unit.upper() or "NUMBER"
    return TableOption([*name, *row.flags], type=option_type(row), heading=row.heading, **settings)
