"""The Evaluate pane, over folders of jobs that were never run."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from textual.pilot import Pilot

from core.evaluation.results import ModelResult, TaskResult, write_result
from core.sdg.datasets.taught import Taught
from tests.core.overview.jobs import FakeJob, model_folder
from tests.tui.helpers import screen_text, shows, until
from tests.tui.picture import both_sizes, looks_like
from tests.tui.screens.evaluate.conftest import write_facts
from tui.app import Workbench
from tui.screens.evaluate.pane import EvaluatePane
from tui.screens.forms.dialog import FormDialog
from tui.screens.shared.why_dialog import WhyDialog
from tui.screens.taxonomy.pane import TaxonomyPane

LEAF = """\
version: 3
created_by: tester
domain: ships
seed_examples:
  - context: |
      The Petrel is a ship.
    questions_and_answers:
      - question: What is the Petrel?
        answer: A ship.
"""


async def opened(app: Workbench, pilot: Pilot[object]) -> EvaluatePane:
    await pilot.press("5")
    await until(lambda: isinstance(app.screen, EvaluatePane))
    pane = app.screen
    assert isinstance(pane, EvaluatePane)
    await until(lambda: pane.models.cursor_key is not None)
    return pane


def write_ratings(folder: Path, ratings: list[float | None]) -> None:
    """An evaluation of a model by a judge."""
    model, file = model_folder(folder / "models/student"), folder / "rated.json"
    result = ModelResult.of(str(model), "rating", {"writing": TaskResult.rated(ratings)})
    answers = [
        {
            "kind": "writing",
            "question": f"Describe harbour {n}.",
            "answer": "Deep.",
            "score": rating,
            "judgement": "It is clear.",
        }
        for n, rating in enumerate(ratings)
    ]
    write_result(file, "key", result, answers=answers)
    job = FakeJob("evaluate", 900, {"model": str(model)})
    rows = [{**result.summary(), "file": str(file)}]
    job.end(result={"benchmark": "mt_bench", "results": rows}).write("evaluate-b2c4d")


def fixed(folder: Path) -> dict[str, str]:
    """A folder whose name differs in each run."""
    return {folder.name: "t-" + "0" * (len(folder.name) - 2)}


@both_sizes
async def test_scores_and_questions(scores: Path, size: tuple[int, int]) -> None:
    app = Workbench()
    async with app.run_test(size=size) as pilot:
        pane = await opened(app, pilot)
        await pilot.press("end")
        words = ("samples_1440", "50.0 ± 5.2", "better", "the best answer in 2 of 3")
        await looks_like(app, "evaluate", *words, shown_as=fixed(scores))
        await pilot.press("enter")
        await looks_like(
            app,
            "evaluate-questions",
            "[all 40]",
            "better 19",
            "worse 1",
            "wrong 20",
            "A carpenter",
            shown_as=fixed(scores),
        )
        await pilot.press("v", "v")
        await shows(app, "[worse 1]", "When does the Petrel sail?", "I cannot say.", "It sails on Mondays.")
        await pilot.press("escape", "h")
        await shows(app, "mmlu_branch", "62.0 ± 5.0")
        assert pane.has_class("-curve") or size[0] < 100


async def test_header_is_as_before_when_the_questions_are_left(scores: Path) -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        await pilot.press("end")
        await shows(app, "MODEL", "facts", "mmlu_branch")
        before = screen_text(app).split("\n")[1:3]
        await pilot.press("enter")
        await shows(app, "[all 40]")
        await pilot.press("escape")
        await until(lambda: screen_text(app).split("\n")[1:3] == before)


async def test_detail_can_be_scrolled_and_fill_the_pane(scores: Path) -> None:
    file = scores / "tuned.json"
    record = json.loads(file.read_text())
    for answer in record["answers"]:
        answer["answer"] = "word " * 200
    file.write_text(json.dumps(record))
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await opened(app, pilot)
        await pilot.press("h", "end", "z")
        await until(lambda: pane.query_one("#evaluate-curve").region.height > 5)
        assert not pane.query_one("#evaluate-lists").display
        await pilot.press("escape")
        await until(lambda: pane.models.has_focus and pane.models.region.height > 5)
        await pilot.press("h", "enter")
        await until(lambda: pane.opened is not None)
        side = pane.query_one("#evaluate-detail")
        await until(lambda: side.max_scroll_y > 0)
        await pilot.press("tab", "j", "down")
        await until(lambda: side.scroll_y == 2)
        await pilot.press("k")
        await until(lambda: side.scroll_y == 1)
        await pilot.press("tab", "down")
        await until(lambda: pane.questions.has_focus and side.scroll_y == 0)
        await pilot.press("z")
        await until(lambda: side.has_focus and side.region.height > 20)
        await pilot.press("z")
        await until(lambda: pane.questions.has_focus)
        assert pane.opened is not None


async def test_marked_model_is_the_reference(scores: Path) -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await opened(app, pilot)
        await pilot.press("h", "end", "up", "space", "down")
        await shows(app, "against phase2/samples_960", "-2.0")
        await pilot.press("o")
        await until(lambda: "samples_480" not in screen_text(app))
        await pilot.press("slash", *"student", "enter")
        await until(lambda: [one.name for one in pane.listed] == ["student"])


async def test_wrong_answer_leads_to_its_leaf(scores: Path, tmp_path: Path) -> None:
    taxonomy = tmp_path / "taxonomy"
    leaf = taxonomy / "knowledge/ships/petrel/qna.yaml"
    leaf.parent.mkdir(parents=True)
    leaf.write_text(LEAF)
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        await pilot.press("end", "enter")
        await shows(app, "[all 40]")
        await pilot.press("v", "v", "enter")
        await until(lambda: isinstance(app.screen, WhyDialog))
        words = ("It sails on Mondays.", "knowledge_ships_petrel", "i write a seed example")
        await looks_like(app, "evaluate-why", *words, shown_as=fixed(scores))
        await pilot.press("i")
        await until(lambda: isinstance(app.screen, TaxonomyPane))
        pane = app.screen
        assert isinstance(pane, TaxonomyPane)
        await until(lambda: "- question: When does the Petrel sail?\n        answer:\n" in pane.leaf.editor.text)
        assert pane.leaf.editor.document.get_line(pane.leaf.editor.cursor_location[0]) == "        answer:"
        assert leaf.read_text() == LEAF, "it is saved by the user"
        await pilot.press("ctrl+z")


async def test_what_was_taught_is_wrapped(fixed_time: None) -> None:
    words = [f"word{number}" for number in range(40)]
    taught = Taught(1.0, "Which words?", " ".join(words), "leaf", "", (), "data.jsonl", 1)
    app = Workbench()
    async with app.run_test(size=(80, 24)):
        app.push_screen(WhyDialog("Which words?", [taught], app.context.glyphs))
        await shows(app, *words)


async def test_forms_and_export(scores: Path) -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        pane = await opened(app, pilot)
        await pilot.press("end", "ctrl+s")
        reports = scores / "data/reports"
        await until(lambda: len(list(reports.glob("*/scores.md"))) == 1)
        written = next(reports.glob("*/scores.md"))
        assert "| phase2/samples_1440 | 50.0 ± 5.2 | 60.0 ± 5.0 |" in written.read_text()
        assert len(json.loads(written.with_suffix(".json").read_text())) == 4
        await pilot.press("enter")
        await until(lambda: pane.opened is not None)
        await pilot.press("ctrl+s")
        await until(lambda: any(reports.glob("*/questions-facts-*.md")))
        await pilot.press("escape", "e")
        await until(lambda: isinstance(app.screen, FormDialog))
        await shows(app, "samples_1440", "--base-model")
        await pilot.press("escape")
        await until(lambda: app.screen is pane)
        await pilot.press("home", "e")
        await until(lambda: isinstance(app.screen, FormDialog))
        await shows(app, "models/student", "the same command")
        assert "--base-model" not in screen_text(app), "a model is not compared with itself"


async def test_running_evaluation_fills_the_list(fixed_time: None) -> None:
    job = FakeJob("evaluate", 20, {"model": "/models/new"}).start("evaluate")
    job.add("score", "evaluate", benchmark="mmlu_branch", model="/models/new", score=0.75, stderr=0.05, n=85)
    lock = job.write("evaluate-e5f6g").take_lock()
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        await shows(app, "new", "75.0 ± 5.0", "evaluate-e5f6g", "measured  now")
    os.close(lock)


async def test_first_benchmark_is_the_same_if_the_pane_was_opened_earlier(fixed_time: None) -> None:
    def scored(name: str, benchmark: str, age: float) -> None:
        job = FakeJob("evaluate", age, {"model": "/models/new"}).stage("evaluate")
        rows = [{"score": 0.75, "stderr": 0.05, "n": 85}]
        job.end(result={"benchmark": benchmark, "results": rows}).write(name)

    scored("evaluate-a1b2c", "mmlu_branch", 100)
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await opened(app, pilot)
        assert pane.benchmarks == ["mmlu_branch"]
        scored("evaluate-d3e4f", "facts, plain", 50)
        await until(lambda: len(pane.benchmarks) == 2)
        assert pane.benchmarks[0] == pane.found.benchmarks[0] == "facts, plain"


async def test_running_evaluation_shows_each_task(scores: Path) -> None:
    student = str(scores / "models/student")
    job = FakeJob("evaluate", 60, {"model": student, "base_model": "/models/base"}).start("evaluate")
    rows = {"anatomy": (0.5, 0.06), "law": (0.72, 0.02)}
    tasks = {name: {"score": score, "stderr": stderr, "n": 100} for name, (score, stderr) in rows.items()}
    file = scores / "base-mmlu.json"
    whole = {name: TaskResult.of([True, False], []) for name in ("anatomy", "law", "physics")}
    write_result(file, "key", ModelResult.of("/models/base", "acc", whole))
    job.add("artifact", "evaluate", kind="report", path=str(file), summary={"model": "/models/base"})
    job.add("score", "evaluate", benchmark="mmlu", model="/models/base", score=0.5, stderr=0.2, n=6)
    job.add("task_scores", "evaluate", benchmark="mmlu", model=student, total=57, tasks=tasks)
    lock = job.write("evaluate-e5f6g").take_lock()
    app = Workbench()
    async with app.run_test(size=(80, 40)) as pilot:
        pane = await opened(app, pilot)
        assert pane.benchmarks[0] == "mmlu"
        pane.models.move_to_key(student)
        await shows(app, "61.0 (2/57)", "2 of 57 tasks", "61.0 ± 3.2  n=200", "anatomy", "50.0 ± 6.0", "72.0 ± 2.0")
        assert "against" not in screen_text(app), "other tasks are not compared"
        pane.models.move_to_key("/models/base")
        await shows(app, "50.0 ± 20.0  n=6", "physics", "50.0 ± 28.9")
        chosen = pane.benchmarks[1]
        await pilot.press("h")
        found = pane.found
        pane.read_again()
        await until(lambda: pane.found is not found)
        assert pane.benchmarks[0] == chosen, "the user has chosen it"
    os.close(lock)


async def test_checkpoint_lists_its_tasks(scores: Path) -> None:
    """The result of a training has only the file of a checkpoint's score."""
    leaves = {"knowledge_ships": [True] * 9 + [False], "knowledge_birds": [True] * 3 + [False] * 7}
    result = ModelResult.of("tuned", "acc_norm", {name: TaskResult.of(right, []) for name, right in leaves.items()})
    file = scores / "checkpoint.json"
    write_result(file, "key", result)
    path = str(model_folder(scores / "phased/phase1/checkpoints/hf_format/samples_99"))
    row = {"path": path, "score": result.score, "stderr": result.stderr, "n": result.n, "file": str(file)}
    job = FakeJob("train", 30, {})
    job.end(result={"best": path, "phases": [{"criterion": "mmlu_pr", "checkpoints": [row]}]}).write("train-n9n9n")
    app = Workbench()
    async with app.run_test(size=(80, 40)) as pilot:
        pane = await opened(app, pilot)
        while pane.benchmarks[0] != "mmlu_pr":
            await pilot.press("h")
        pane.models.move_to_key(path)
        await shows(app, "60.0 ± ", "knowledge_ships", "90.0 ± ", "knowledge_birds", "30.0 ± ")


