import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from core.errors import LabtopError
from core.evaluation.task_rows import Question
from core.evaluation.tasks import Task, check_shots, find_task_files, read_task, read_tasks, task_from_file

ROW = {"question": " Where is it? ", "choices": ["here", "there", "nowhere", "far off"], "answer": 2}

CURRENT = """\
task: mmlu_pr_domes
dataset_path: json
dataset_kwargs:
  data_files:
    test: {data}
test_split: test
output_type: multiple_choice
doc_to_text: "{{{{question.strip()}}}}"
doc_to_choice: "{{{{choices}}}}"
doc_to_target: "{{{{answer}}}}"
target_delimiter: ""
num_fewshot: 0
metric_list:
- {{metric: acc, aggregation: mean, higher_is_better: true}}
- {{metric: acc_norm, aggregation: mean, higher_is_better: true}}
tag: mmlu_pr
"""


def write_task(folder: Path, rows: list[Any], name: str = "domes") -> Path:
    """A task as generation writes it: the data file by its absolute path."""
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / f"mmlubench_{name}.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    file = folder / f"{name}_task.yaml"
    file.write_text(CURRENT.format(data=data).replace("mmlu_pr_domes", f"mmlu_pr_{name}"))
    return file


def test_generated_task_is_read(tmp_path: Path) -> None:
    task = read_task(write_task(tmp_path, [ROW]))
    assert task.name == "mmlu_pr_domes"
    assert task.questions == (Question("Where is it?", ("here", "there", "nowhere", "far off"), 2),)
    assert (task.few_shots, task.target_delimiter) == (0, "")


def test_moved_dataset_is_found_next_to_its_task(tmp_path: Path) -> None:
    write_task(tmp_path / "old", [ROW])
    shutil.move(tmp_path / "old", tmp_path / "new")
    assert len(read_task(tmp_path / "new" / "domes_task.yaml").questions) == 1


def test_older_form_with_group_and_include_is_read(tmp_path: Path) -> None:
    (tmp_path / "_default_template_yaml").write_text(
        "group: mmlu_pr\ndataset_path: json\ntest_split: test\noutput_type: multiple_choice\n"
        'doc_to_text: "{{question.strip()}}\\nA. {{choices[0]}}\\nB. {{choices[1]}}\\nAnswer:"\n'
        'doc_to_choice: ["A", "B", "C", "D"]\ndoc_to_target: answer\n'
    )
    (tmp_path / "domes.jsonl").write_text(json.dumps({**ROW, "answer": "D"}) + "\n")
    (tmp_path / "domes.yaml").write_text(
        "include: _default_template_yaml\ntask: mmlu_pr_domes\ndataset_kwargs: {data_files: {test: domes.jsonl}}\n"
    )
    (tmp_path / "knowledge_recipe.yaml").write_text("datasets: []\n")
    (task,) = read_tasks(find_task_files(tmp_path))
    assert task.questions == (Question("Where is it?\nA. here\nB. there\nAnswer:", ("A", "B", "C", "D"), 3),)


def test_a_folder_may_hold_all_forms(tmp_path: Path) -> None:
    write_task(tmp_path, [ROW], "domes")
    for name, field in (("spires", "tag"), ("arches", "group")):
        file = write_task(tmp_path, [ROW], name)
        file.rename(tmp_path / f"{name}.yaml")
        (tmp_path / f"{name}.yaml").write_text((tmp_path / f"{name}.yaml").read_text().replace("tag:", f"{field}:"))
    names = sorted(task.name for task in read_tasks(find_task_files(tmp_path)))
    assert names == ["mmlu_pr_arches", "mmlu_pr_domes", "mmlu_pr_spires"]


