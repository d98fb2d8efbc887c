"""Flags that InstructLab's commands have with a value: `--flag true`, besides `--flag` and `--no-flag`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.config.option import OptionRow

TRUE = frozenset(("true", "t", "yes", "y", "on", "1"))
FALSE = frozenset(("false", "f", "no", "n", "off", "0"))
"""The words of click's BOOL, in any case."""


def without_values(arguments: Sequence[str], rows: Iterable[OptionRow]) -> list[str]:
    """A command line on which the flags of these rows that may have a value have none."""
    flags = {flag for row in rows if row.value for flag in row.flags}
    left = list(arguments)
    found: list[str] = []
    while left:
        argument = left.pop(0)
        if argument == "--":
            return [*found, argument, *left]
        flag, equals, value = argument.partition("=")
        if flag not in flags:
            found.append(argument)
            continue
        if not equals and left and left[0].lower() in TRUE | FALSE:
            value = left.pop(0)
        if value.lower() in FALSE:
            found.append(f"--no-{flag.removeprefix('--')}")
        else:
            found.append(flag if value.lower() in TRUE or not equals else argument)
    return found
