"""What the training data says about a question."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.documents.chunking import Chunk
from core.errors import LabtopError
from core.sdg.datasets.jsonl import write_lines
from core.sdg.datasets.records import closed_book_records, document_records, raft_records, skill_records, text_records
from core.sdg.datasets.taught import find_taught, nearest_passage, taught_data

SHIP = (
    "# Ships\n\nThe Petrel is a ship. It has a red hull. A storm broke its mast in May. "
    "The mast was replaced by a carpenter. It sails on Mondays."
)
DOME = "The dome is made of copper. It turns at night. Nobody lives there. The keeper sleeps in a hut."
LEAF = "knowledge_ships_petrel"


def row(question: str, answer: str, document: str = SHIP) -> dict[str, Any]:
    return {"question": question, "answer": answer, "document": document, "domain": "ships", "leaf": LEAF}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rows = [
        row("Who replaced the mast?", "A carpenter replaced it."),
        row("What is the dome made of?", "The dome is made of copper.", DOME),
        row("When does the Petrel sail?", "It sails on Mondays."),
    ]
    file = tmp_path / "knowledge_train_msgs_2026-01-01T00_00_00.jsonl"
    write_lines(file, [*document_records(rows), *raft_records(rows, "1"), *closed_book_records(rows)])
    return file


def test_pair_in_several_forms_is_found_once(data: Path) -> None:
    found = find_taught([data], "who repaired the broken mast", 5)
    assert [(one.question, one.answer, one.leaf, one.line) for one in found] == [
        ("Who replaced the mast?", "A carpenter replaced it.", LEAF, 1)
    ]
    assert found[0].missing == ("repaired", "broken")
    assert "The mast was replaced by a carpenter." in found[0].passage
    assert "# Ships" not in found[0].passage
    assert taught_data(found[0])["file"] == str(data)


def test_best_record_is_first_and_limit_is_kept(data: Path) -> None:
    assert [one.question for one in find_taught([data], "is the dome of copper?", 5)] == ["What is the dome made of?"]
    assert len(find_taught([data], "mast dome Petrel", 2)) == 2
    scores = [one.score for one in find_taught([data], "mast dome Petrel sail", 3)]
    assert scores == sorted(scores, reverse=True)
    assert find_taught([data], "zeppelin", 5) == []


def test_skills_text_and_older_records_are_read(tmp_path: Path) -> None:
    file = tmp_path / "skills.jsonl"
    chunk = Chunk("light.md", "Lighthouse", "The lamp burns oil.", ("The lamp burns oil.",))
    older = {"system": "Help.", "user": "Name a fuel.", "assistant": "Petroleum is a fuel."}
    odd = {"messages": [{"role": "user", "content": "kerosene?"}], "metadata": "{broken"}
    skill = row("Rhyme with oil.", "Soil.") | {"context": ""}
    write_lines(
        file, [*text_records([chunk], "d", "leaf"), *skill_records([skill], "freeform", "rhyme", "s"), older, odd]
    )
    assert {one.question for one in find_taught([file], "oil", 5)} == {"Lighthouse", "Rhyme with oil."}
    assert find_taught([file], "petroleum", 5)[0].answer == "Petroleum is a fuel."
    assert find_taught([file], "kerosene", 5)[0].question == "kerosene?"


def test_question_without_words_and_damaged_file_are_refused(data: Path) -> None:
    with pytest.raises(LabtopError, match="no words"):
        find_taught([data], "?!", 3)
    with data.open("a") as stream:
        stream.write("[1]\n")
    with pytest.raises(LabtopError, match="line 10: this is not a JSON record"):
        find_taught([data], "mast", 3)
    with pytest.raises(LabtopError, match="cannot be read"):
        find_taught([data.parent / "none"], "mast", 3)


def test_passage_without_a_match_is_the_beginning() -> None:
    assert nearest_passage("One. Two. Three. Four.", "zeppelin") == "One. Two. Three."
    assert nearest_passage("", "zeppelin") == ""
