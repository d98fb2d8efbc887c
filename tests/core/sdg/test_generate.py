"""Whole runs against a real server: what is written, and that it is reproducible."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.errors import LabtopError
from core.sdg.worker import generate
from core.serving.completions import slots
from tests.core.sdg.helpers import (
    RecordingReporter,
    RuleServer,
    arguments,
    contents,
    document,
    freeform_leaf,
    grounded_leaf,
    knowledge_leaf,
    lines,
    rule_server,
    run,
)

ALL = (knowledge_leaf(), freeform_leaf(), grounded_leaf())


@pytest.fixture(scope="module")
def server() -> Iterator[RuleServer]:
    with rule_server() as running:
        yield running


@pytest.fixture(scope="module")
def result(server: RuleServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return run(server, tmp_path_factory.mktemp("out"), *ALL)


def difflib_ratio(one: str, other: str) -> float:
    one, other = (" ".join(text.casefold().split()) for text in (one, other))
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def node(result: dict[str, Any], name: str) -> Path:
    return Path(result["output_dir"]) / f"node_datasets_{result['timestamp']}" / name


def test_files_have_instructlab_names(result: dict[str, Any]) -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d_\d\d_\d\d", result["timestamp"])
    leaf, freeform, grounded = (
        "knowledge_science_observatory",
        "compositional_skills_writing_rhymes",
        "compositional_skills_grounded_summary",
    )
    assert set(contents(result)) == {
        "knowledge_train_msgs_TS.jsonl",
        "skills_train_msgs_TS.jsonl",
        "messages_TS.jsonl",
        "train_TS.jsonl",
        "test_TS.jsonl",
        "knowledge_recipe_TS.yaml",
        "skills_recipe_TS.yaml",
        *(f"generated_TS/{name}.jsonl" for name in (leaf, freeform, grounded)),
        *(f"node_datasets_TS/{leaf}{end}" for end in ("_p07.jsonl", "_p10.jsonl", "_task.yaml")),
        f"node_datasets_TS/mmlubench_{leaf}.jsonl",
        f"node_datasets_TS/{freeform}.jsonl",
        f"node_datasets_TS/{grounded}.jsonl",
    }


def test_records_have_exactly_four_fields(result: dict[str, Any]) -> None:
    for kind, roles in (
        ("knowledge_train", {"system", "user", "assistant"}),
        ("skills_train", {"system", "user", "assistant"}),
    ):
        records = lines(result["files"][kind])
        assert len(records) == result["counts"][kind] > 0
        for record in records:
            assert set(record) == {"id", "messages", "metadata", "unmask"}
            assert {message["role"] for message in record["messages"]} == roles
            assert json.loads(record["metadata"])["leaf_node_path"]
        assert len({record["id"] for record in records}) == len({json.dumps(record["messages"]) for record in records})


def test_knowledge_records_contain_their_chunk(result: dict[str, Any]) -> None:
    rows = lines(node(result, "knowledge_science_observatory_p07.jsonl"))
    assert len(rows) == 4 * 5 * 2  # sections, facts, wordings; the second seed example's are duplicates
    for row in rows:
        about = json.loads(row["metadata"])
        assert row["unmask"] is True
        assert row["messages"][0]["content"].startswith(about["sdg_document"] + "\n\n")
        assert row["messages"][1]["content"] in about["sdg_document"]
        assert about["domain"] == "astronomy" and about["dataset"] == "document_knowledge_qa"


def test_phase_two_has_retrieval_records(result: dict[str, Any]) -> None:
    plain = lines(node(result, "knowledge_science_observatory_p07.jsonl"))
    rows = lines(node(result, "knowledge_science_observatory_p10.jsonl"))
    retrieval = [row for row in rows if json.loads(row["metadata"])["dataset"] == "document_knowledge_qa_raft_p0.4"]
    assert rows[len(retrieval) :] == plain and len(retrieval) == len(plain)
    golden = 0
    for row in retrieval:
        user, document_ = row["messages"][0]["content"], json.loads(row["metadata"])["sdg_document"]
        assert row["unmask"] is False
        shown = user.count("Document:\n")
        assert shown == (3 if document_ not in user else 4)  # of four chunks, three are not the right one
        golden += document_ in user
    assert 0.2 < golden / len(retrieval) < 0.6


def test_skills_are_sampled_to_thirty_records(result: dict[str, Any]) -> None:
    records = [json.loads(record["metadata"]) for record in lines(result["files"]["skills_train"])]
    by_leaf = Counter(about["leaf_node_path"] for about in records)
    assert by_leaf["compositional_skills_writing_rhymes"] == 30
    assert by_leaf["compositional_skills_grounded_summary"] == 30
    grounded = lines(node(result, "compositional_skills_grounded_summary.jsonl"))
    assert all("\n\nNew Question" in row["messages"][0]["content"] for row in grounded)


def test_task_labels_are_right_if_a_letter_never_occurs(result: dict[str, Any]) -> None:
    rows = lines(node(result, "mmlubench_knowledge_science_observatory.jsonl"))
    assert len({row["answer"] for row in rows}) > 1  # drawn for each question
    for row in rows:
        assert row["choices"][row["answer"]] in row["document"]
        assert len(set(row["choices"])) == 4 and row["subject"] == "astronomy"
    task = yaml.safe_load(node(result, "knowledge_science_observatory_task.yaml").read_text())
    assert task["dataset_kwargs"]["data_files"]["test"] == str(
        node(result, "mmlubench_knowledge_science_observatory.jsonl")
    )
    assert (task["tag"], task["output_type"], task["num_fewshot"]) == ("mmlu_pr", "multiple_choice", 0)


def test_recipes_list_the_mixed_files(result: dict[str, Any]) -> None:
    skills = yaml.safe_load(Path(result["files"]["skills_recipe"]).read_text())
    assert [item["sampling_size"] for item in skills["datasets"]] == [1.0, 30, 30]
    assert all((Path(result["output_dir"]) / item["path"]).is_file() for item in skills["datasets"])
    assert skills["metadata"]["sys_prompt"] == lines(result["files"]["skills_train"])[0]["messages"][0]["content"]
    assert "closed_book" not in skills["metadata"]


def test_runs_are_reproducible(server: RuleServer, result: dict[str, Any], tmp_path: Path) -> None:
    with rule_server("--latency", 0.003, "--slots", 5) as other:  # in another order, of other width
        again = run(other, tmp_path, *ALL)
    assert contents(again) == contents(result)


def test_server_trouble_does_not_change_the_result(
    result: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "FIRST_PAUSE", 0.02)
    for trouble in ("cut", "rubbish", "500", "429"):
        with rule_server("--trouble", trouble) as other:
            again = run(other, tmp_path / trouble, *ALL)
        assert contents(again) == contents(result), trouble


def test_finished_run_is_returned(server: RuleServer, tmp_path: Path) -> None:
    first = run(server, tmp_path)
    asked = server.seen.total()
    reporter = RecordingReporter()
    assert generate(arguments(server, tmp_path), reporter) == first
    assert server.seen.total() == asked
    assert "already holds" in reporter.of("note")[0]["message"]


def test_fresh_starts_over_once(server: RuleServer, tmp_path: Path) -> None:
    first = run(server, tmp_path)
    again = run(server, tmp_path, fresh="request-1")
    assert again["requests"] == first["requests"] and again["timestamp"] != first["timestamp"]
    assert run(server, tmp_path, fresh="request-1") == again


def test_edited_leaf_has_no_stale_rows(server: RuleServer, tmp_path: Path) -> None:
    first = run(server, tmp_path)
    edited = knowledge_leaf(document().replace("mirror", "telescope"))
    second = run(server, tmp_path, edited)
    assert second["timestamp"] != first["timestamp"]
    assert "mirror" not in Path(second["files"]["knowledge_train"]).read_text()
    assert second["reused"] > 0 and 0 < second["requests"] < first["requests"]


def test_rejected_prompt_loses_its_row_only(tmp_path: Path) -> None:
    reporter = RecordingReporter()
    with rule_server("--refuse", "number 2 has") as server:
        result = generate(arguments(server, tmp_path), reporter)
    assert result["counts"]["knowledge_train"] == 3 * 5 * 2
    asked = next(block for block in result["blocks"] if block["block"] == "questions")
    assert asked["rejected"] == {"refused by the server": 2}
    assert "not this one" in reporter.of("note")[0]["message"]


def test_unreadable_replies_are_counted(tmp_path: Path) -> None:
    with rule_server("--unreadable", "number 1 has") as server:
        result = run(server, tmp_path)
    blocks = {block["block"]: block for block in result["blocks"]}
    assert blocks["questions"]["rejected"] == {"unreadable": 2}
    assert blocks["questions"]["produced"] == 8 and blocks["questions"]["kept"] == 6 * 10
    assert blocks["mix"]["rejected"] == {"duplicate": 30}


def test_progress_ends_at_its_total(server: RuleServer, tmp_path: Path) -> None:
    reporter = RecordingReporter()
    result = generate(arguments(server, tmp_path), reporter)
    last = {data["unit"]: data for data in reporter.of("progress")}
    assert last["requests"]["done"] == last["requests"]["total"] >= result["requests"]
    assert last["rows checked"]["done"] == last["rows checked"]["total"] > result["rows"] > 0
    assert reporter.of("sample")[0]["question"]
    assert {Path(item["path"]).name for item in reporter.of("artifact")} == {
        Path(path).name for path in result["files"].values()
    }


def test_requests_in_flight_are_twice_the_slots(tmp_path: Path) -> None:
    with rule_server("--slots", 3, "--latency", 0.002) as server:
        run(server, tmp_path / "a")
        assert server.statistics()["most"] == 3
    with rule_server("--no-props", "--latency", 0.01) as server:
        run(server, tmp_path / "b", concurrency=2)
        assert server.statistics()["most"] == 2


def test_reply_limit_fits_the_context(tmp_path: Path) -> None:
    with rule_server("--context", 2000) as server:
        result = run(server, tmp_path)
    assert all(not block["rejected"] for block in result["blocks"] if block["block"] != "mix")


def test_mix_for_a_small_student(server: RuleServer, result: dict[str, Any], tmp_path: Path) -> None:
    held_out = [
        "what is said of the LAMP number 0 has 2, put in  way 1?",
        "What was said of The dome number 1 has 3, put in way 2?",
    ]
    usual = [row["user"] for row in lines(result["files"]["train"]) if "said of" in row["user"]]
    kept = [question for question in usual if all(difflib_ratio(question, other) < 0.9 for other in held_out)]
    assert 0 < len(kept) < len(usual)
    result = run(
        server,
        tmp_path,
        mix={"closed_book": True, "document_text": True, "document_rows": False},
        exclude_questions=held_out,
    )
    rows = lines(result["files"]["knowledge_train"])
    kinds = Counter(json.loads(row["metadata"])["dataset"] for row in rows)
    assert kinds == {"document_knowledge_qa_closed_book": len(kept), "document_text": 4}
    assert [row["messages"][1]["content"] for row in rows[: len(kept)]] == kept
    assert all(len(row["messages"][1]["content"].split()) < 40 for row in rows if not row["unmask"])
    assert {row["unmask"] for row in rows if json.loads(row["metadata"])["dataset"] == "document_text"} == {True}
    recipe = yaml.safe_load(Path(result["files"]["knowledge_recipe"]).read_text())["metadata"]
    assert recipe["closed_book"] and recipe["document_text"] and recipe["document_rows"] is False


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"endpoint_url": "http://127.0.0.1:9/v1"}, "http://127.0.0.1:9/v1 .*refused"),
        ({"endpoint_url": "ftp://nonsense"}, "is not an endpoint"),
        ({"pipeline": "no-such"}, "pipeline no-such"),
        ({"leaves": []}, "no leaves"),
        ({"chunk_word_count": 0}, "chunk_word_count: .* 0"),
        ({"mix": {"document_rows": False}}, "contains nothing from knowledge leaves"),
        ({"colour": "red"}, "no option colour"),
        ({"leaves": [{"path": "x"}]}, "leaves.0.kind is required"),
    ],
)
def test_wrong_arguments_are_reported(server: RuleServer, tmp_path: Path, change: dict[str, Any], words: str) -> None:
    with pytest.raises(LabtopError, match=words):
        run(server, tmp_path, **change)


@pytest.mark.parametrize(
    ("status", "words"), [(401, "API key"), (404, "does not know the model rules"), (400, "refuses every")]
)
def test_server_that_rejects_everything_ends_the_run(tmp_path: Path, status: int, words: str) -> None:
    with rule_server("--always", status) as server, pytest.raises(LabtopError, match=words):
        run(server, tmp_path, ALL[1], knowledge_leaf(document(12)))


def test_server_that_stays_broken_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "PROBE_INTERVAL", 0.02)
    with (
        rule_server("--always", 503) as server,
        pytest.raises(LabtopError, match="503 not this one"),
    ):
        run(server, tmp_path, wait_minutes=0.001)


def test_no_usable_reply_writes_no_dataset(tmp_path: Path) -> None:
    with rule_server("--unreadable", " ") as server, pytest.raises(LabtopError, match="Nothing that the teacher wrote"):
        run(server, tmp_path)
    assert not list(tmp_path.glob("*.jsonl"))
