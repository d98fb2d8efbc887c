"""The generation worker: from leaves to the finished files of a run."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from core.documents.chunking import Chunk, iter_chunks
from core.errors import LabtopError
from core.events import Reporter
from core.files import locked_folder
from core.sdg.datasets.collect import check_yield, collect
from core.sdg.datasets.writer import DatasetWriter, LeafResult
from core.sdg.engine.dead_letters import DeadLetters
from core.sdg.engine.engine import Engine
from core.sdg.engine.finished import FinishedRows
from core.sdg.engine.journal import Journal
from core.sdg.engine.progress import Tallies
from core.sdg.engine.requests import Task
from core.sdg.engine.rows import LazyList, StartRows
from core.sdg.engine.run_state import RunState, journal_path, open_run, save_run
from core.sdg.leaves.gathered import LEFT_OUT_HINT, Gathered, leaf_names, left_out_message
from core.sdg.options import GenerateArguments, GenerateJob
from core.sdg.pipeline.blocks import Pipeline, PipelineKind
from core.sdg.pipeline.load import load_pipeline, pipeline_folder
from core.serving.completions.pool import CompletionsPool
from core.serving.credentials import API_KEY_VARIABLE
from core.serving.tls.client import TLS_PASSWORD_VARIABLE
from core.taxonomy.format.leaf import Leaf

_PIPELINE_OF: dict[str, PipelineKind] = {
    "knowledge": "knowledge",
    "freeform_skill": "freeform_skills",
    "grounded_skill": "grounded_skills",
}


def generate(arguments: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Generate data; the arguments are those of `GenerateArguments`.

    Resumes an unfinished run of the same inputs in the output folder, and returns a finished one as it is; of one that
    is `incomplete` only the prompts without an answer are asked again. The result has `output_dir`, `timestamp`,
    `files` (the main ones by what they are), `counts` (their records), `rows` (question-answer pairs), `blocks` (what
    each block produced, kept and rejected), `rejected` (all of them, by reason), `dead_letters` (a file with the
    prompts that got no answer, or None), `incomplete` and `unanswered` (how many of them are asked again), `left_out`
    (leaves whose documents cannot be used), and of this attempt `requests`, `reused`, `prompt_tokens`,
    `completion_tokens` and `seconds`.
    """
    started = time.monotonic()
    options = GenerateArguments.from_data(arguments)
    gathered, pipelines = _inputs(options, reporter)
    with locked_folder(options.output_dir, "generating data"):
        inputs = options.fingerprint(gathered.leaves, _digests(pipelines))
        run = open_run(options.output_dir, inputs, options.fresh)
        if run.result is not None and not run.result.get("incomplete"):
            reporter.note(
                "info", f"{options.output_dir} already holds the finished run {run.timestamp} of these inputs."
            )
            return _with_left_out(run.result, gathered, reporter)
        result = _generate(options, gathered.leaves, pipelines, run, reporter)
        result["seconds"] = round(time.monotonic() - started, 3)
        save_run(options.output_dir, run, result)
    return _with_left_out(result, gathered, reporter)


def _with_left_out(result: dict[str, Any], gathered: Gathered, reporter: Reporter) -> dict[str, Any]:
    """A run's result with the leaves that this attempt left out, which are reported once more at its end."""
    if gathered.left_out:
        reporter.note("warning", left_out_message([leaf.path for leaf in gathered.left_out]), hint=LEFT_OUT_HINT)
    return {**result, "left_out": [leaf.to_data() for leaf in gathered.left_out]}


def run_inputs(options: GenerateJob, reporter: Reporter) -> dict[str, Any]:
    """Everything that the files of a run depend on, by name. Fetches the leaves' documents; sends no request."""
    options.check()
    gathered, pipelines = _inputs(options, reporter)
    return options.inputs(gathered.leaves, _digests(pipelines))


def _inputs(options: GenerateJob, reporter: Reporter) -> tuple[Gathered, dict[PipelineKind, Pipeline]]:
    """The leaves to generate from, and the pipelines that they need."""
    gathered = Gathered(options.leaves) if options.leaves is not None else _changed(options, reporter)
    if not gathered.leaves:
        raise LabtopError("There are no leaves to generate from.")
    return gathered, _pipelines(options, gathered.leaves)


