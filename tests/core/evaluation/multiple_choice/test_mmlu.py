"""Copies of the data set in both layouts, made here; and lm-eval's own task files as the reference."""

from __future__ import annotations

import csv
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.errors import LabtopError
from core.evaluation.guessers import MARGIN
from core.evaluation.multiple_choice.mmlu import import_mmlu, task_config
from core.evaluation.multiple_choice.scoring import FullChoices
from core.evaluation.task_folders import task_files
from core.evaluation.tasks import read_tasks

SUBJECTS = ("anatomy", "high_school_physics")


def rows(subject: str, split: str) -> list[tuple[str, list[str], int]]:
    count = 5 if split == "dev" else 7
    return [(f'What, in "{subject}", is {n}?', [f"{n}, {m}" for m in range(4)], n % 4) for n in range(count)]


def write_csv(folder: Path) -> None:
    for split in ("dev", "test", "val"):
        (folder / split).mkdir(parents=True)
        for subject in SUBJECTS:
            with (folder / split / f"{subject}_{split}.csv").open("w", newline="") as stream:
                csv.writer(stream).writerows([q, *choices, "ABCD"[a]] for q, choices, a in rows(subject, split))


def write_parquet(folder: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    for subject in (*SUBJECTS, "all", "auxiliary_train"):
        (folder / subject).mkdir(parents=True)
        for split in ("dev", "test", "validation"):
            found = rows(subject, split)
            columns = {
                "question": [question for question, _, _ in found],
                "subject": [subject] * len(found),
                "choices": [choices for _, choices, _ in found],
                "answer": pyarrow.array([answer for _, _, answer in found], pyarrow.int64()),
            }
            parquet.write_table(pyarrow.table(columns), folder / subject / f"{split}-00000-of-00001.parquet")


@pytest.mark.parametrize("write", [write_csv, write_parquet])
def test_both_layouts_become_the_same_tasks(tmp_path: Path, write: Any) -> None:
    write(tmp_path / "copy")
    imported = import_mmlu(tmp_path / "copy", tmp_path / "tasks")
    assert (imported.subjects, imported.questions) == (2, 14)
    anatomy, physics = read_tasks(task_files("mmlu", tmp_path / "tasks"))
    assert (anatomy.name, physics.name) == ("mmlu_anatomy", "mmlu_high_school_physics")
    assert (len(physics.questions), len(physics.examples)) == (7, 5)
    question = physics.questions[6]
    assert question.prompt == ('What, in "high_school_physics", is 6?\nA. 6, 0\nB. 6, 1\nC. 6, 2\nD. 6, 3\nAnswer:')
    assert (question.choices, question.answer) == (("A", "B", "C", "D"), 2)
    assert FullChoices.of([anatomy, physics]) is None  # letters cannot be guessed from their words


def test_equal_choices_of_the_data_set_are_kept(tmp_path: Path) -> None:
    """The real test split repeats an option in nine questions; scores stay comparable only if they are asked."""
    write_csv(tmp_path / "copy")
    (tmp_path / "copy" / "test" / "anatomy_test.csv").write_text("Where?,here,there,far off,here,D\n")
    assert import_mmlu(tmp_path / "copy", tmp_path / "tasks").questions == 8
    assert [len(task.questions) for task in read_tasks(task_files("mmlu", tmp_path / "tasks"))] == [1, 7]


def test_an_earlier_import_is_kept(tmp_path: Path) -> None:
    write_csv(tmp_path / "copy")
    for _ in range(2):
        import_mmlu(tmp_path / "copy", tmp_path / "tasks")
    assert len(list(tmp_path.glob("tasks*"))) == 2


def test_the_tasks_equal_lm_evals() -> None:
    spec = find_spec("lm_eval")
    if spec is None or spec.origin is None:
        pytest.skip("lm-eval is not installed")
    folder = Path(spec.origin).parent / "tasks" / "mmlu" / "default"
    template = yaml.safe_load((folder / "_default_template_yaml").read_text())
    files = list(folder.glob("mmlu_*.yaml"))
    assert len(files) == 57
    for file in files:
        theirs = {**template, **yaml.safe_load(file.read_text())}
        ours = task_config(theirs["dataset_name"])
        for name in ("task", "description", "test_split", "fewshot_split", "fewshot_config", "doc_to_choice"):
            assert ours[name] == theirs[name], file.name
        assert (ours["doc_to_text"], ours["doc_to_target"]) == (theirs["doc_to_text"], theirs["doc_to_target"])


def break_row(folder: Path) -> None:
    (folder / "test" / "anatomy_test.csv").write_text("Where?,a,b,c,d,E\n")


def drop_split(folder: Path) -> None:
    (folder / "dev" / "anatomy_dev.csv").unlink()


def empty_file(folder: Path) -> None:
    (folder / "test" / "anatomy_test.csv").write_text("")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (break_row, "anatomy_test.csv, row 1"),
        (drop_split, "anatomy has no dev questions"),
        (empty_file, "anatomy_test.csv contains no questions"),
    ],
)
def test_an_incomplete_copy_is_named_and_nothing_written(tmp_path: Path, damage: Any, words: str) -> None:
    write_csv(tmp_path / "copy")
    damage(tmp_path / "copy")
    with pytest.raises(LabtopError, match=words):
        import_mmlu(tmp_path / "copy", tmp_path / "tasks")
    assert not (tmp_path / "tasks").exists()


def test_a_folder_without_questions_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LabtopError, match="no MMLU questions"):
        import_mmlu(tmp_path, tmp_path / "tasks")
    (tmp_path / "group.yaml").write_text("group: mmlu\ntask: [mmlu_stem]\n")
    (tmp_path / "_template.yaml").write_text("dataset_path: json\n")
    with pytest.raises(LabtopError, match="no task files"):
        task_files("mmlu", tmp_path)


def test_mmlu_that_is_not_here_names_the_way_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABTOP_HOME", str(tmp_path))
    with pytest.raises(LabtopError) as error:
        task_files("mmlu", None)
    assert "--import-mmlu" in (error.value.hint or "")


def test_general_knowledge_needs_knowledge() -> None:
    tasks = read_tasks(task_files("general_knowledge", None))
    full = FullChoices.of(tasks)
    assert full is not None and full.found.n >= 100
    assert full.found.best <= full.found.chance + MARGIN
    assert not any("mmlu" in task.name for task in tasks)
    prompts = [question.prompt for task in tasks for question in (*task.questions, *task.examples[:5])]
    assert len({json.dumps(prompt) for prompt in prompts}) == full.found.n + 5
    for place in range(4):
        share = sum(question.answer == place for task in tasks for question in task.questions) / full.found.n
        assert 0.15 < share < 0.35
