"""The section `lint` of the settings, as the rules use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from core.config.section import read_section
from core.taxonomy.rules.options import RULES, AdviceOptions, Level

_CODES = {code.replace("-", "_"): code for code in RULES}


def read(
    config_file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    note: Callable[[str], None] = lambda _: None,
) -> AdviceOptions:
    """The levels and limits of the rules: from the environment, else from the file, else the defaults.

    `note` receives a sentence about each rule that was removed. Raises LabtopError that names file, line and setting
    at fault.
    """
    values = read_section("lint", config_file, environment, note)
    levels = {_CODES[name]: cast(Level, value) for name, value in values.items() if name in _CODES}
    limits: dict[str, Any] = {name: value for name, value in values.items() if name not in _CODES}
    return AdviceOptions(levels=levels, **limits)
