"""Running the installed command as a user's shell does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LABTOP = str(Path(sys.executable).parent / "labtop")


def labtop(*arguments: str, status: int = 0, timeout: float = 120, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command to its end and check its exit status."""
    done = subprocess.run(
        [LABTOP, *arguments], capture_output=True, text=True, timeout=timeout, input=stdin, check=False
    )
    assert done.returncode == status, f"{done.returncode}: {done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    return done
