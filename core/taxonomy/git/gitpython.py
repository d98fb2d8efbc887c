"""GitPython's commands, run by `run_git` like all others.

GitPython itself passes on a hook's GIT_DIR, which redirects a command to another repository, expands variables in a
folder's name, and has no time-out. Its `Repo` does so too, and uses more such variables to find a repository.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import git

from core.taxonomy.git.process import run_git


class GitCommands(git.Git):
    """Git in a folder: `commands.merge_base("main", "HEAD")`. Raises GitFailed, and LabtopError, as `run_git` does."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def execute(self, command: Any, *_: Any, **__: Any) -> Any:
        """What a command prints, without the last line's end."""
        output = run_git(self._folder, *command[1:])
        return output.decode(errors="surrogateescape").removesuffix("\n")
