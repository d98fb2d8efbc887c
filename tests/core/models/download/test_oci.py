from __future__ import annotations

import pytest

from core.models.download.oci import digest_for
from core.models.download.oci_errors import explained
from core.models.download.source import Source


def entry(digest: str, architecture: str | None) -> dict[str, object]:
    return {"digest": digest} | ({} if architecture is None else {"platform": {"architecture": architecture}})


@pytest.mark.parametrize(
    ("entries", "digest"),
    [
        ([entry("a", "arm64"), entry("b", "amd64")], "b"),
        ([entry("a", "unknown"), entry("b", "s390x")], "b"),
        ([entry("a", None), entry("b", "unknown")], "a"),
        (["damaged"], "None"),
    ],
)
def test_index_gives_the_manifest_of_the_machine(entries: list[object], digest: str) -> None:
    assert digest_for(entries, "x86_64") == digest


def test_registry_that_is_not_reached_has_downloaded_nothing() -> None:
    output = 'level=fatal msg="pinging container registry r.example: dial tcp: lookup r.example: no such host"'
    source = Source("oci", "r.example/lab/tiny", "1.1", "tiny")
    asked, broken = explained(source, output, looking_up=True), explained(source, output)
    assert "could not be looked up: pinging container registry" in asked.message
    assert "is kept" not in (asked.hint or "") and "is kept" in (broken.hint or "")
