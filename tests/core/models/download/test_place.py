from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import LabtopError
from core.models.download.place import Place, bytes_below, put_in_place, require_space
from core.models.download.record import RECORD, RemoteFile, RemoteModel, differing_file, read_record, record_text
from core.models.download.source import Source

MODEL = RemoteModel(Source("hub", "a/b", "latest", "a/b"), "c0ffee", (RemoteFile("config.json", 2, "git:0"),))


def complete(place: Place, text: str) -> None:
    place.files.mkdir(parents=True)
    (place.files / "config.json").write_text(text)
    (place.files / RECORD).write_text(record_text(MODEL, "2026-11-29T00:00:00Z"))


def test_new_version_replaces_the_old_one(tmp_path: Path) -> None:
    place = Place.of(tmp_path, "a/b")
    for text in ("{}", "[]"):
        complete(place, text)
        assert put_in_place(place) is None
        assert (place.target / "config.json").read_text() == text
        assert not place.unfinished.exists()


def test_folder_of_the_user_is_kept(tmp_path: Path) -> None:
    place = Place.of(tmp_path, "a/b")
    place.target.mkdir(parents=True)
    (place.target / "mine").write_text("mine")
    complete(place, "{}")
    kept = put_in_place(place)
    assert kept is not None and (kept / "mine").read_text() == "mine"
    assert (place.target / "config.json").read_text() == "{}"


def test_record_shows_a_changed_size(tmp_path: Path) -> None:
    place = Place.of(tmp_path, "m")
    complete(place, "{}")
    record = read_record(place.files)
    assert record is not None and record.digest == "c0ffee"
    assert differing_file(place.files, record.files) is None
    (place.files / "config.json").write_text("longer")
    assert differing_file(place.files, record.files) == "config.json"
    (place.files / RECORD).write_text("[]")
    assert read_record(place.files) is None


def test_disk_without_room_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(1000))
    assert bytes_below(tmp_path) == 1000
    require_space(tmp_path / "none" / "yet", 1)
    with pytest.raises(LabtopError, match=r"The download needs 1000000\.0 TB") as raised:
        require_space(tmp_path, 10**18)
    assert raised.value.code == "disk-full"
