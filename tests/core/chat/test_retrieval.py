"""Passages from the user's documents for a question, and their citations."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from core.chat import retrieval
from core.chat.retrieval import Documents, source_lines, with_passages
from core.documents.search import words
from core.errors import LabtopError

OBSERVATORY = """# Vellan observatory

## The dome

The dome weighs forty tons and turns on a ring of steel.

## The mirror

The mirror was ground in 1931 by Ilse Marrant.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    documents = tmp_path / "documents"
    (documents / "ships").mkdir(parents=True)
    (documents / "observatory.md").write_text(OBSERVATORY)
    (documents / "ships" / "petrel.txt").write_text("The Petrel carries nine thousand books.\n")
    (documents / ".hidden.md").write_text("A hidden dome.")
    (documents / "picture.png").write_bytes(b"dome")
    return documents


def test_passages_with_their_headings(folder: Path) -> None:
    documents = Documents(folder)
    assert documents.count == 2
    assert [each.label for each in documents.find("Who ground the mirror?")] == ["observatory.md: The mirror"]
    assert [each.label for each in documents.find("How heavy is the dome?")] == ["observatory.md: The dome"]
    assert [(each.number, each.label) for each in documents.find("How many books does it carry?")] == [
        (1, "ships/petrel.txt")
    ]
    assert documents.find("Where is Atlantis?") == ()
    mirror = "Who ground the mirror?"
    for follow_up in ("And why?", "When was this?"):
        assert [each.heading for each in documents.find(follow_up, before=mirror)] == ["The mirror"]
    assert documents.find("Where is Atlantis?", before=mirror) == ()
    assert str(folder) in documents.not_found()


def test_number_of_passages(folder: Path) -> None:
    assert len(Documents(folder, top=1).find("dome books")) == 1
    assert [each.number for each in Documents(folder).find("dome books")] == [1, 2]


def test_request_with_passages(folder: Path) -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Who ground the mirror?"},
    ]
    passages = Documents(folder).find(messages[1]["content"])
    system, question = with_passages(messages, passages)
    assert system == messages[0]
    assert question["role"] == "user"
    assert "\n\n[1] observatory.md: The mirror\n# Vellan observatory" in question["content"]
    assert question["content"].endswith("\n\nQuestion: Who ground the mirror?")
    assert with_passages(messages, ()) == messages


def test_sources_below_an_answer(folder: Path) -> None:
    passages = Documents(folder).find("dome books")
    first, second = (f"[{each.number}] {each.label}" for each in passages)
    assert source_lines(passages, "It turns [2], and [7].") == ["Sources:", second]
    assert source_lines(passages, "It turns.") == ["Sources (none is cited):", first, second]


def test_files_that_are_left_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrieval, "MAX_FILE_BYTES", 500)
    (folder / "large.md").write_text("dome " * 101)
    (folder / "binary\x1b.txt").write_bytes(b"dome\0")
    (folder / "loop.md").symlink_to(folder / "loop.md")
    (folder / "latin.txt").write_bytes(b"caf\xe9 crema")
    documents = Documents(folder)
    assert [note.partition(" is left out")[0] for note in documents.notes] == ["large.md", "binary\\u001b.txt"]
    assert [each.file for each in documents.find("crema")] == ["latin.txt"]
    monkeypatch.setattr(retrieval, "MAX_BYTES", 100)
    with pytest.raises(LabtopError, match="are larger than"):
        Documents(folder)


def test_one_file_and_no_documents(folder: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    documents = Documents(folder / "observatory.md", progress=lambda done, total: seen.append((done, total)))
    assert [each.label for each in documents.find("dome")] == ["observatory.md: The dome"]
    assert seen == [(0, len(OBSERVATORY)), (len(OBSERVATORY), len(OBSERVATORY))]
    with pytest.raises(LabtopError, match="There is no folder"):
        Documents(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "blank.md").write_text("\n")
    with pytest.raises(LabtopError, match="has no documents"):
        Documents(tmp_path / "empty")


def test_questions_of_the_sample() -> None:
    """How many of the seed questions get the passage that contains their context: first, and among the three."""
    sample = Path(__file__).parents[3] / "profiles" / "sample"
    documents = Documents(sample / "documents")
    found = []
    for file in sorted(sample.glob("taxonomy/knowledge/**/qna.yaml")):
        for example in yaml.safe_load(file.read_text())["seed_examples"]:
            context = set(words(example["context"]))
            for pair in example["questions_and_answers"]:
                passages = documents.find(pair["question"])
                found.append([len(context & set(words(each.text))) > 0.8 * len(context) for each in passages])
    assert len(found) == 36
    assert sum(right[:1] == [True] for right in found) >= 31
    assert sum(map(any, found)) >= 34
