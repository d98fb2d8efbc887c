"""The LAB method on the sample taxonomy, as one job: the loop of `core.workflow` with the sample's inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.config.options.evaluate import ScoringOptions
from core.errors import LabtopError
from core.evaluation.held_out import HeldOut, QuestionAnswer, read_held_out
from core.events import StagePlan
from core.files import locked_folder
from core.jobs.context import JobContext
from core.models.digest import model_digest
from core.models.local import check_model_folder
from core.quickstart.arguments import AnswersArguments, QuickstartJob, StudentArguments
from core.quickstart.recipe import Recipe, recipe_for
from core.quickstart.sandbox import Sandbox, make_sandbox
from core.sdg.options import GenerateSource, MixOptions
from core.serving.lifecycle import start_server
from core.serving.names import BUILTIN_TEACHER
from core.workflow.engine import Results, Stage, planned, run_stages
from core.workflow.evaluation import evaluate_stage
from core.workflow.job import summary
from core.workflow.options import GENERATE, TRAIN, WorkflowOptions
from core.workflow.records import Inputs
from core.workflow.stages import STUDENT, digest, generate_stage, student_path, train_stage_of, training_files

LOADING_SECONDS = 120.0
"""How long a stage may report nothing while torch and transformers are imported on a busy machine."""

SHOWN_ANSWERS = 4
"""Number of questions that the base and the tuned model answer at the end."""

ANSWER = "answer"

PREPARE_PLAN = StagePlan("prepare", "Write the taxonomy")
STUDENT_PLAN = StagePlan(STUDENT, "Create the student")
ANSWER_PLAN = StagePlan(ANSWER, "Serve and ask", unit="answers")

PURPOSES = {
    "prepare": "Two knowledge leaves with their documents and two skills, each in git.",
    "generate": "The teacher reads the documents and writes questions and answers.",
    STUDENT: "A tiny language model that knows nothing yet, and its tokenizer.",
    "train.phase1": "The student learns what the documents say.",
    "evaluate.phase1": "Checkpoints answer generated questions; the best continues.",
    "train.phase2": "The student learns the skills, and keeps what it knows.",
    "evaluate.phase2": "Again every checkpoint; the best is the model.",
    ANSWER: "Both models are served, and answer the same questions.",
}


def run(context: JobContext) -> dict[str, Any]:
    """Run the loop in the folder of the options (QuickstartJob). In a folder with an unfinished loop, it is resumed.

    Returns what `run` does, and in addition answers side by side, the student's size, and where everything is.
    """
    options = QuickstartJob.from_data(context.options)
    recipe = recipe_for(short=options.short, given_student=options.student is not None)
    sandbox = Sandbox(options.folder)
    loop = _loop(sandbox, recipe, options)
    _plan(context, loop, recipe)
    if options.student:
        check_model_folder(options.student)
        context.reporter.note("info", f"The given student is trained with {recipe.describe()}.")
    with context.reporter.stage(PREPARE_PLAN.id, PREPARE_PLAN.title):
        make_sandbox(sandbox.root, options.sample)
    loop = loop.model_copy(update={"questions": _question_files(sandbox)})
    _plan(context, loop, recipe)
    with locked_folder(sandbox.root, f"labtop quickstart, job {context.spec.id}"):
        outcomes = run_stages(_stages(context, loop), sandbox.root, context.reporter, first=GENERATE, last=ANSWER)
    results = {outcome.name: outcome.result for outcome in outcomes}
    files = results[GENERATE]["files"]
    return {
        **summary(loop, outcomes),
        "answers": results[ANSWER]["answers"],
        "parameters": results[STUDENT]["parameters"] if STUDENT in results else None,
        "student": student_path(loop, results),
        "training": recipe.describe(),
        "paths": {
            "dir": str(sandbox.root),
            "taxonomy": str(sandbox.taxonomy),
            "datasets": str(sandbox.datasets),
            "knowledge": files["knowledge_train"],
            "skills": files["skills_train"],
            "tuned": results[TRAIN]["best"],
            "evaluation": str(sandbox.evaluation),
        },
    }


def _stages(context: JobContext, loop: WorkflowOptions) -> list[Stage]:
    """The loop's stages without a server at the end. The student is created from the data if none was given."""
    made = [] if loop.student else [_student_stage(context, loop)]
    return [
        replace(generate_stage(context, loop), input_plan=None),
        *made,
        train_stage_of(context, loop),
        evaluate_stage(context, loop),
        _answer_stage(context, loop),
    ]


def _plan(context: JobContext, loop: WorkflowOptions, recipe: Recipe) -> None:
    plans = [PREPARE_PLAN, *planned(_stages(context, loop))]
    context.reporter.plan([_with_expectations(plan, recipe) for plan in plans])


