"""What one of labtop's processes does, from its command line and its environment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.config.option_table import TABLE
from core.jobs.processes import JOB_VARIABLE

RUNNER = "core.jobs.runner"
WORKER = "core.jobs.workers.process"
AGENT = "core.jobs.workers.torchrun"
TIED = "core.serving.tied"
COMMAND = "tui.cli.main"
SERVERS = {
    "core.serving.embedded": "server",
    "core.quickstart.extractive": "rule-based teacher",
    "vllm.entrypoints.openai.api_server": "vLLM server",
    "vllm.entrypoints.cli.main": "vLLM server",
}
"""Modules that serve a model, with what they are called."""

WITH_VALUE = frozenset(
    flag
    for command in ("labtop", "workbench")
    for row in TABLE[command].options
    if row.kind != "flag"
    for flag in row.flags
)
"""Options that come before the name of a command, and have a value."""

ORDER = ("worker", "server", "agent", "runner", "other", "command", "workbench")
"""In which order the processes of a job are listed: first those that do its work."""


@dataclass(frozen=True)
class Role:
    """What a process is."""

    kind: str
    """One of ORDER."""
    what: str
    """In a few words, such as `server samples_4492 :8055`."""
    worker: int | None = None
    """A worker's number in its job."""


def role_of(argv: Sequence[str], environment: Mapping[str, str]) -> Role | None:
    """The role of a process of labtop; None for any other process."""
    module, arguments = _module(argv)
    if module == TIED:
        return role_of(arguments, environment)
    if module == RUNNER:
        return Role("runner", "runner")
    if module == WORKER and len(arguments) > 1 and arguments[1].isdecimal():
        rank = f", rank {environment.get('RANK', '?')}" if "--distributed" in arguments else ""
        return Role("worker", f"worker {arguments[1]}{rank}", int(arguments[1]))
    if module == AGENT and len(arguments) > 1:
        return Role("agent", f"torchrun of worker {arguments[1]}")
    if module in SERVERS:
        return Role("server", _server(SERVERS[module], arguments))
    command = _command(argv, module, arguments)
    if command is not None:
        return Role("command", f"labtop {' '.join(command)}") if command else Role("workbench", "workbench")
    if JOB_VARIABLE in environment and argv:
        return Role("other", module or Path(argv[0]).name)
    return None


def _module(argv: Sequence[str]) -> tuple[str, Sequence[str]]:
    """The module that Python runs, and its arguments; an empty name for other programs."""
    if not argv or not Path(argv[0]).name.startswith("python") or "-m" not in argv[:-1]:
        return "", ()
    place = list(argv).index("-m")
    if any(not argument.startswith("-") for argument in argv[1:place]):
        return "", ()  # a script comes first, and the option is its own
    return argv[place + 1], argv[place + 2 :]


def _command(argv: Sequence[str], module: str, arguments: Sequence[str]) -> list[str] | None:
    """The names of a command of labtop, without its options and their values; None for other programs."""
    if module == COMMAND:
        rest = arguments
    elif argv and Path(argv[0]).name == "labtop":
        rest = argv[1:]
    elif len(argv) > 1 and Path(argv[0]).name.startswith("python") and Path(argv[1]).name == "labtop":
        rest = argv[2:]
    else:
        return None
    names: list[str] = []
    words = iter(rest)
    for argument in words:
        if argument in WITH_VALUE and not names:
            next(words, None)
        elif re.fullmatch(r"[a-z]+", argument):
            names.append(argument)
        elif names or not argument.startswith("-"):
            break
    return names[:2]


def _server(what: str, arguments: Sequence[str]) -> str:
    model = (
        _value(arguments, "--served-model-name") or _value(arguments, "--model-path") or _value(arguments, "--model")
    )
    port = _value(arguments, "--port")
    name = Path(model).name if model else ""
    place = f":{port}" if port and port != "0" else ""
    return " ".join(filter(None, (what, name, place)))


def _value(arguments: Sequence[str], option: str) -> str | None:
    """The value of an option, as `--option value` or `--option=value`."""
    for place, argument in enumerate(arguments):
        if argument == option and place + 1 < len(arguments):
            return arguments[place + 1]
        if argument.startswith(f"{option}="):
            return argument.partition("=")[2]
    return None


def stage_words(stage: str) -> str:
    """A stage's id in words: `train phase 2` for `train.phase2`."""
    return re.sub(r"(?<=[a-z])(?=\d)", " ", stage.replace(".", " "))
