"""What is skipped, what is resumed and what runs again, with stages that are plain functions."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import LabtopError
from core.events import StagePlan
from core.workflow.engine import Results, Stage, run_stages
from core.workflow.records import Records, input_key
from tests.core.training.conftest import EventRecorder


class Loop:
    """Three stages; each writes what it was given into a file. `stop_in` makes one of them end in its middle."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.leaf = "a leaf"
        self.stop_in: str | None = None
        self.done: list[str] = []
        self.recorder = EventRecorder()

    def stages(self) -> list[Stage]:
        return [
            self._stage("generate", lambda results: {"leaf": self.leaf}),
            self._stage("train", lambda results: {"data": results["generate"]["text"], "epochs": 3}),
            self._stage("evaluate", lambda results: {"tuned": results["train"]["text"]}),
            Stage("serve", (StagePlan("serve", "Serve"),), self._serve),
        ]

    def _stage(self, name: str, inputs: Any) -> Stage:
        def run(results: Results, number: int) -> dict[str, Any]:
            self.done.append(name)
            file = self.root / f"{name}-{number}.txt"
            if self.stop_in == name:
                file.write_text("half")
                raise KeyboardInterrupt
            file.write_text(f"{name} of {inputs(results)}")
            return {"text": file.read_text(), "file": str(file)}

        return Stage(
            name,
            (StagePlan(name, name.title()),),
            run,
            inputs,
            input_plan=StagePlan(f"look-{name}", f"Look at the inputs of {name}"),
            is_complete=lambda result: Path(result["file"]).is_file(),
        )

    def _serve(self, _results: Results, _number: int) -> dict[str, Any]:
        self.done.append("serve")
        return {"url": "http://127.0.0.1:1"}

    def run(self, first: str = "generate", last: str = "serve") -> list[tuple[str, str]]:
        self.done = []
        self.recorder = EventRecorder()
        outcomes = run_stages(self.stages(), self.root, self.recorder.reporter, first=first, last=last)
        return [(outcome.name, outcome.status) for outcome in outcomes]


@pytest.fixture
def loop(tmp_path: Path) -> Loop:
    return Loop(tmp_path)


ALL = ["generate", "train", "evaluate", "serve"]


def test_changed_inputs_are_reported_in_words(tmp_path: Path) -> None:
    inputs = {"exclude_questions": 1, "phase1_settings": 1}
    stage = Stage("generate", (), lambda _results, _number: {}, lambda _results: inputs)
    run_stages([stage], tmp_path, EventRecorder().reporter, first="generate", last="generate")
    inputs |= {"exclude_questions": 2, "phase1_settings": 2}
    recorder = EventRecorder()
    run_stages([stage], tmp_path, recorder.reporter, first="generate", last="generate")
    assert "generate runs again: held-out questions, phase1 settings changed" in recorder.notes


def test_all_stages_run_and_unchanged_ones_are_skipped(loop: Loop) -> None:
    assert loop.run() == [(name, "done") for name in ALL]
    assert loop.run() == [*((name, "skipped") for name in ALL[:3]), ("serve", "done")]
    assert loop.done == ["serve"]
    started = [data["title"] for data in loop.recorder.of("stage_started")]
    assert started == [title for name in ALL[:3] for title in (f"Look at the inputs of {name}", name.title())]
    assert {data["status"] for data in loop.recorder.of("stage_finished")} == {"succeeded"}


@pytest.mark.parametrize("name", ALL[:3])
def test_stopped_stage_resumes_in_its_folder(loop: Loop, name: str) -> None:
    loop.stop_in = name
    with pytest.raises(KeyboardInterrupt):
        loop.run()
    loop.stop_in = None
    loop.run()
    assert loop.done == ALL[ALL.index(name) :]
    assert not (loop.root / f"{name}-2.txt").exists()


def test_changed_leaf_runs_again_and_keeps_old_results(loop: Loop) -> None:
    loop.run()
    old = {name: (loop.root / f"{name}-1.txt").read_bytes() for name in ALL[:3]}
    loop.leaf = "another leaf"
    assert [status for _, status in loop.run()] == ["done"] * 4
    assert all((loop.root / f"{name}-1.txt").read_bytes() == text for name, text in old.items())
    assert "another" in (loop.root / "evaluate-2.txt").read_text()
    assert "generate runs again: leaf changed" in loop.recorder.notes
    loop.leaf = "a leaf"  # back to what was done before
    assert [status for _, status in loop.run()] == ["skipped"] * 3 + ["done"]
    loop.run(first="train", last="train")
    assert Records(loop.root).newest("train") == Records(loop.root).find(
        "train", {"data": old["generate"].decode(), "epochs": 3}
    )


