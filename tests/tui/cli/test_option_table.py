"""Every command has its options from the generated table, and gets their values as the models have them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import click
import pytest

from core.commands.options import plain_default
from core.config.commands import COMMANDS
from core.config.option_table import TABLE
from core.config.options.base import Options
from core.config.options.process import JobStatus
from core.config.options.taxonomy import LeafKind
from core.jobs.observe import Status
from core.taxonomy.authoring import scaffold
from tui.cli.configured import OptionCommand, TableOption
from tui.cli.main import COMMANDS as COMMANDS_OF_LABTOP
from tui.cli.main import cli

OF_CLICK = {"--version", "--help"}
"""Options that say something about the program and end it; no value of theirs reaches a command."""

WITHOUT_SECTION = [name for name, model in COMMANDS.items() if model.section is None]


def commands(group: click.Group, *path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command below a group, with the group itself."""
    yield " ".join(path) or "labtop", group
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        else:
            yield " ".join((*path, name)), command


ALL = dict(commands(cli))


def undeclared(command: click.Command) -> list[str]:
    """The options of a command that no model declares."""
    options = [param for param in command.params if isinstance(param, click.Option)]
    return [
        option.opts[0] for option in options if not isinstance(option, TableOption) and option.opts[0] not in OF_CLICK
    ]


@pytest.mark.parametrize("name", ALL)
def test_every_option_has_model(name: str) -> None:
    assert undeclared(ALL[name]) == []


def test_undeclared_option_is_found() -> None:
    @click.command(cls=OptionCommand, options="process list")
    @click.option("--again", is_flag=True)
    def some() -> None: ...

    assert undeclared(some) == ["--again"]


@pytest.mark.parametrize("name", [name for name in COMMANDS_OF_LABTOP if isinstance(ALL[name], click.Group)])
def test_line_of_group_names_its_commands(name: str) -> None:
    named = re.findall(r"[a-z]+", COMMANDS_OF_LABTOP[name].help.partition(": ")[2])
    assert sorted(named) == sorted(path.split()[1] for path in ALL if path.split()[0] == name and " " in path)


def test_help_lists_options_under_headings() -> None:
    text = ALL["model train"].get_help(click.Context(ALL["model train"]))
    parts = dict(re.findall(r"^(\w.*):\n((?:  .*\n?)+)", text, re.MULTILINE))
    assert list(parts)[:2] == ["Model, data and folders", "Epochs, steps and learning rate"]
    assert "--lora-rank" in parts["LoRA adapters"] and "--strategy" in parts["Two phases"]
    assert list(parts)[-1] == "Other options" and "--help" in parts["Other options"]
    shown = [param for param in ALL["model train"].params if isinstance(param, click.Option) and not param.hidden]
    assert [param.opts[0] for param in shown if not re.search(rf"^  .*{param.opts[0]}[ ,\n]", text, re.MULTILINE)] == []


def test_help_without_headings_has_one_part() -> None:
    text = ALL["process list"].get_help(click.Context(ALL["process list"]))
    assert re.findall(r"^\w.*:$", text, re.MULTILINE) == ["Options:"]


def test_help_has_no_arguments_among_options() -> None:
    text = ALL["model stop"].get_help(click.Context(ALL["model stop"]))
    shown = re.findall(r"^  (\S+)", text.partition("Options:")[2], re.MULTILINE)
    assert "--all" in shown and all(word.startswith("-") for word in shown)


def test_every_model_has_command() -> None:
    used = {command.model for command in ALL.values() if isinstance(command, OptionCommand)}
    added = {row.name for row in TABLE["service install"].options}  # to the options of `serve`
    assert added <= {param.name for param in ALL["service install"].params}
    assert {*used, "labtop", "workbench", "lint", "service install"} == set(TABLE)


@pytest.mark.parametrize("name", WITHOUT_SECTION)
def test_plain_options_match_model(name: str) -> None:
    model = COMMANDS[name]
    plain = {row.name: plain_default(row) for row in TABLE[name].options}
    assert plain == dict(model())
    assert {name: type(value) for name, value in plain.items()} == {name: type(value) for name, value in model()}


@pytest.mark.parametrize("name", WITHOUT_SECTION)
def test_model_without_section_has_fields_only(name: str) -> None:
    """What it checked or computed would not reach its command."""
    model = COMMANDS[name]
    decorators = model.__pydantic_decorators__
    assert not (decorators.validators or decorators.field_validators or decorators.model_validators)
    assert {member for member in dir(model) if not member.startswith("_")} == set(dir(Options)) - {
        member for member in dir(Options) if member.startswith("_")
    }


def test_choices_match_engine() -> None:
    assert set(get_args(JobStatus)) == set(get_args(Status))
    assert get_args(LeafKind) == get_args(scaffold.LeafKind)


def test_missing_rules_file(tmp_path: Path) -> None:
    with pytest.raises(click.UsageError):
        ALL["diff"].main([f"--yaml-rules={tmp_path / 'missing.yaml'}"], standalone_mode=False)
