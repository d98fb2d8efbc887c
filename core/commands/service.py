"""The unit of a systemd service from the options of `model serve`."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from core.commands.request import absolute
from core.commands.serve import serve_job, served_model
from core.config.option import OptionRow
from core.config.option_table import TABLE
from core.config.options.serve import ServeOptions
from core.errors import UsageError
from core.serving.backends import model_server
from core.serving.credentials import API_KEY_VARIABLE
from core.serving.names import last_part
from core.serving.service.installed import secrets_file
from core.serving.service.unit import ServiceUnit

NOT_FOR_SERVICES = {
    "detached": "systemd starts the server in the background",
    "json_output": "nobody reads the service's output as JSON",
    "list_servers": "a service serves one model",
}
"""Options of `model serve` that a service cannot have, and why."""

PATHS = (
    "LABTOP_HOME",
    "LABTOP_CONFIG",
    "LABTOP_VLLM_PYTHON",
    "LABTOP_SERVE_VLLM_PYTHON",
    "LABTOP_SERVE_API_KEY_FILE",
)
"""Variables with paths, which may be relative."""

KEPT = (
    "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
    "XDG_DATA_HOME",
    "XDG_CACHE_HOME",
    "CUDA_VISIBLE_DEVICES",
    "LD_LIBRARY_PATH",
    "OMP_NUM_THREADS",
)
"""Variables that decide where the server finds its files and devices: systemd passes none of them on."""

KEPT_PREFIXES = ("LABTOP_SERVE_", "VLLM_", "NCCL_")
"""The beginnings of other such variables: settings of `model serve`, of vLLM, and of its GPUs' communication."""

SECRET_WORDS = ("KEY", "TOKEN", "SECRET", "PASS")
"""Parts of the names of variables that are never written to a unit."""

SECRETS = (API_KEY_VARIABLE,)


def service_unit(
    name: str,
    options: ServeOptions,
    given: Collection[str],
    *,
    extra: tuple[str, ...] = (),
    config_file: Path | None = None,
    environment: Mapping[str, str] = os.environ,
) -> tuple[ServiceUnit, dict[str, str]]:
    """The unit that serves with the options `given` on the command line, and its secret variables.

    Other options stay open: the service reads the settings when it starts. `extra` follows `--`. Raises LabtopError
    for options that cannot be used, or a model that is not there.
    """
    for option, why in NOT_FOR_SERVICES.items():
        if option in given:
            flag = next(row.flags[0] for row in TABLE["serve"].options if row.name == option)
            raise UsageError(f"{flag} cannot be used for a service: {why}.")
    model = served_model(options)
    job = serve_job(options, model).model_copy(update={"vllm_args": (*options.vllm_args, *extra)})
    planned = model_server(model, job, host=job.host, served_name=job.served_name)  # reports mistakes
    if extra and planned.backend != "vllm":
        raise UsageError(f"Arguments after -- are for vLLM. {planned.reason}")
    words = [*_program(), *(("--config", absolute(config_file)) if config_file else ()), "model", "serve"]
    for row in TABLE["serve"].options:
        if row.name in given:
            words += _words(row, model if row.name == "model_path" else getattr(options, row.name))
    secrets = {variable: environment[variable] for variable in SECRETS if environment.get(variable)}
    unit = ServiceUnit(
        name=name,
        description=f"labtop model serve, {last_part(model)}" if "model_path" in given else "labtop model serve",
        command=(*words, *(("--", *extra) if extra else ())),
        environment=dict(_kept(environment)),
        environment_file=secrets_file(name) if secrets else None,
    )
    return unit, secrets


def _program() -> tuple[str, ...]:
    """This installation's command, with an absolute path."""
    script = Path(sys.executable).parent / "labtop"
    return (str(script),) if script.is_file() else (sys.executable, "-c", "from tui.cli.main import main; main()")


def _words(row: OptionRow, value: Any) -> Iterator[str]:
    flag = max(row.flags, key=len)
    if row.kind == "flag":
        yield flag if value else f"--no-{flag.removeprefix('--')}"
        return
    for one in value if row.several else (value,):
        yield flag
        yield _text(row, one)


def _text(row: OptionRow, value: Any) -> str:
    """A value as it must be written for a process with another working directory."""
    if row.kind in ("file", "folder", "path"):
        return absolute(value)
    name, equals, path = str(value).rpartition("=") if row.name == "lora" else ("", "", str(value))
    if row.name in ("lora", "chat_template") and Path(path).exists():
        return f"{name}{equals}{absolute(path)}"
    return str(value)


def _kept(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in sorted(environment):
        if name in PATHS:
            yield name, absolute(environment[name])
        elif name in KEPT or (name.startswith(KEPT_PREFIXES) and not any(word in name for word in SECRET_WORDS)):
            yield name, environment[name]
