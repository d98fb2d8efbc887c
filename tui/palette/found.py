"""What can be opened by name and is read from disk: leaves, models, conversations."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core import paths
from core.chat.saved import SavedSession, list_sessions
from core.models.here import list_checkpoints
from core.models.local import LocalModel, list_models
from core.taxonomy.authoring.tree_files import find_files


@dataclass(frozen=True)
class Found:
    leaves: tuple[PurePosixPath, ...] = ()
    """Files below the taxonomy's folder."""
    models: tuple[LocalModel, ...] = ()
    sessions: tuple[SavedSession, ...] = ()


def read_found(taxonomy: Path) -> Found:
    """Read everything; call it in a thread."""
    roots = paths.current()
    models: list[LocalModel] = []
    with suppress(OSError):  # a folder that vanishes meanwhile, or cannot be read
        models += list_models(roots.models_dir)
        models += list_checkpoints(roots)
    return Found(tuple(find_files(taxonomy) or ()), tuple(models), list_sessions(roots.chatlogs_dir))
