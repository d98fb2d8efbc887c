"""Sampling, retrieval-style records and held-out questions."""

from __future__ import annotations

import json
from collections import Counter
from difflib import SequenceMatcher
from pathlib import Path
from random import Random

from core.documents.chunking import chunk_document
from core.sdg.datasets.catalogue import find_datasets, read_records, turns
from core.sdg.datasets.exclusion import Exclusion
from core.sdg.datasets.mixing import sample
from core.sdg.datasets.records import make_record, raft_records, text_records

RECORDS = [make_record(f"q{number}", "a", {}, unmask=False) for number in range(12)]


def test_sample_draws_no_record_twice() -> None:
    drawn = sample(RECORDS, 5, "seed")
    assert len(drawn) == 5 == len({record["id"] for record in drawn})
    assert drawn == sample(RECORDS, 5, "seed") != sample(RECORDS, 5, "other")
    assert sample(RECORDS, 1.0, "seed") == RECORDS
    assert len(sample(RECORDS, 0.5, "seed")) == 6
    assert sample([], 30, "seed") == []


def test_sample_repeats_all_records_equally() -> None:
    counts = Counter(record["id"] for record in sample(RECORDS, 30, "seed"))
    assert counts.total() == 30 and set(counts.values()) == {2, 3}
    assert len(sample(RECORDS, 2.0, "seed")) == 24


def rows(documents: int, questions: int) -> list[dict[str, object]]:
    return [
        {"document": f"Document {d}.", "question": f"Q{d}.{q}?", "answer": "A.", "domain": "x", "leaf": "l"}
        for d in range(documents)
        for q in range(questions)
    ]


def test_raft_shows_the_right_document_in_two_of_five() -> None:
    records = list(raft_records(rows(20, 50), "seed"))
    golden = 0
    places = Counter[int]()
    for record in records:
        user = record["messages"][0]["content"]
        own = json.loads(record["metadata"])["sdg_document"]
        shown = [part.strip() for part in user.rpartition("\n\n")[0].split("Document:\n")[1:]]
        assert len(shown) == 4 == len(set(shown))
        if own in shown:
            golden += 1
            places[shown.index(own)] += 1
    assert 0.35 < golden / len(records) < 0.45
    assert min(places.values()) > golden / 8
    assert records == list(raft_records(rows(20, 50), "seed"))


def test_raft_shows_a_single_document_alone() -> None:
    assert all("Document:\nDocument 0." in record["messages"][0]["content"] for record in raft_records(rows(1, 3), "s"))


def test_text_records_are_short_passages() -> None:
    text = "# Title\n\n" + "Every sentence here has **eight** words in it. " * 40 + "\n\n```\ncode\n```\n"
    records = list(text_records(chunk_document("d.md", text, 200), "domain", "leaf"))
    passages = [record["messages"][1]["content"] for record in records]
    assert " ".join(passages) == ("Every sentence here has eight words in it. " * 40).strip()
    assert all(len(passage.split()) <= 72 for passage in passages)
    assert {record["messages"][0]["content"] for record in records} == {"Title"}


def test_exclusion_agrees_with_difflib() -> None:
    random = Random(1)
    words = ["what", "who", "is the", "old", "new", "tower", "garden", "clock", "made of", "built in", "was", "lamp"]
    questions = [" ".join(random.choices(words, k=random.randint(3, 9))) for _ in range(150)]
    held_out = [
        "".join(c for c in question if random.random() > 0.06) + random.choice(["?", " ?", ""])
        for question in questions[:60]
    ]
    exclusion = Exclusion(held_out)
    found = [exclusion.holds(question.title()) for question in questions]
    assert found == [
        any(
            other in question or SequenceMatcher(None, question, other, autojunk=False).ratio() >= 0.9
            for other in (" ".join(text.split()) for text in held_out)
        )
        for question in questions
    ]
    assert 20 < sum(found) < 130
    assert not Exclusion([]).holds("what?") and not Exclusion(["", " "]).holds("")


def test_catalogue_reads_every_format(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "skills_train_msgs_2024-08-13T20_54_21.jsonl").write_text('{"messages": []}\n')
    old = tmp_path / "messages_merlinite-7b_2024-08-12T20_54_21.jsonl"
    old.write_text('{"messages": [{"role": "pretraining", "content": "<|user|>"}]}\n' * 3)
    (tmp_path / "notes.jsonl").write_text("{}\n")
    found = find_datasets(tmp_path)
    assert [(item.created, item.rows) for item in found] == [("2024-08-13T20:54:21", 1), ("2024-08-12T20:54:21", 3)]
    assert [turns(record) for record in read_records(old, 1)] == [[("pretraining", "<|user|>")]]
    assert turns({"user": "Hi", "n": 1}) == [("user", "Hi"), ("n", "1")]
