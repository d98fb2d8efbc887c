"""The files of a run, with InstructLab's names and record formats, so that its tools can read them."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from core.documents.chunking import Chunk
from core.files import sync_folder, write_atomic
from core.sdg.datasets.exclusion import Exclusion
from core.sdg.datasets.jsonl import read_lines, write_lines
from core.sdg.datasets.mixing import Ingredient, Recipe, mix
from core.sdg.datasets.records import (
    Record,
    closed_book_records,
    document_records,
    raft_records,
    skill_question,
    skill_records,
    text_records,
)
from core.sdg.engine.finished import StoredRows
from core.sdg.engine.progress import Tally
from core.sdg.engine.rows import Row
from core.sdg.options import MixOptions
from core.taxonomy.format.leaf import Leaf

LETTERS = "ABCD"
"""The letters of choices in the teacher's replies."""


@dataclass
class LeafResult:
    """What was generated for one leaf."""

    leaf: Leaf
    name: str
    """The stem of its files."""
    chunks: Sequence[Chunk] = ()
    rows: Sequence[Row] = ()
    choices: list[Row] = field(default_factory=list)


def distinct_rows(
    rows: StoredRows, columns: Sequence[str], exclusion: Exclusion, tally: Tally, checked: Callable[[], None]
) -> StoredRows:
    """The first of each set of rows that are equal in `columns`, without excluded questions."""
    seen: set[bytes] = set()

    def keeps(row: Row) -> bool:
        checked()
        key = "\0".join(" ".join(str(row[column]).casefold().split()) for column in columns)
        digest = hashlib.blake2b(key.encode(), digest_size=16).digest()
        tally.add(produced=1, parsed=1)
        if digest in seen:
            tally.reject("duplicate")
            return False
        if exclusion.holds(row["question"]):
            tally.reject("held out")
            return False
        tally.add(kept=1)
        seen.add(digest)
        return True

    return rows.where(keeps)


def choice_record(row: Row, domain: str, seed: int) -> Record | None:
    """A row of a multiple-choice task; None if two of its choices are the same.

    The order of the choices is drawn by the seed and the question, since teachers prefer some letters.
    """
    choices = [row[letter.lower()] for letter in LETTERS]
    if len({" ".join(choice.casefold().split()) for choice in choices}) < len(choices):
        return None
    order = list(range(len(choices)))
    random.Random(f"{seed}:{row['question']}".encode("utf-8", "replace")).shuffle(order)
    return {
        "question": row["question"],
        "choices": [choices[place] for place in order],
        "answer": order.index(LETTERS.index(row["correct"])),
        "subject": domain,
        "document": row["document"],
    }