@both_sizes
async def test_ratings_are_drawn_as_a_histogram(fixed_time: None, short_path: Path, size: tuple[int, int]) -> None:
    write_ratings(short_path, [9, 8, 8, 7, 7, 7, 6, 6, 4, None])
    app = Workbench()
    async with app.run_test(size=size) as pilot:
        pane = await opened(app, pilot)
        await pilot.press("enter")
        await shows(app, "[all 10]", "It is clear.")
        chart = pane.query_one("#evaluate-ratings")
        if size[0] < 100:
            assert not chart.display
            await pilot.press("z")
        await until(lambda: chart.region.height == 12)
        await looks_like(app, "evaluate-ratings", "9 values", "median 7", "rating 9", shown_as=fixed(short_path))


@pytest.mark.parametrize("ascii_only", [False, True])
async def test_no_scores(fixed_time: None, ascii_only: bool) -> None:
    app = Workbench(ascii_only=ascii_only)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("5")
        await shows(app, "No model has been scored yet.", "e Evaluate")
        assert not ascii_only or screen_text(app).isascii()


async def test_questions_that_were_not_stored_are_an_error(scores: Path) -> None:
    (scores / "tuned.json").unlink()
    app = Workbench()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(app, pilot)
        await pilot.press("end", "enter")
        await shows(app, "tuned.json", "No such file")


