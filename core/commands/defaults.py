"""What commands use where an option has no value: files and folders that depend on the machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from core.paths import Paths
from core.training.data_files import newest_data


def derived_defaults(command: str, roots: Paths) -> Mapping[str, Path]:
    """By option: the path that a command uses if none is given, as far as it is known before it starts."""
    if command == "generate":
        return {"taxonomy_path": roots.taxonomy_dir}
    if command == "train":
        newest = {
            "phased_phase1_data": newest_data(roots.datasets_dir, "knowledge"),
            "phased_phase2_data": newest_data(roots.datasets_dir, "skills"),
        }
        return {
            "data_path": roots.datasets_dir,
            "ckpt_output_dir": roots.checkpoints_dir,
            "phased_base_dir": roots.phased_dir,
            **{name: path for name, path in newest.items() if path is not None},
        }
    if command == "evaluate":
        return {"tasks_dir": roots.datasets_dir}
    if command == "run":
        return {"folder": roots.run_dir, "taxonomy_path": roots.taxonomy_dir}
    return {}


def derived_texts(command: str, roots: Paths) -> Mapping[str, str]:
    """By option: what a command does if none is given, where that is known only when it starts."""
    if command == "generate":
        return {"output_dir": f"a new folder in {roots.datasets_dir}"}
    if command == "evaluate":
        return {"output_dir": f"in {roots.internal_dir / 'eval_data'}"}
    return {}
