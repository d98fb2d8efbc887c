"""Archives that a registry may contain."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from core.errors import LabtopError
from core.models.oci.unpack import Archive, unpack


def packed(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for member, data in members:
            tar.addfile(member, io.BytesIO(data))
    return stream.getvalue()


def file(name: str, data: bytes = b"x") -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    return member, data


def special(name: str, kind: bytes) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, "../../outside"
    return member, b""


def sparse(name: str, length: int, parts: str = "0,0") -> tuple[tarfile.TarInfo, bytes]:
    """A file of holes: its zeros are not in the archive."""
    member = tarfile.TarInfo(name)
    member.pax_headers = {"GNU.sparse.map": parts, "GNU.sparse.size": str(length), "GNU.sparse.name": name}
    return member, b""


def unpacked(tmp_path: Path, *layers: bytes, folder: str | None = None) -> dict[str, bytes]:
    stored = []
    for number, layer in enumerate(layers):
        blob = tmp_path / f"blob{number}"
        blob.write_bytes(layer)
        stored.append((Archive(f"sha256:{hashlib.sha256(layer).hexdigest()}", len(layer), folder=folder), blob))
    target = tmp_path / "model"
    unpack(stored, target)
    return {str(path.relative_to(target)): path.read_bytes() for path in target.rglob("*") if path.is_file()}


def test_only_the_models_folder_is_unpacked_and_upper_layers_replace_lower_ones(tmp_path: Path) -> None:
    lower = packed(file("./models/config.json", b"old"), file("models/a/b"), file("models/gone"), file("etc/passwd"))
    upper = packed(file("models/config.json", b"new"), file("models/.wh.gone"), file("models/a/.wh..wh..opq"))
    assert unpacked(tmp_path, lower, gzip.compress(upper)) == {"config.json": b"new"}


def test_a_model_in_a_folder_of_its_own_is_lifted(tmp_path: Path) -> None:
    assert unpacked(tmp_path, packed(file("models/granite/config.json"))) == {"config.json": b"x"}


@pytest.mark.parametrize(
    ("member", "code"),
    [
        (file("models/../../evil"), "unsafe-name"),
        (file("/models/../evil"), "unsafe-name"),
        (special("models/link", tarfile.SYMTYPE), "unsafe-archive"),
        (special("models/hard", tarfile.LNKTYPE), "unsafe-archive"),
        (special("models/device", tarfile.CHRTYPE), "unsafe-archive"),
        (special("models/pipe", tarfile.FIFOTYPE), "unsafe-archive"),
        (sparse("models/holes", 200_000_000), "unsafe-archive"),
        (sparse("models/holes", 200_000_000, "no number"), "bad-archive"),
        (file("models/\x1b[2J"), "unsafe-name"),
        (file("models/.wh."), "unsafe-name"),
        (file("models/.wh.."), "unsafe-name"),
        (file("models/.wh..."), "unsafe-name"),
        (file("models/config.json/below"), "bad-archive"),
    ],
)
def test_unsafe_members_are_refused(tmp_path: Path, member: tuple[tarfile.TarInfo, bytes], code: str) -> None:
    with pytest.raises(LabtopError) as raised:
        unpacked(tmp_path, packed(file("models/config.json"), member))
    assert raised.value.code == code
    assert not (tmp_path / "evil").exists()
    assert (tmp_path / "blob0").exists()
    assert not (tmp_path / "model/holes").exists()


def test_archive_with_too_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.models.oci.unpack.MAX_FILES", 3)
    many = packed(*(file(f"etc/{number}") for number in range(5)), *(file(f"models/{number}") for number in range(3)))
    assert len(unpacked(tmp_path, many)) == 3
    with pytest.raises(LabtopError, match="more than 3 files"):
        unpacked(tmp_path, many, packed(file("models/one-more")))


def test_archive_that_expands_too_far_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.models.oci.unpack.SPARE", 1_000_000)
    with pytest.raises(LabtopError, match="far more than its size"):
        unpacked(tmp_path, gzip.compress(packed(file("models/w", bytes(3_000_000)))))


def test_truncated_layer_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(LabtopError, match="cannot be unpacked") as raised:
        unpacked(tmp_path, gzip.compress(packed(file("models/w", bytes(9_000))))[:-30])
    assert raised.value.code == "bad-archive"


def test_titled_layers_are_folders_or_files_by_their_content(tmp_path: Path) -> None:
    assert unpacked(tmp_path, gzip.compress(packed(file("sub/a"), file("sub/b"))), folder="sub") == {
        "sub/a": b"x",
        "sub/b": b"x",
    }
    assert unpacked(tmp_path, b"plain", folder="config.json") == {"config.json": b"plain"}
    assert unpacked(tmp_path, gzip.compress(b"plain"), folder="config.json") == {"config.json": b"plain"}