async def test_scores_that_are_measured_again_are_compared_again(scores: Path) -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await opened(app, pilot)
        await pilot.press("end")
        await until(lambda: "19 gained, 1 lost" in str(pane.detail.content))
        assert pane.chosen is not None
        row = write_facts(scores / "tuned.json", Path(pane.chosen.path), {1, 5, 30})
        job = FakeJob("evaluate", 5, {"model": pane.chosen.path})
        job.end(result={"benchmark": "facts", "results": [row]}).write("evaluate-f6g7h")
        await until(lambda: "1 gained, 0 lost" in str(pane.detail.content))


async def test_huge_answer_is_cut(scores: Path) -> None:
    file = scores / "tuned.json"
    record = json.loads(file.read_text())
    record["answers"][0]["answer"] = "word " * 1_000_000
    file.write_text(json.dumps(record))
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await opened(app, pilot)
        await pilot.press("end", "enter")
        await until(lambda: pane.opened is not None)
        await shows(app, "word word")
        text = str(pane.detail.content)
        assert "4,980,000 more characters: ctrl+s" in text and len(text) < 50_000


async def test_exported_questions_hold_no_terminal_escapes(scores: Path) -> None:
    file = scores / "tuned.json"
    record = json.loads(file.read_text())
    record["answers"][0]["answer"] = "\x1b[31mred"
    file.write_text(json.dumps(record))
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await opened(app, pilot)
        await pilot.press("end", "enter")
        await until(lambda: pane.opened is not None)
        await pilot.press("ctrl+s")
        reports = scores / "data/reports"
        await until(lambda: any(reports.glob("*/questions-facts-*.md")))
        text = next(reports.glob("*/questions-facts-*.md")).read_text()
        assert "[31mred" in text and "\x1b" not in text
