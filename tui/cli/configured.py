"""Commands whose options take their defaults from the settings."""

from __future__ import annotations

from typing import Any

import click


def settings_of(context: click.Context | None, section: str) -> dict[str, Any]:
    """The values of a section, from the settings file that the command line named or the user's own."""
    from core.config.load import load

    config_file = context.obj.get("config_file") if context is not None and context.obj else None
    return load(config_file).section(section)


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
            values = settings_of(parent, self.section)
            extra.setdefault("default_map", {name: value for name, value in values.items() if value is not None})
        return super().make_context(info_name, args, parent, **extra)
