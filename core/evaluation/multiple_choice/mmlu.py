"""Converting a local copy of the MMLU data set (Hendrycks et al., 2021) to task files.

Two layouts are known: the authors' archive, `{dev,test}/<subject>_{dev,test}.csv` with rows of question, four choices
and the right letter; and that of Hugging Face's cais/mmlu, `<subject>/{dev,test}-*.parquet` with question, choices and
the answer's index. The tasks are lm-eval's (0.4.13, `tasks/mmlu/default`): the same names, prompts and examples.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from core.errors import LabtopError
from core.evaluation.task_rows import EQUAL_CHOICES
from core.files import atomic_directory, back_up

SPLITS = ("test", "dev")
"""Of which the second holds the few-shot examples."""

LETTERS = "ABCD"

PROMPT = "{{question.strip()}}\nA. {{choices[0]}}\nB. {{choices[1]}}\nC. {{choices[2]}}\nD. {{choices[3]}}\nAnswer:"

NOT_SUBJECTS = frozenset(("all", "auxiliary_train"))

HINT = (
    "Pass the folder of the authors' archive, with dev/ and test/ of CSV files, or that of cais/mmlu from Hugging Face,"
    " with a folder of Parquet files for each subject."
)

Row = dict[str, Any]


@dataclass(frozen=True)
class Imported:
    """What was converted."""

    subjects: int
    questions: int
    folder: Path


def import_mmlu(source: Path, target: Path) -> Imported:
    """Write a task file and two files of questions for each subject; an earlier import is kept as a backup.

    Raises LabtopError, and writes nothing, if a subject is incomplete or a row is invalid.
    """
    if not source.is_dir():
        raise LabtopError(f"There is no folder {source}.", hint=HINT)
    subjects = _csv_subjects(source) or _parquet_subjects(source)
    if not subjects:
        raise LabtopError(f"{source} holds no MMLU questions.", hint=HINT)
    questions = 0
    found: dict[str, dict[str, list[Row]]] = {}
    for subject, files in sorted(subjects.items()):
        for split in SPLITS:
            if split not in files:
                raise LabtopError(f"{source}: the subject {subject} has no {split} questions.", hint=HINT)
            rows = [row for file in files[split] for row in _rows(file)]
            if not rows:
                raise LabtopError(f"{files[split][0]} contains no questions.", hint=HINT)
            found.setdefault(subject, {})[split] = rows
        questions += len(found[subject]["test"])
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        back_up(target)
    with atomic_directory(target) as folder:
        for subject, splits in found.items():
            _write(folder, subject, splits)
    return Imported(len(found), questions, target)


def _csv_subjects(source: Path) -> dict[str, dict[str, list[Path]]]:
    subjects: dict[str, dict[str, list[Path]]] = {}
    for split in SPLITS:
        for folder in (source / split, source / "data" / split):
            for file in folder.glob(f"*_{split}.csv"):
                subjects.setdefault(file.name.removesuffix(f"_{split}.csv"), {})[split] = [file]
    return subjects


def _parquet_subjects(source: Path) -> dict[str, dict[str, list[Path]]]:
    subjects: dict[str, dict[str, list[Path]]] = {}
    for file in sorted(source.glob("*/*.parquet")):
        split = file.name.partition("-")[0]
        if split in SPLITS and file.parent.name not in NOT_SUBJECTS:
            subjects.setdefault(file.parent.name, {}).setdefault(split, []).append(file)
    return subjects


def _rows(file: Path) -> Iterator[Row]:
    try:
        for number, row in enumerate(_from_csv(file) if file.suffix == ".csv" else _from_parquet(file), 1):
            question, choices, answer = row
            valid = isinstance(question, str) and len(choices) == len(LETTERS) and answer in range(len(LETTERS))
            if not valid or not all(isinstance(choice, str) for choice in choices):
                raise LabtopError(
                    f"{file}, row {number}: this is no question with four choices and an answer.", hint=HINT
                )
            yield {"question": question, "choices": list(choices), "answer": int(answer)}
    except (OSError, UnicodeDecodeError, csv.Error, ValueError, KeyError) as error:
        raise LabtopError(f"{file} cannot be read: {str(error).partition(chr(10))[0]}.", hint=HINT) from error


def _from_csv(file: Path) -> Iterator[tuple[Any, Any, Any]]:
    with file.open(encoding="utf-8", newline="") as stream:
        for row in csv.reader(stream):
            letter = row[5].strip() if len(row) == 6 else ""
            yield row[0], row[1:5], LETTERS.find(letter) if letter else -1


def _from_parquet(file: Path) -> Iterator[tuple[Any, Any, Any]]:
    try:
        from pyarrow import parquet  # takes a moment, and comes with the extra `eval`
    except ImportError as error:
        raise LabtopError(
            "pyarrow is required to read Parquet files, but not installed.",
            hint="Install evaluation, in labtop's folder: pip install '.[eval]'",
        ) from error
    for row in parquet.ParquetFile(file).read(columns=["question", "choices", "answer"]).to_pylist():
        yield row["question"], row["choices"], row["answer"]


def _write(folder: Path, subject: str, splits: dict[str, list[Row]]) -> None:
    for split, rows in splits.items():
        lines = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
        (folder / f"{subject}_{split}.jsonl").write_text(lines, encoding="utf-8")
    text = yaml.safe_dump(task_config(subject), sort_keys=False, allow_unicode=True)
    (folder / f"mmlu_{subject}.yaml").write_text(text, encoding="utf-8")


def task_config(subject: str) -> dict[str, Any]:
    """lm-eval's task of a subject, with the questions in files next to it."""
    about = subject.replace("_", " ")
    return {
        "task": f"mmlu_{subject}",
        "description": f"The following are multiple choice questions (with answers) about {about}.\n\n",
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {split: f"{subject}_{split}.jsonl" for split in SPLITS}},
        "test_split": "test",
        "fewshot_split": "dev",
        "fewshot_config": {"sampler": "first_n"},
        "output_type": "multiple_choice",
        "doc_to_text": PROMPT,
        "doc_to_choice": list(LETTERS),
        "doc_to_target": "answer",
        "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
        # Nine questions of the test split repeat a choice: https://github.com/hendrycks/test/issues/29
        "metadata": {"version": 1.0, "format": "lm-eval 0.4.13", EQUAL_CHOICES: "kept"},
    }