def _with_expectations(plan: StagePlan, recipe: Recipe) -> StagePlan:
    return replace(plan, expected_seconds=recipe.seconds.get(plan.id), purpose=PURPOSES.get(plan.id, plan.purpose))


def _loop(sandbox: Sandbox, recipe: Recipe, options: QuickstartJob) -> WorkflowOptions:
    """The inputs of the loop, without the questions, which are in the sample."""
    return WorkflowOptions(
        folder=sandbox.root,
        generate=GenerateSource(
            taxonomy_path=sandbox.taxonomy,
            taxonomy_base="main",
            model=BUILTIN_TEACHER,
            seed=options.seed,
            system_prompt="",
            mix=MixOptions(document_rows=False, closed_book=True, document_text=True),
        ),
        phase1=recipe.phase1(options.seed),
        phase2=recipe.phase2(options.seed),
        student=str(options.student) if options.student else None,
        choosing=ScoringOptions(limit=recipe.task_questions),
        seed=options.seed,
    )


def _question_files(sandbox: Sandbox) -> tuple[Path, ...]:
    files = tuple(sandbox.question_files().values())
    if not files:
        raise LabtopError(
            f"{sandbox.questions} contains no held-out questions.",
            hint="Delete the folder; quickstart writes it again.",
        )
    return files


def _student_stage(context: JobContext, loop: WorkflowOptions) -> Stage:
    def inputs(results: Results) -> Inputs:
        return {"data": digest(training_files(results)), "seed": loop.seed}

    def run(results: Results, number: int) -> dict[str, Any]:
        with context.reporter.stage(STUDENT_PLAN.id, STUDENT_PLAN.title, quiet_seconds=LOADING_SECONDS):
            arguments = StudentArguments(
                data_path=tuple(training_files(results)),
                output_dir=loop.folder / "student" / str(number),
                seed=loop.seed,
            )
            return context.work("core.quickstart.student_worker:make_student", arguments.to_data(), STUDENT_PLAN.id)

    def is_complete(result: dict[str, Any]) -> bool:
        return (Path(result["path"]) / "config.json").is_file()

    return Stage(STUDENT, (STUDENT_PLAN,), run, inputs, is_complete=is_complete)


def _answer_stage(context: JobContext, loop: WorkflowOptions) -> Stage:
    """Ask the base and the tuned model the same questions, spread over the leaves."""

    def inputs(results: Results) -> Inputs:
        models = {"base": student_path(loop, results), "tuned": results[TRAIN]["best"]}
        digests = {name: model_digest(Path(path)).hex() for name, path in models.items()}
        return {**digests, "questions": digest(loop.questions)}

    def run(results: Results, _number: int) -> dict[str, Any]:
        shown = shown_questions([read_held_out(file) for file in loop.questions])
        models = {"base": student_path(loop, results), "tuned": str(results[TRAIN]["best"])}
        with (
            context.reporter.stage(ANSWER_PLAN.id, ANSWER_PLAN.title, quiet_seconds=LOADING_SECONDS),
            _served(models, context.folder.path) as endpoints,
        ):
            arguments = AnswersArguments(endpoints=endpoints, questions=tuple(pair.question for _, pair in shown))
            replies = context.work("core.quickstart.answers:ask", arguments.to_data(), ANSWER_PLAN.id)["replies"]
        answers = [
            {"question": pair.question, "kind": kind, "expected": pair.answer, **reply}
            for (kind, pair), reply in zip(shown, replies, strict=True)
        ]
        return {"answers": answers}

    return Stage(ANSWER, (ANSWER_PLAN,), run, inputs)


@contextmanager
def _served(models: Mapping[str, str], logs: Path) -> Iterator[dict[str, str]]:
    """The base URLs of models that are served during the block; they are loaded in parallel, which takes seconds.

    A server ends with the thread that started it, so the threads are kept until the servers are stopped.
    """
    with ThreadPoolExecutor(len(models)) as pool, ExitStack() as servers:
        starting = {
            name: pool.submit(start_server, path, log_file=logs / f"{name}.log", served_name=name)
            for name, path in models.items()
        }
        yield {name: servers.enter_context(future.result()).base_url for name, future in starting.items()}


def shown_questions(held_out: Sequence[HeldOut]) -> list[tuple[str, QuestionAnswer]]:
    """Plain and free questions of each leaf, with their kind, so that the answers look no better than the scores."""
    sets = [(kind, pairs) for leaf in held_out for kind, pairs in leaf.sets().items()]
    each = -(-SHOWN_ANSWERS // len(sets))
    return [(kind, pair) for kind, pairs in sets for pair in _spread(pairs, each)][:SHOWN_ANSWERS]


def _spread(items: Sequence[QuestionAnswer], count: int) -> list[QuestionAnswer]:
    """`count` evenly spaced items."""
    return [items[len(items) * (2 * number + 1) // (2 * count)] for number in range(min(count, len(items)))]