class DatasetWriter:
    """Writes the files of one run into its folder."""

    def __init__(self, folder: Path, timestamp: str, mix_options: MixOptions, seed: int, system_prompt: str) -> None:
        self.folder = folder
        self.timestamp = timestamp
        self.options = mix_options
        self.seed = seed
        self.system_prompt = system_prompt
        self.counts: dict[str, int] = {}
        """Records of each file, by its path in the folder."""
        self.nodes = f"node_datasets_{timestamp}"

    def write(self, results: Sequence[LeafResult]) -> dict[str, str]:
        """Write all files; returns the paths of the main ones by their kind, sorted."""
        knowledge, skills = self._recipe(), self._recipe()
        for result in results:
            self._lines(f"generated_{self.timestamp}/{result.name}.jsonl", map(_generated, _NamedRows(result)))
            if result.leaf.kind == "knowledge":
                self._knowledge(result, knowledge, skills)
            elif result.rows:
                path = f"{self.nodes}/{result.name}.jsonl"
                self._lines(path, skill_records(result.rows, result.leaf.kind, result.leaf.task.strip(), result.name))
                skills.ingredients.append(Ingredient(path, self.options.skills_per_leaf))
        files = {"messages": f"messages_{self.timestamp}.jsonl"}
        self._lines(files["messages"], self._messages(results))
        files["train"] = f"train_{self.timestamp}.jsonl"
        self._lines(files["train"], self._train(results))
        files["test"] = f"test_{self.timestamp}.jsonl"
        self._lines(files["test"], self._test(results))
        for kind, recipe in (("knowledge", knowledge), ("skills", skills)):
            files[f"{kind}_recipe"] = f"{kind}_recipe_{self.timestamp}.yaml"
            write_atomic(self.folder / files[f"{kind}_recipe"], recipe.to_yaml(), sync=True)
            if recipe.ingredients:
                files[f"{kind}_train"] = f"{kind}_train_msgs_{self.timestamp}.jsonl"
                self._lines(files[f"{kind}_train"], mix(recipe, lambda path: read_lines(self.folder / path)))
        sync_folder(self.folder)
        return {name: str(self.folder / path) for name, path in sorted(files.items())}

    def _recipe(self) -> Recipe:
        return Recipe(self.system_prompt, self.seed, self.options.switches())

    def _lines(self, path: str, records: Iterable[dict[str, Any]]) -> None:
        self.counts[path] = write_lines(self.folder / path, records)

    def _knowledge(self, result: LeafResult, knowledge: Recipe, skills: Recipe) -> None:
        rows = _NamedRows(result)

        def plain() -> Iterator[Record]:
            if self.options.document_rows:
                yield from document_records(rows)
            if self.options.closed_book:
                yield from closed_book_records(rows)
            if self.options.document_text:
                yield from text_records(result.chunks, result.leaf.domain.strip(), result.name)

        def retrieval() -> Iterator[Record]:
            if self.options.document_rows:
                yield from raft_records(rows, f"{self.seed}:{result.name}")
            yield from plain()

        for suffix, records, recipe in (("p07", plain(), knowledge), ("p10", retrieval(), skills)):
            first = next(records, None)
            if first is not None:
                path = f"{self.nodes}/{result.name}_{suffix}.jsonl"
                self._lines(path, chain([first], records))
                recipe.ingredients.append(Ingredient(path, 1.0))
        if result.choices:
            self._task(result)

    def _task(self, result: LeafResult) -> None:
        """The leaf's own evaluation task, in the format of lm-eval."""
        path = f"{self.nodes}/mmlubench_{result.name}.jsonl"
        self._lines(path, result.choices)
        accuracy = [
            {"metric": metric, "aggregation": "mean", "higher_is_better": True} for metric in ("acc", "acc_norm")
        ]
        task = {
            "task": result.name,
            "tag": "mmlu_pr",
            "dataset_path": "json",
            "dataset_kwargs": {"data_files": {"test": str((self.folder / path).absolute())}},
            "test_split": "test",
            "output_type": "multiple_choice",
            "doc_to_text": "{{question.strip()}}",
            "doc_to_choice": "{{choices}}",
            "doc_to_target": "{{answer}}",
            "target_delimiter": "",
            "num_fewshot": 0,
            "metric_list": accuracy,
            "metadata": {"version": 1.0},
        }
        text = yaml.safe_dump(task, sort_keys=False, allow_unicode=True)
        write_atomic(self.folder / self.nodes / f"{result.name}_task.yaml", text, sync=True)

    def _messages(self, results: Iterable[LeafResult]) -> Iterator[dict[str, Any]]:
        for user, assistant in _asked(results):
            turns = [{"role": "user", "content": user}, {"role": "assistant", "content": assistant}]
            metadata = json.dumps({"system": self.system_prompt}, ensure_ascii=False)
            yield {"messages": turns, "metadata": metadata}

    def _train(self, results: Iterable[LeafResult]) -> Iterator[dict[str, Any]]:
        for user, assistant in _asked(results):
            yield {"system": self.system_prompt, "user": user, "assistant": assistant}

    def _test(self, results: Iterable[LeafResult]) -> Iterator[dict[str, Any]]:
        """The seed examples, each once."""
        for result in results:
            for seed in result.leaf.seeds:
                for pair in seed.pairs:
                    user = f"{pair.question}\n{seed.context}" if seed.context else pair.question
                    yield {"system": self.system_prompt, "user": user, "assistant": pair.answer}


def _asked(results: Iterable[LeafResult]) -> Iterator[tuple[str, str]]:
    """Every question with its answer; those of knowledge without the document."""
    for result in results:
        for row in result.rows:
            yield skill_question(row) if result.leaf.kind != "knowledge" else row["question"], row["answer"]


class _NamedRows(Iterable[Row]):
    """A leaf's rows, each with the leaf's name and kind; can be iterated several times."""

    def __init__(self, result: LeafResult) -> None:
        self._result = result

    def __iter__(self) -> Iterator[Row]:
        for row in self._result.rows:
            yield {**row, "leaf": self._result.name, "kind": self._result.leaf.kind}


def _generated(row: Row) -> dict[str, Any]:
    """A kept row in InstructLab's format, with the seed example that its prompt showed."""
    example = row["examples"][0]
    pairs = example["pairs"]
    record = {"question": row["question"], "response": row["answer"]}
    if row["kind"] == "knowledge":
        record |= {
            "document": row["document"],
            "document_outline": row["outline"],
            "domain": row["domain"],
            "icl_document": example["context"],
        }
        for number, pair in enumerate(pairs, 1):
            record |= {f"icl_query_{number}": pair["question"], f"icl_response_{number}": pair["answer"]}
    else:
        record |= {
            "task_description": row["task"],
            "seed_question": pairs[0]["question"],
            "seed_response": pairs[0]["answer"],
        }
        if row["context"]:
            record |= {"context": row["context"], "seed_context": example["context"]}
    return {**record, "leaf_node_type": row["kind"], "leaf_node_path": row["leaf"]}
