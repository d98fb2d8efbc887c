"""The state of each step, from the facts: pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from core.figures import counted
from core.overview.best import model_of
from core.overview.datasets import DatasetFacts
from core.overview.model import BestModel, Server, Step, StepName, TaxonomyFacts
from core.overview.step_runs import StepRun

SLACK_SECONDS = 1.0
"""Times of two stages of the same job are rounded differently."""


@dataclass(frozen=True)
class Facts:
    """All that the states of the steps depend on."""

    taxonomy: TaxonomyFacts = field(default_factory=TaxonomyFacts)
    runs: Sequence[Mapping[StepName, StepRun]] = ()
    """What each job did, the newest job first."""
    dataset: DatasetFacts | None = None
    """Data on disk."""
    best: BestModel | None = None
    servers: Sequence[Server] = ()
    base: str = ""
    """The git revision that changed leaves are compared with."""

    def latest(self, step: StepName) -> StepRun | None:
        """The newest run of a step."""
        return next((runs[step] for runs in self.runs if step in runs), None)

    def done(self, step: StepName) -> StepRun | None:
        """The newest run of a step that succeeded."""
        found = (runs[step] for runs in self.runs if step in runs)
        return next((run for run in found if run.status == "succeeded"), None)

    def made(self, step: StepName) -> float | None:
        """When the newest result of a step was complete, in seconds since 1970; None without one."""
        done = self.done(step)
        times = [done.ended] if done else []
        if step == "data" and self.dataset is not None:
            times.append(self.dataset.written)
        return max(times, default=None)


def steps(facts: Facts) -> tuple[Step, ...]:
    """The five steps in their order."""
    return (_taxonomy(facts), _data(facts), _train(facts), _evaluate(facts), _serve(facts))


def _taxonomy(facts: Facts) -> Step:
    taxonomy = facts.taxonomy
    problem = taxonomy.problem.message if taxonomy.problem else ""
    if not taxonomy.leaves:
        return Step("taxonomy", "empty", ("no leaves",), note=problem)
    changed = "" if taxonomy.changed is None else f", {taxonomy.changed:,} changed"
    figures = (
        counted(taxonomy.leaves, "leaf", "leaves") + changed,
        f"{counted(taxonomy.errors - taxonomy.gaps, 'error')}, {counted(taxonomy.warnings, 'warning')}",
    )
    if taxonomy.has_mistakes:
        return Step("taxonomy", "failed", figures, note="Data is generated once the errors are fixed.")
    if taxonomy.is_unfinished:
        note = f"{counted(taxonomy.changed_gaps or taxonomy.gaps, 'value is', 'values are')} still to be written."
        return Step("taxonomy", "ready", figures, note=note)
    if taxonomy.uncommitted:
        leaves = counted(taxonomy.uncommitted, "leaf is", "leaves are")
        return Step("taxonomy", "ready", figures, note=f"{leaves} not committed.")
    return Step("taxonomy", "done", figures, note=problem)


def _data(facts: Facts) -> Step:
    taxonomy = facts.taxonomy
    begun = _begun("data", facts, facts.made("data"))
    if begun is not None:
        return begun
    done, made = facts.done("data"), facts.made("data")
    if made is not None:
        figures: tuple[str, ...] = done.figures if done else ()
        if facts.dataset is not None and (not figures or (done and facts.dataset.written > done.ended + SLACK_SECONDS)):
            figures = (counted(facts.dataset.samples, "sample"),)
        read = done.started if done and done.ended >= made else made
        job = done.job.spec.id if done else None
        if taxonomy.changed and taxonomy.newest > read:
            return Step("data", "outdated", figures, job, "A leaf was changed after this data was generated.")
        return Step("data", "done", figures, job)
    if taxonomy.changed == 0 and taxonomy.leaves:
        return Step("data", "empty", ("no changed leaves",), note=f"No leaf has changed since {facts.base}.")
    startable = taxonomy.leaves and not taxonomy.changed_errors
    return _waiting("data", facts, bool(startable))


def _train(facts: Facts) -> Step:
    return _follows("train", facts, "data", "There is newer data.")


def _evaluate(facts: Facts) -> Step:
    return _follows("evaluate", facts, "train", "There is a newer model.")


def _follows(step: StepName, facts: Facts, before: StepName, outdated: str) -> Step:
    """A step whose input is the result of the one before."""
    begun = _begun(step, facts, facts.made(step))
    if begun is not None:
        return begun
    done, source = facts.done(step), facts.made(before)
    if done is not None:
        scored = model_of(done.job)
        figures = done.figures or _scores(scored)
        if scored is not None and facts.best is not None and scored.path != facts.best.path:
            figures = (scored.name, *figures)
        if source is not None and source > done.started + SLACK_SECONDS:
            return Step(step, "outdated", figures, done.job.spec.id, outdated)
        return Step(step, "done", figures, done.job.spec.id)
    return _waiting(step, facts, source is not None)


def _begun(step: StepName, facts: Facts, made: float | None) -> Step | None:
    """A step that runs, or whose newest run failed."""
    latest = facts.latest(step)
    if latest is None:
        return None
    if latest.status == "running":
        return Step(step, "running", latest.figures, latest.job.spec.id)
    if latest.status == "failed" and (made is None or made <= latest.ended):
        return Step(step, "failed", latest.figures, latest.job.spec.id, latest.error)
    return None


def _waiting(step: StepName, facts: Facts, startable: bool) -> Step:
    """A step without a result, perhaps with a run that was stopped."""
    latest = facts.latest(step)
    if latest is not None:
        return Step(step, "ready", latest.figures, latest.job.spec.id)
    return Step(step, "ready" if startable else "empty")


def _scores(model: BestModel | None) -> tuple[str, ...]:
    for one in model.comparisons if model else ():
        label = f"{one.kind} " if one.kind in ("plain", "free") else ""
        return (f"{label}{one.tuned}", *((f"base {one.base}",) if one.base else ()))
    return ()


def _serve(facts: Facts) -> Step:
    best = facts.best
    server = serving(facts.servers, best)
    if server is not None:
        if server.url is None:
            return Step("serve", "running", ("loading the model",), server.job)
        return Step("serve", "done", (server.url.removesuffix("/v1"),), server.job)
    if best is None:
        return Step("serve", "empty", ("nothing to serve",))
    return Step("serve", "ready", ("not served",))


def serving(servers: Iterable[Server], best: BestModel | None) -> Server | None:
    """The server of the best model, or without one any server of ours."""
    return next((server for server in servers if best is None or server.model == best.path), None)