def test_newest_run_of_a_datasets_folder_is_used(tmp_path: Path) -> None:
    write_task(tmp_path / "2026-01-02" / "node_datasets_2026-01-02T10_00_00", [ROW], "newer")
    write_task(tmp_path / "node_datasets_2026-01-01T23_00_00", [ROW], "older")
    assert [file.name for file in find_task_files(tmp_path)] == ["newer_task.yaml"]
    one_run = tmp_path / "node_datasets_2026-01-01T23_00_00"
    assert [file.name for file in find_task_files(one_run)] == ["older_task.yaml"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({**ROW, "choices": ["one", "two", "three"]}, "3 choices"),
        ({**ROW, "choices": "one two three four"}, "does not fit"),
        ({**ROW, "answer": 4}, "given as 4"),
        ({**ROW, "answer": -1}, "given as"),
        ({**ROW, "answer": True}, "given as"),
        ({**ROW, "choices": ["one", "two", " ", "four"]}, "is empty"),
        ({**ROW, "choices": ["one", "two", 3, "four"]}, "not text"),
        ({**ROW, "choices": ["one", "two", "\ud800", "four"]}, "an unpaired surrogate"),
        ({**ROW, "question": "Where\ud800?"}, "an unpaired surrogate"),
        ({**ROW, "choices": ["here", "there", "here", "far off"]}, "choices A and C .* the same: here"),
        ({**ROW, "choices": ["here", " here", "here ", "here"]}, "choices A, B, C and D .* the same: here"),
        ({**ROW, "choices": ["here", "there", "here", "there"]}, "choices A and C .* the same: here"),
        ({"question": "Where?"}, "does not fit"),
        ([], "not a JSON record"),
    ],
)
def test_invalid_row_is_named_with_its_line(tmp_path: Path, row: Any, words: str) -> None:
    with pytest.raises(LabtopError, match=r"mmlubench_domes.jsonl, line 2: .*" + words):
        read_task(write_task(tmp_path, [ROW, row]))


def test_equal_choices_of_letters_are_found_in_the_row(tmp_path: Path) -> None:
    """The letters differ, but the model reads the same text twice in the prompt."""
    file = write_task(tmp_path, [ROW, {**ROW, "choices": ["here", "there", "here", "far off"]}])
    file.write_text(file.read_text().replace('"{{choices}}"', "[A, B, C, D]"))
    with pytest.raises(LabtopError, match=r"mmlubench_domes.jsonl, line 2: the choices A and C") as error:
        read_task(file)
    assert "Where is it?" in error.value.message


@pytest.mark.parametrize("template", ["{{1 // (answer - 2)}}", "{{question[answer:0:0]}}", "{{'%(x)s' % {}}}"])
def test_template_that_fails_on_a_row_is_an_error(tmp_path: Path, template: str) -> None:
    file = write_task(tmp_path, [ROW])
    file.write_text(file.read_text().replace("{{question.strip()}}", template))
    with pytest.raises(LabtopError, match=r"line 1: this row does not fit domes_task\.yaml"):
        read_task(file)


def test_truncated_line_is_named(tmp_path: Path) -> None:
    file = write_task(tmp_path, [ROW])
    with (tmp_path / "mmlubench_domes.jsonl").open("a") as stream:
        stream.write('\n{"question": "Wh')
    with pytest.raises(LabtopError, match="line 3: this is not a JSON record"):
        read_task(file)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("test_split: test", "test_split: [test", "line 7"),
        ("task: mmlu_pr_domes", "# no name", "no name"),
        ("output_type: multiple_choice", "output_type: generate_until", "generate_until"),
        ("dataset_path: json", "dataset_path: cais/mmlu", "JSON lines"),
        ("mmlubench_domes.jsonl", "elsewhere.jsonl", "neither at"),
        ("{{question.strip()}}", "{{question.strip(}}", "template"),
        ("tag: mmlu_pr", "process_docs: !function utils.process", "line 16.*!function"),
        ("tag: mmlu_pr", "include: domes_task.yaml", "includes itself"),
        # A template that reaches for Python's inner parts is refused, not run.
        ("{{question.strip()}}", "{{question.__class__.__mro__}}", "unsafe"),
    ],
)
def test_invalid_task_file_is_an_error(tmp_path: Path, old: str, new: str, words: str) -> None:
    file = write_task(tmp_path, [ROW])
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(LabtopError, match=words) as caught:
        read_task(file)
    assert "domes_task.yaml" in caught.value.message