def _digests(pipelines: dict[PipelineKind, Pipeline]) -> dict[str, str]:
    return {kind: pipeline.digest for kind, pipeline in pipelines.items()}


def _changed(options: GenerateJob, reporter: Reporter) -> Gathered:
    from core.sdg.leaves.changed import taxonomy_leaves  # needs git, which leaves given as data do not

    assert options.taxonomy_path is not None, "checked with the options"
    return taxonomy_leaves(options.taxonomy_path, options.taxonomy_base, reporter, options.yaml_rules)


def _pipelines(options: GenerateJob, leaves: Sequence[Leaf]) -> dict[PipelineKind, Pipeline]:
    """The pipelines that the leaves need; multiple choice only if the pipeline has it."""
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
        result.chunks = LazyList(_chunks(result.leaf, options.chunk_tokens))
        for kind in (_PIPELINE_OF[result.leaf.kind], "multiple_choice"):
            pipeline = pipelines.get(kind)
            if pipeline and (kind != "multiple_choice" or result.leaf.kind == "knowledge"):
                tasks.append(Task(result.name, pipeline, StartRows(result.leaf, result.chunks, pipeline)))
    tallies = Tallies()
    dead_letters = DeadLetters(options.output_dir.absolute() / f"dead_letters_{run.timestamp}.jsonl")
    finished = FinishedRows(journal_path(options.output_dir).parent)
    try:
        asked = asyncio.run(_ask(options, tasks, tallies, finished, dead_letters, reporter))
        collect(results, tasks, finished, options.exclude_questions, tallies, reporter, options.seed)
        tallies.report(reporter)
        unusable = dead_letters.finish()
        check_yield(results, tallies, unusable, reporter)
        writer = DatasetWriter(
            options.output_dir.absolute(), run.timestamp, options.mix, options.seed, options.system_prompt
        )
        files = writer.write(results)
    finally:
        dead_letters.discard()
        finished.close()
    for path in files.values():
        reporter.artifact("dataset", path, size=Path(path).stat().st_size, rows=writer.counts.get(Path(path).name))
    counts = {name: writer.counts[Path(path).name] for name, path in files.items() if path.endswith(".jsonl")}
    return {
        "output_dir": str(options.output_dir.absolute()),
        "timestamp": run.timestamp,
        "files": files,
        "tasks_dir": str(writer.folder / writer.nodes),
        "counts": counts,
        "rows": counts["train"],
        "blocks": tallies.to_data(),
        "rejected": tallies.rejected(),
        "dead_letters": unusable,
        "unanswered": dead_letters.unanswered,
        "incomplete": dead_letters.unanswered > 0,
        **asked,
    }


def _chunks(leaf: Leaf, max_tokens: int) -> Iterator[Chunk]:
    """The chunks of a leaf's documents, one by one. Raises LabtopError at the end when there were none."""
    found = False
    for document in leaf.documents:
        for chunk in iter_chunks(document.name, document.text, max_tokens):
            found = True
            yield chunk
    if leaf.kind == "knowledge" and not found:
        raise LabtopError(
            f"The documents of {leaf.path} contain no text.",
            hint="See which files its `patterns` match: labtop taxonomy lint",
        )


async def _ask(
    options: GenerateArguments,
    tasks: Sequence[Task],
    tallies: Tallies,
    finished: FinishedRows,
    dead_letters: DeadLetters,
    reporter: Reporter,
) -> dict[str, int]:
    """Run all rows through their pipelines; returns the number of requests and tokens."""
    pool = CompletionsPool(
        options.endpoint_url,
        options.model,
        api_key=os.environ.get(API_KEY_VARIABLE),
        tls=options.tls(os.environ.get(TLS_PASSWORD_VARIABLE)),
        concurrency=options.concurrency,
        patience=60 * options.wait_minutes,
        note=lambda text: reporter.note("warning", text),
    )
    journal = Journal(journal_path(options.output_dir))
    engine = Engine(
        pool, journal, reporter, tallies, finished, dead_letters, seed=options.seed, max_tokens=options.max_num_tokens
    )
    try:
        async with pool:
            await pool.learn()
            await engine.run(tasks)
    finally:
        journal.close()
    return {
        "requests": engine.asked,
        "reused": engine.reused,
        "prompt_tokens": pool.prompt_tokens,
        "completion_tokens": pool.completion_tokens,
    }
