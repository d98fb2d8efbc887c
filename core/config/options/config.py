"""The options of `config show` and `config migrate`."""

from __future__ import annotations

from typing import Annotated

from core.config.options.base import JsonOptions, once


class ShowSettingsOptions(JsonOptions):
    """The whole of `config show`."""

    key: Annotated[str | None, once("--key", "-k", metavar="NAME")] = None
    """One setting or section, for example train.num_epochs."""
    without_comments: Annotated[bool, once("--without-comments", "-wc")] = False
    """Leave out where each setting comes from."""


class MigrateOptions(JsonOptions):
    """The whole of `config migrate`, but for the file."""

    dry_run: Annotated[bool, once()] = False
    """Only show what would be taken."""
    force: Annotated[bool, once()] = False
    """Write over labtop's settings file, if there is one."""
