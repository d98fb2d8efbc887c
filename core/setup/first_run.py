"""Writing the settings, and remembering a taxonomy in them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import paths
from core.errors import LabtopError, disk_error
from core.paths import expanded
from core.taxonomy.git.changes import DEFAULT_BASE
from core.taxonomy.layout.root import check_top
from core.taxonomy.layout.tree import path_kind

if TYPE_CHECKING:
    from core.taxonomy.git.create import CreatedTaxonomy

Values = Mapping[str, Mapping[str, Any]]
"""Settings by section and name."""


def chosen_settings(
    *,
    profile: str | None = None,
    taxonomy: Path | None = None,
    base: str | None = None,
    model_path: str | None = None,
) -> Values:
    """The values to write; what is None keeps its default. Raises LabtopError for an unknown profile."""
    asked = {
        "generate": {"taxonomy_path": str(taxonomy) if taxonomy else None, "taxonomy_base": base},
        "train": {"profile": profile_file(profile), "model_path": _model(model_path)},
    }
    return {
        section: {name: value for name, value in values.items() if value is not None}
        for section, values in asked.items()
    }


def profile_file(name: str | None) -> str | None:
    """The name of a profile as it is stored. Raises LabtopError if there is none with that name."""
    if name is None:
        return None
    from core.config.profiles import read_profile  # as below: importing pydantic delays the workbench's first screen

    read_profile(name)
    return name if name.endswith(".yaml") else f"{name}.yaml"


def _model(given: str | None) -> str | None:
    """The absolute path of a folder, since settings apply in every folder; a model's name is left as it is."""
    if given is None or ("/" not in given and not Path(given).is_dir()):
        return given
    return str(expanded(given).absolute())


def write_settings(file: Path, values: Values, *, overwrite: bool = False) -> None:
    """Write a new settings file, and create labtop's folders.

    Raises LabtopError if the file exists and is not to be overwritten.
    """
    from core.config.save import write_new

    if file.exists() and not overwrite:
        raise LabtopError(f"{file} already exists.", hint="To overwrite it: labtop config init --force")
    write_new(file, values)
    create_folders()


def create_folders() -> None:
    """Create the folders of data, models and jobs."""
    roots = paths.current()
    for folder in (roots.datasets_dir, roots.checkpoints_dir, roots.models_dir, roots.jobs_dir):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise disk_error(error, f"creating {folder}") from error


def use_folder(folder: Path) -> CreatedTaxonomy:
    """An existing folder as the taxonomy. Raises LabtopError if there is none, or it is only a part of one."""
    from core.taxonomy.git.create import CreatedTaxonomy
    from core.taxonomy.git.usual_base import usual_base

    place = expanded(folder).absolute()
    if path_kind(place) != "folder":
        raise LabtopError(f"There is no folder {place}.", hint="Choose another folder, or create a taxonomy there.")
    check_top(place)
    return CreatedTaxonomy(place, usual_base(place))


def remember_created(taxonomy: CreatedTaxonomy, settings_file: Path) -> bool:
    """Store a created taxonomy as `remember_taxonomy` does, unless the settings name another folder."""
    if settings_file.exists():
        from core.config.file import read_file

        named = read_file(settings_file)[0].get("generate", {}).get("taxonomy_path")
        if expanded(named).absolute() != taxonomy.folder if named else paths.current().taxonomy_dir != taxonomy.folder:
            return False
    return remember_taxonomy(taxonomy, settings_file)


def remember_taxonomy(taxonomy: CreatedTaxonomy, settings_file: Path) -> bool:
    """Store the folder and the base of a taxonomy in the settings; returns whether that changed them.

    The defaults need not be stored.
    """
    folder = None if taxonomy.folder == paths.current().taxonomy_dir else taxonomy.folder
    base = None if taxonomy.base == DEFAULT_BASE else taxonomy.base
    if settings_file.exists():  # an earlier value counts until it is replaced
        folder, base = taxonomy.folder, taxonomy.base
    values = chosen_settings(taxonomy=folder, base=base)
    if not values["generate"]:
        return False
    from core.config.edit import set_settings

    set_settings(settings_file, {"generate": values["generate"]})
    return True
