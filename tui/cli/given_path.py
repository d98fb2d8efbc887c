"""Paths as the command line gives them."""

from __future__ import annotations

import os
from typing import Any

import click


class GivenPath(click.Path):
    """A path that is not empty: an empty one, such as from an unset variable, would mean the current folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not os.fspath(value):
            self.fail("The path is empty.", param, ctx)
        return super().convert(value, param, ctx)
