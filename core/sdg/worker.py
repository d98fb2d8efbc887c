"""Generation as work: from leaves to the finished files of a run."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.errors import LabtopError
from core.events import Reporter
from core.files import locked_folder
from core.sdg.chunking import chunk_document
from core.sdg.datasets import DatasetWriter, LeafResult, choice_record, distinct_rows
from core.sdg.engine import DEFAULT_IN_FLIGHT, IN_FLIGHT_PER_SLOT, Engine, Task
from core.sdg.exclusion import Exclusion
from core.sdg.inputs import Gathered, Leaf, leaf_names, report_left_out
from core.sdg.journal import Journal
from core.sdg.options import GenerateArguments, GenerateJob
from core.sdg.pipeline import Pipeline, PipelineKind, load_pipeline, pipeline_folder
from core.sdg.progress import Tallies
from core.sdg.rows import Row, start_rows
from core.sdg.run_state import RunState, journal_path, open_run, save_run
from core.sdg.teacher import Teacher

API_KEY = "LABTOP_API_KEY"
"""The environment variable with the endpoint's key, which stands in no file."""

MIX = "mix"
"""The block under which it is counted what duplicates and held-out questions cost."""

_PIPELINE_OF: dict[str, PipelineKind] = {
    "knowledge": "knowledge",
    "freeform_skill": "freeform_skills",
    "grounded_skill": "grounded_skills",
}


