"""Where a model is downloaded from: what the user wrote, checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from core.errors import LabtopError, UsageError
from core.figures import counted
from core.models.catalog import NEWEST, CatalogEntry, find_in_catalog, missing_for_customizing, require_in_catalog

DOCKER = "docker://"

LATEST = "latest"
"""The newest release, and the default: a registry's tag of that name, the main branch of Hugging Face."""

_HUB = re.compile(r"\w[\w.-]*/\w[\w.-]*")
_OCI = re.compile(
    r"(?P<path>[a-z0-9][a-z0-9.-]*(:\d+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+)"
    r"(:(?P<tag>\w[\w.-]{0,127})|@(?P<digest>sha256:[0-9a-f]{64}))?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Source:
    """One version of one model in a registry."""

    kind: Literal["hub", "oci"]
    repository: str
    """`owner/name` of Hugging Face, or `host/path` of an OCI registry."""
    release: str
    """A branch, tag or commit; a tag or digest; `latest`."""
    name: str
    """Of the folder below the models folder."""

    @property
    def label(self) -> str:
        return f"{DOCKER if self.kind == 'oci' else ''}{self.repository}"

    def to_data(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Source:
        return cls(**data)


def sources(repositories: Sequence[str], releases: Sequence[str], entries: Sequence[CatalogEntry]) -> list[Source]:
    """What to download: the given repositories, or the models that customizing needs and `entries` do not have.

    One release applies to all repositories. Raises LabtopError for a repository or release that cannot exist.
    """
    if not repositories:
        newest = [entry for entry in entries if NEWEST in entry.model.releases]
        repositories = [model.repository for model in missing_for_customizing(newest)]
    if len(releases) > 1 and len(releases) != len(repositories):
        raise UsageError(
            f"{len(releases)} releases were given for {counted(len(repositories), 'repository', 'repositories')}. Give"
            " --release once for all, or once for each --repository."
        )
    chosen = list(releases) * len(repositories) if len(releases) == 1 else list(releases) or [""] * len(repositories)
    found = [parse_source(repository, release) for repository, release in zip(repositories, chosen, strict=True)]
    names = [source.name for source in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UsageError(f"Two of the repositories would become the model {twice}. Download them one after the other.")
    return found


def parse_source(repository: str, release: str = "") -> Source:
    """The source that a repository names: `docker://HOST/PATH[:TAG]`, `OWNER/NAME`, or a name of the catalog."""
    if "/" not in repository:
        known = require_in_catalog(repository)
        return parse_source(known.repository, release)
    if repository.startswith(DOCKER):
        return _oci_source(repository, release)
    if not _HUB.fullmatch(repository):
        raise LabtopError(
            f"{repository} is neither OWNER/NAME of Hugging Face nor docker://HOST/PATH of an OCI registry.",
            hint="For example: instructlab/granite-7b-lab, or docker://registry.redhat.io/rhelai1/granite-7b-starter",
            code="repository",
        )
    return Source("hub", repository, _checked_release(release) or LATEST, repository)


def _oci_source(repository: str, release: str) -> Source:
    match = _OCI.fullmatch(repository.removeprefix(DOCKER))
    if match is None:
        raise LabtopError(
            f"{repository} is not a repository of an OCI registry.",
            hint="Write docker://HOST/PATH, for example docker://registry.redhat.io/rhelai1/granite-7b-starter",
            code="repository",
        )
    own = match["tag"] or match["digest"]
    if own and release and own != release:
        raise UsageError(f"{repository} has the release {own}, but --release is {release}. Leave one of them out.")
    name = match["path"].rpartition("/")[2]
    known = find_in_catalog(name)
    return Source("oci", match["path"], _checked_release(own or release) or LATEST, known.name if known else name)


def _checked_release(release: str) -> str:
    if release and not re.fullmatch(r"\w[\w./:-]*", release):
        raise LabtopError(f"{release} is not a release.", hint="A release is a tag such as 1.1 or latest, or a digest.")
    return release