def test_missing_tasks_folder_or_questions_are_errors(tmp_path: Path) -> None:
    with pytest.raises(LabtopError, match="no folder"):
        find_task_files(tmp_path / "nowhere")
    with pytest.raises(LabtopError, match="no task files"):
        find_task_files(tmp_path)
    with pytest.raises(LabtopError, match="contains no questions"):
        read_task(write_task(tmp_path, []))


def test_two_tasks_of_one_name_are_an_error(tmp_path: Path) -> None:
    write_task(tmp_path / "a", [ROW])
    write_task(tmp_path / "b", [ROW])
    with pytest.raises(LabtopError, match="two tasks named mmlu_pr_domes"):
        read_tasks(find_task_files(tmp_path))


def plain_task(file: Path, *rows: dict[str, Any]) -> Task:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return task_from_file("plain", file)


def test_plain_rows_make_a_task_and_invalid_ones_are_named(tmp_path: Path) -> None:
    task = plain_task(tmp_path / "plain.jsonl", ROW, ROW)
    assert task.questions[0].prompt == "Where is it?"
    assert len(task.limited(1).questions) == 1
    with pytest.raises(LabtopError, match=r"plain\.jsonl, line 2"):
        plain_task(tmp_path / "plain.jsonl", ROW, {**ROW, "answer": "here or there"})


def test_more_examples_than_questions_are_an_error(tmp_path: Path) -> None:
    tasks = [plain_task(tmp_path / "plain.jsonl", ROW, ROW)]
    check_shots(tasks, 1)
    with pytest.raises(LabtopError, match="2 questions"):
        check_shots(tasks, 2)


def test_examples_have_a_split_of_their_own(tmp_path: Path) -> None:
    file = write_task(tmp_path, [ROW])
    text = file.read_text().replace("test_split: test", "test_split: test\nfewshot_split: dev")
    file.write_text(text)
    with pytest.raises(LabtopError, match="no file for its split dev; its data_files have test"):
        read_task(file)
    file.write_text(text.replace("    test: ", "    dev: dev.jsonl\n    test: "))
    with pytest.raises(LabtopError, match="the questions of its split dev are neither"):
        read_task(file)
    (tmp_path / "dev.jsonl").write_text(json.dumps({**ROW, "question": "Where was it?"}) + "\n")
    task = read_task(file)
    assert [question.prompt for question in task.examples] == ["Where was it?"]
    check_shots([task], 1)
    with pytest.raises(LabtopError, match="has 1 example, too few to show 2"):
        check_shots([task], 2)


@pytest.mark.parametrize(
    "template",
    [
        "{% for one in range(99999) %}{% for other in range(99999) %}{% endfor %}{% endfor %}",
        "{{ question.__class__ }}",
        "{{ cycler() }}",
        "{{ 5|dictsort }}",
    ],
)
def test_hostile_templates_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str) -> None:
    monkeypatch.setattr("core.sdg.pipeline.bounded.MAX_SECONDS", 0.2)
    file = write_task(tmp_path, [ROW])
    file.write_text(file.read_text().replace("{{question.strip()}}", template))
    with pytest.raises(LabtopError, match=r"line 1: this row does not fit domes_task\.yaml"):
        read_task(file)


@pytest.mark.parametrize("shots", ["-3", "true", "many"])
def test_invalid_number_of_examples_is_an_error(tmp_path: Path, shots: str) -> None:
    file = write_task(tmp_path, [ROW])
    file.write_text(file.read_text().replace("num_fewshot: 0", f"num_fewshot: {shots}"))
    with pytest.raises(LabtopError, match="num_fewshot"):
        read_task(file)