def test_same_result_of_changed_inputs_leaves_later_stages_alone(loop: Loop) -> None:
    stages = loop.stages()
    constant = {"text": "the same", "file": __file__}
    stages[0] = Stage("generate", (), lambda _results, _number: constant, lambda _results: {"leaf": loop.leaf})
    run_stages(stages, loop.root, loop.recorder.reporter, first="generate", last="train")
    loop.leaf = "another leaf"
    outcomes = run_stages(stages, loop.root, loop.recorder.reporter, first="generate", last="train")
    assert [outcome.status for outcome in outcomes] == ["done", "skipped"]


def test_result_whose_files_are_gone_is_made_again(loop: Loop) -> None:
    loop.run()
    (loop.root / "train-1.txt").unlink()
    assert [status for _, status in loop.run()] == ["skipped", "done", "skipped", "done"]


def test_from_takes_the_last_results_of_earlier_stages(loop: Loop) -> None:
    loop.run(last="generate")
    loop.leaf = "another leaf"
    assert loop.run(first="train", last="evaluate") == [
        ("generate", "earlier"), ("train", "done"), ("evaluate", "done")
    ]  # fmt: skip
    assert loop.done == ["train", "evaluate"]


def test_incomplete_result_stops_the_run_but_can_be_used(loop: Loop) -> None:
    def walk_with(missing: str | None, first: str = "generate") -> list[str]:
        error = LabtopError(missing) if missing else None
        generate, *others = loop.stages()
        stages = [replace(generate, shortfall=lambda _: error), *others]
        loop.done = []
        run_stages(stages, loop.root, loop.recorder.reporter, first=first, last="train")
        return loop.done

    with pytest.raises(LabtopError, match="3 prompts"):
        walk_with("3 prompts got no answer")
    with pytest.raises(LabtopError, match="2 prompts"):  # the stage is done again
        walk_with("2 prompts got no answer")
    assert walk_with("2 prompts got no answer", first="train") == ["train"]
    assert walk_with(None) == []


def test_from_without_an_earlier_result_is_an_error(loop: Loop) -> None:
    with pytest.raises(LabtopError, match="holds no result of the stage generate, which train needs"):
        loop.run(first="train")
    loop.run(last="generate")
    (loop.root / "generate-1.txt").unlink()
    with pytest.raises(LabtopError, match="no longer the files of the stage generate"):
        loop.run(first="train")


def test_range_that_is_empty_or_unknown_is_an_error(loop: Loop) -> None:
    with pytest.raises(LabtopError, match="train comes after generate"):
        loop.run(first="train", last="generate")
    with pytest.raises(LabtopError, match="no stage judge"):
        loop.run(last="judge")


def test_full_disk_is_reported_and_leaves_the_last_record(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    loop.run()
    records = {file.name: file.read_bytes() for file in (loop.root / "record").iterdir()}

    def fsync(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    loop.leaf = "another leaf"
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        with pytest.raises(LabtopError, match="The disk is full"):
            loop.run()
    assert loop.done == []
    assert {file.name: file.read_bytes() for file in (loop.root / "record").iterdir()} == records
    assert [status for _, status in loop.run()] == ["done"] * 4


@pytest.mark.parametrize("text", ["", "{", "[]", '{"stage": "train"}', "null"])
def test_damaged_record_is_a_missing_one(loop: Loop, text: str) -> None:
    loop.run()
    file = next((loop.root / "record").glob("train-1-*.json"))
    file.write_text(text)
    assert [status for _, status in loop.run()] == ["skipped", "done", "skipped", "done"]
    assert not (loop.root / "train-2.txt").exists()


def test_records_are_numbered_by_stage_and_found_by_inputs(tmp_path: Path) -> None:
    records = Records(tmp_path)
    first = records.finish(records.start("train", {"data": "x"}), {"best": "a"}, 1.5)
    assert records.find("train", {"data": "y"}) is None
    second = records.start("train", {"data": "y"})
    assert (first.number, second.number) == (1, 2)
    assert records.newest("train") == first  # the second has not finished
    assert records.find("train", {"data": "x"}) == first
    assert input_key({"a": 1, "b": 2}) == input_key({"b": 2, "a": 1})


def test_long_inputs_are_kept_as_hashes(tmp_path: Path) -> None:
    records = Records(tmp_path)
    inputs = {"leaves": ["word " * 1000], "seed": 4, "betas": (0.9, 0.95)}
    record = records.start("generate", inputs)
    assert records.find("generate", inputs) == record
    assert len(record.inputs["leaves"]) == 64
    assert record.inputs["seed"] == 4
    assert records.find("generate", {**inputs, "leaves": ["word " * 1000 + "more"]}) is None