def generate(arguments: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Generate data; the arguments are those of `GenerateArguments`.

    Takes up an unfinished run of the same inputs in the output folder, and returns a finished one as it is. The result
    has `output_dir`, `timestamp`, `files` (the main ones by what they are), `counts` (their records), `blocks` (what
    each block produced, kept and rejected), `requests`, `reused`, `left_out` (leaves whose documents cannot be used)
    and `seconds`.
    """
    started = time.monotonic()
    options = GenerateArguments.from_data(arguments)
    gathered, pipelines = _inputs(options, reporter)
    with locked_folder(options.output_dir, "generating data"):
        inputs = options.fingerprint(gathered.leaves, _digests(pipelines))
        run = open_run(options.output_dir, inputs, options.fresh)
        if run.result is not None:
            reporter.note(
                "info", f"{options.output_dir} already holds the finished run {run.timestamp} of these inputs."
            )
            report_left_out(gathered, options.strict, reporter)
            return run.result
        result = _generate(options, gathered.leaves, pipelines, run, reporter)
        result["left_out"] = [leaf.to_data() for leaf in gathered.left_out]
        result["seconds"] = round(time.monotonic() - started, 3)
        save_run(options.output_dir, run, result)
    report_left_out(gathered, options.strict, reporter)
    return result


def run_inputs(options: GenerateJob, reporter: Reporter) -> dict[str, Any]:
    """All that the files of a run depend on, by name; fetches the documents of the leaves, and asks no teacher."""
    options.check()
    gathered, pipelines = _inputs(options, reporter)
    return options.inputs(gathered.leaves, _digests(pipelines))


def _inputs(options: GenerateJob, reporter: Reporter) -> tuple[Gathered, dict[PipelineKind, Pipeline]]:
    """The leaves to generate from and the pipelines that they need."""
    gathered = Gathered(options.leaves) if options.leaves is not None else _changed(options, reporter)
    if not gathered.leaves:
        raise LabtopError("There are no leaves to generate from.")
    return gathered, _pipelines(options, gathered.leaves)


def _digests(pipelines: dict[PipelineKind, Pipeline]) -> dict[str, str]:
    return {kind: pipeline.digest for kind, pipeline in pipelines.items()}


def _changed(options: GenerateJob, reporter: Reporter) -> Gathered:
    from core.sdg.leaves import taxonomy_leaves  # needs git, which leaves given as data do not

    assert options.taxonomy_path is not None, "checked with the options"
    return taxonomy_leaves(options.taxonomy_path, options.taxonomy_base, reporter, options.yaml_rules)


def _pipelines(options: GenerateJob, leaves: Sequence[Leaf]) -> dict[PipelineKind, Pipeline]:
    """The pipelines that the leaves need; multiple choice only where the pipeline has it."""
    folder = pipeline_folder(options.pipeline)
    kinds: list[PipelineKind] = list(dict.fromkeys(_PIPELINE_OF[leaf.kind] for leaf in leaves))
    if "knowledge" in kinds:
        kinds.append("multiple_choice")
    found = {}
    for kind in kinds:
        pipeline = load_pipeline(folder, kind)
        if pipeline is not None:
            found[kind] = (
                pipeline
                if options.sdg_scale_factor is None
                else pipeline.with_variable("scale", options.sdg_scale_factor)
            )
        elif kind != "multiple_choice":
            raise LabtopError(f"The pipeline in {folder} has no {kind}.yaml.", hint="Its leaves need one.")
    return found


def _generate(
    options: GenerateArguments,
    leaves: Sequence[Leaf],
    pipelines: dict[PipelineKind, Pipeline],
    run: RunState,
    reporter: Reporter,
) -> dict[str, Any]:
    results = [LeafResult(leaf, name) for leaf, name in zip(leaves, leaf_names(leaves), strict=True)]
    tasks = []
    for result in results:
        result.chunks = _chunks(result.leaf, options.chunk_tokens)
        for kind in (_PIPELINE_OF[result.leaf.kind], "multiple_choice"):
            pipeline = pipelines.get(kind)
            if pipeline and (kind != "multiple_choice" or result.leaf.kind == "knowledge"):
                tasks.append(Task(result.name, pipeline, start_rows(result.leaf, result.chunks, pipeline)))
    tallies = Tallies()
    journal = Journal(journal_path(options.output_dir))
    try:
        engine, finished = asyncio.run(_ask(options, tasks, journal, tallies, reporter))
    finally:
        journal.close()
    _collect(results, tasks, finished, options.exclude_questions, tallies)
    tallies.tell(reporter)
    _check_yield(results, reporter)
    writer = DatasetWriter(
        options.output_dir.absolute(), run.timestamp, options.mix, options.seed, options.system_prompt
    )
    files = writer.write(results)
    for path in files.values():
        reporter.artifact("dataset", path, size=Path(path).stat().st_size, rows=writer.counts.get(Path(path).name))
    return {
        "output_dir": str(options.output_dir.absolute()),
        "timestamp": run.timestamp,
        "files": files,
        "tasks_dir": str(writer.folder / writer.nodes),
        "counts": {name: writer.counts[Path(path).name] for name, path in files.items() if path.endswith(".jsonl")},
        "blocks": tallies.to_data(),
        "requests": engine.asked,
        "reused": engine.reused,
    }


def _chunks(leaf: Leaf, max_tokens: int) -> list[Any]:
    chunks = [
        chunk for document in leaf.documents for chunk in chunk_document(document.name, document.text, max_tokens)
    ]
    if leaf.kind == "knowledge" and not chunks:
        raise LabtopError(
            f"The documents of {leaf.path} hold no text.",
            hint="See which files its `patterns` match: labtop taxonomy lint",
        )
    return chunks


async def _ask(
    options: GenerateArguments, tasks: Sequence[Task], journal: Journal, tallies: Tallies, reporter: Reporter
) -> tuple[Engine, list[list[Row]]]:
    key = os.environ.get(API_KEY)
    async with Teacher(options.endpoint_url, options.model, api_key=key) as teacher:
        slots = await teacher.probe()
        in_flight = options.concurrency or (IN_FLIGHT_PER_SLOT * slots if slots else DEFAULT_IN_FLIGHT)
        engine = Engine(
            teacher,
            journal,
            reporter,
            tallies,
            in_flight=in_flight,
            seed=options.seed,
            max_tokens=options.max_num_tokens,
        )
        return engine, await engine.run(tasks)


def _collect(
    results: Sequence[LeafResult],
    tasks: Sequence[Task],
    finished: Sequence[list[Row]],
    excluded: Sequence[str],
    tallies: Tallies,
) -> None:
    """Give each leaf what was made for it, without duplicates and what is held out.

    What checkpoints will be evaluated by is held out of the training data, too.
    """
    by_name = {result.name: result for result in results}
    made = list(zip(tasks, finished, strict=True))
    held_out = Exclusion(excluded)
    for task, rows in made:
        if task.pipeline.kind == "multiple_choice":
            result = by_name[task.leaf]
            block = f"{MIX} choices"
            kept = distinct_rows(rows, task.pipeline.distinct, held_out, tallies, task.leaf, block)
            records = [choice_record(row, result.leaf.domain.strip()) for row in kept]
            result.choices = [record for record in records if record is not None]
            tallies.at(task.leaf, block).drop("choices alike", len(kept) - len(result.choices))
    held_out = Exclusion([*excluded, *(choice["question"] for result in results for choice in result.choices)])
    for task, rows in made:
        if task.pipeline.kind != "multiple_choice":
            by_name[task.leaf].rows = distinct_rows(rows, task.pipeline.distinct, held_out, tallies, task.leaf, MIX)


def _check_yield(results: Sequence[LeafResult], reporter: Reporter) -> None:
    """Data that trains nothing is worse than none: say so before it is written."""
    empty = [result.leaf.path for result in results if not result.rows]
    hint = "See what was rejected and why: labtop process attach; a larger teacher may keep to the tags better."
    if len(empty) == len(results):
        raise LabtopError("Nothing that the teacher wrote could be used.", hint=hint)
    for path in empty:
        reporter.note("warning", f"Nothing that the teacher wrote for {path} could be used.", hint=hint)
