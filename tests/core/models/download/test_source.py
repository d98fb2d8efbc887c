from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import LabtopError, UsageError
from core.models.catalog import catalog, located
from core.models.download.source import Source, parse_source, sources

STARTER = "registry.redhat.io/rhelai1/granite-7b-starter"
PINNED = f"sha256:{'0' * 64}"


@pytest.mark.parametrize(
    ("repository", "release", "expected"),
    [
        ("ibm/granite-7b-base", "", Source("hub", "ibm/granite-7b-base", "latest", "ibm/granite-7b-base")),
        ("ibm/granite-7b-base", "v1", Source("hub", "ibm/granite-7b-base", "v1", "ibm/granite-7b-base")),
        (f"docker://{STARTER}", "1.1", Source("oci", STARTER, "1.1", "granite-7b-starter")),
        (f"docker://{STARTER}:1.1", "", Source("oci", STARTER, "1.1", "granite-7b-starter")),
        (f"docker://{STARTER}@{PINNED}", "", Source("oci", STARTER, PINNED, "granite-7b-starter")),
        ("docker://localhost:5000/tiny", "", Source("oci", "localhost:5000/tiny", "latest", "tiny")),
        ("Granite-7B-starter", "", Source("oci", STARTER, "latest", "granite-7b-starter")),
        (
            "docker://h.example/a/prometheus-8x7b-v2-0",
            "",
            Source("oci", "h.example/a/prometheus-8x7b-v2-0", "latest", "prometheus-8x7b-v2.0"),
        ),
    ],
)
def test_source_of_a_repository(repository: str, release: str, expected: Source) -> None:
    assert parse_source(repository, release) == expected


@pytest.mark.parametrize(
    "repository",
    ["a/b/c", "../up", "a/..", "-a/b", "docker://", "docker://host", "docker://host/../x", "https://x/y/z"],
)
def test_invalid_repository_is_rejected(repository: str) -> None:
    with pytest.raises(LabtopError):
        parse_source(repository)


def test_two_releases_are_rejected() -> None:
    with pytest.raises(UsageError, match=r"has the release 1\.1, but --release is 1\.2"):
        parse_source(f"docker://{STARTER}:1.1", "1.2")
    with pytest.raises(LabtopError, match="is not a release"):
        parse_source("ibm/granite-7b-base", "-x")


def test_releases_belong_to_repositories() -> None:
    both = ["a/b", "c/d"]
    assert [each.release for each in sources(both, ["v1"], [])] == ["v1", "v1"]
    assert [each.release for each in sources(both, ["v1", "v2"], [])] == ["v1", "v2"]
    with pytest.raises(UsageError, match="3 releases were given for 2 repositories"):
        sources(both, ["1", "2", "3"], [])
    with pytest.raises(UsageError, match="would become the model a/b"):
        sources(["a/b", "a/b"], [], [])


def test_default_is_what_customizing_needs_and_this_machine_does_not_have(tmp_path: Path) -> None:
    (tmp_path / "granite-3.1-8b-starter-v2.1").mkdir()
    (tmp_path / "granite-3.1-8b-starter-v2.1" / "config.json").write_text("{}")
    assert [each.name for each in sources([], [], located(catalog(), tmp_path))] == [
        "mixtral-8x7B-instruct-v0-1",
        "prometheus-8x7b-v2.0",
        "skills-adapter-v3",
        "knowledge-adapter-v3",
    ]
