"""The options of `config show` and `config migrate`."""

from __future__ import annotations

from typing import Annotated

from core.config.options.base import JsonOptions, once


class ShowSettingsOptions(JsonOptions):
    """All options of `config show`."""

    key: Annotated[str | None, once("--key", "-k", metavar="NAME")] = None
    """Show only this setting or section, for example train.num_epochs."""
    without_comments: Annotated[bool, once("--without-comments", "-wc")] = False
    """Do not show where each value comes from."""


class MigrateOptions(JsonOptions):
    """All options of `config migrate`; the file is an argument."""

    dry_run: Annotated[bool, once()] = False
    """Show what would be converted, without writing anything."""
    force: Annotated[bool, once()] = False
    """Overwrite labtop's settings file if it exists."""
