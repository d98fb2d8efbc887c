"""Groups of commands whose modules are imported only when one of them is called."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click


@dataclass(frozen=True)
class Entry:
    """A command that is not loaded yet."""

    target: str
    """Where it is: `package.module:name`."""
    help: str
    """Its line in the list of commands."""


class LazyGroup(click.Group):
    """A group that knows the name, help line and module of each command, and why other commands are absent."""

    def __init__(self, *args: Any, entries: Mapping[str, Entry], absent: Mapping[str, str], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.entries = entries
        self.absent = absent

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(self.entries)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        entry = self.entries.get(name)
        if entry is None:
            return None
        module, _, attribute = entry.target.partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in self.entries.items()])

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.entries and not args[0].startswith("-"):
            context.fail(f"No such command {args[0]!r}. {self._advice(args[0])}".rstrip())
        return super().resolve_command(context, args)

    def _advice(self, name: str) -> str:
        import difflib

        near = difflib.get_close_matches(name, self.entries, n=1)
        return self.absent.get(name) or (f"Did you mean {near[0]}?" if near else "")
