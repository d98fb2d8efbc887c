"""What to do next, from the states of the steps: pure functions."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from core.config.option_table import TABLE
from core.figures import counted, duration
from core.overview.model import Action, NextStep, RunningJob, Step, StepName, TaxonomyFacts
from core.overview.step_runs import WHOLE, StepRun
from core.overview.steps import Facts, serving

QUICKSTART = NextStep(
    "quickstart",
    "Start the quickstart",
    "It runs all five steps on a small sample, in a few minutes and without downloads.",
    "labtop quickstart",
)

FIRST_LEAF = NextStep(
    "taxonomy", "Write the first leaf", "The taxonomy is empty: a leaf holds what to learn.", "labtop taxonomy new"
)
CREATE = NextStep(
    "taxonomy", "Create a taxonomy", "It holds the leaves you write.", "labtop config init --create-taxonomy"
)

WRITE = NextStep("taxonomy", "Write a leaf", "Data is generated from new and changed leaves.", "labtop taxonomy new")

UNCHANGED = "No leaf has changed since {base}: write one on a branch of its own, or generate from every leaf (g)."


def next_steps(
    facts: Facts, steps: Sequence[Step], running: Sequence[RunningJob], commands: Collection[str] = TABLE
) -> tuple[NextStep, ...]:
    """The next step, then others that make sense now. Only steps whose command exists are offered."""
    found: dict[tuple[Action, str | None], NextStep] = {}
    for step in _candidates(facts, {step.name: step for step in steps}, running):
        if _exists(step.step, commands):
            found.setdefault((step.step, step.job), step)
    return tuple(found.values()) or (WRITE,)


def _exists(action: Action, commands: Collection[str]) -> bool:
    needed = {"watch": "process attach", "resume": "process resume", "taxonomy": "taxonomy new"}.get(action, action)
    return needed in commands


def _candidates(facts: Facts, steps: dict[StepName, Step], running: Sequence[RunningJob]) -> Iterator[NextStep]:
    for job in running:
        yield _watch(job)
    interrupted = _interrupted(facts)
    if interrupted is not None and not running:
        yield interrupted
    taxonomy = steps["taxonomy"].state
    if taxonomy == "failed":
        yield _fix(facts.taxonomy)
    elif taxonomy == "ready":
        yield _finish(facts.taxonomy) if facts.taxonomy.is_unfinished else _commit(facts.taxonomy)
    if not running:
        yield from _work(facts, steps)
    yield from _use(facts, steps)
    if taxonomy == "empty":
        yield FIRST_LEAF if facts.taxonomy.problem is None else CREATE
        yield from () if facts.runs else (QUICKSTART,)
    elif steps["data"].state == "empty" and facts.taxonomy.changed == 0:
        yield replace(WRITE, why=UNCHANGED.format(base=facts.base))
    else:
        yield WRITE


def _fix(taxonomy: TaxonomyFacts) -> NextStep:
    changed = taxonomy.changed_errors - taxonomy.changed_gaps
    errors = counted(changed or taxonomy.errors - taxonomy.gaps, "error")
    why = f"{taxonomy.to_fix or 'A leaf'} has errors; data is generated once they are fixed."
    return NextStep("taxonomy", f"Fix {errors}", why, "labtop taxonomy lint", leaf=taxonomy.to_fix)


def _finish(taxonomy: TaxonomyFacts) -> NextStep:
    values = counted(taxonomy.changed_gaps or taxonomy.gaps, "value")
    why = f"{values} to write, first in {taxonomy.to_fix}; data is generated once none is missing."
    return NextStep("taxonomy", "Finish the leaf", why, "labtop taxonomy lint", leaf=taxonomy.to_fix)


def _commit(taxonomy: TaxonomyFacts) -> NextStep:
    leaves = counted(taxonomy.uncommitted, "leaf", "leaves")
    why = f"{taxonomy.to_commit} is not committed; ctrl+g shows its diff."
    return NextStep("taxonomy", f"Commit {leaves}", why, "git commit", leaf=taxonomy.to_commit)


def _watch(job: RunningJob) -> NextStep:
    spec, left = job.observation.spec, job.state.seconds_left
    title = job.observation.stage or spec.title

    more = "" if left is None else f", {duration(left)} left"
    return NextStep(
        "watch", f"Watch {spec.id}", f"{title} is running{more}.", f"labtop process attach {spec.id}", spec.id
    )


def _interrupted(facts: Facts) -> NextStep | None:
    """The newest job, if it was stopped or failed before all its steps were done."""
    newest = next((runs for runs in facts.runs if any(run.job.spec.kind != "serve" for run in runs.values())), {})
    run = next((run for run in newest.values() if run.status in ("cancelled", "failed")), None)
    if run is None or run.job.elsewhere is not None:
        return None
    spec = run.job.spec
    if run.status == "failed" and spec.kind not in WHOLE and run.job.status != "lost":
        return None  # its form is offered again, since its options may be the reason
    why = run.error or f"It was stopped{_share(run)}; what it has done is kept."
    return NextStep("resume", f"Resume {spec.id}", why, f"labtop process resume {spec.id}", spec.id)


def _share(run: StepRun) -> str:
    return "" if run.job.progress is None else f" at {run.job.progress:.0%}"


def _work(facts: Facts, steps: dict[StepName, Step]) -> Iterator[NextStep]:
    """Generate, train, evaluate: the first that can be done."""
    taxonomy = facts.taxonomy
    data, train, evaluate = steps["data"], steps["train"], steps["evaluate"]
    if data.state in ("ready", "outdated", "failed") and not taxonomy.changed_errors:
        leaves = counted(taxonomy.changed or taxonomy.leaves, "leaf", "leaves")
        again = f"The last attempt failed: {data.note}" if data.state == "failed" and data.note else ""
        why = again or (f"{leaves} changed." if taxonomy.changed else f"The taxonomy has {leaves}.")
        if data.state == "outdated":
            why = data.note
        yield NextStep("generate", "Generate data", why, "labtop data generate")
    if train.state in ("ready", "outdated", "failed"):
        why = {"ready": f"There is data: {_figures(data)}.", "outdated": train.note}.get(train.state) or _failed(train)
        yield NextStep("train", "Train a student", why, "labtop model train --strategy lab-multiphase")
    if evaluate.state in ("ready", "outdated", "failed") and facts.best is not None:
        best = facts.best
        why = f"{best.name} has not been compared with its base."
        command = ["labtop", "model", "evaluate", "--benchmark", "mmlu_branch", "--model", best.path]
        command += ["--base-model", best.base] if best.base else []
        yield NextStep(
            "evaluate", "Evaluate", why if evaluate.state != "failed" else _failed(evaluate), shlex.join(command)
        )


def _figures(step: Step) -> str:
    return ", ".join(step.figures) or "it is complete"


def _failed(step: Step) -> str:
    return f"The last attempt failed: {step.note}" if step.note else "The last attempt failed."


def _use(facts: Facts, steps: dict[StepName, Step]) -> Iterator[NextStep]:
    """Serve the best model, then chat with it."""
    best = facts.best
    if steps["serve"].state == "ready" and best is not None:
        why = f"{best.name} is the best model so far."
        yield NextStep(
            "serve", "Serve the model", why, shlex.join(["labtop", "model", "serve", "--model-path", best.path])
        )
    server = serving(facts.servers, best)
    if server is not None and server.url is not None:
        name = server.names[0] if server.names else server.model
        why = f"{name} is served at {server.url}."
        yield NextStep("chat", "Chat with it", why, f"labtop model chat --endpoint-url {server.url}", server.job)
