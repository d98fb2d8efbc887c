from __future__ import annotations

import pytest

from core.models.download.oci import digest_for


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
