"""Commands whose options take their defaults from the settings."""

from __future__ import annotations

from typing import Any

import click


class ConfiguredCommand(click.Command):
    """A command with a section of the settings: an option that is not given has the setting of its name.

    Settings are read only when the command is really called, since reading them costs more than showing help.
    """

    def __init__(self, *args: Any, section: str, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.section = section

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        if not extra.get("resilient_parsing") and not set(args) & {"-h", "--help"}:
            from core.config.load import load

            config_file = parent.obj.get("config_file") if parent is not None and parent.obj else None
            extra.setdefault("default_map", load(config_file).section(self.section))
        return super().make_context(info_name, args, parent, **extra)
