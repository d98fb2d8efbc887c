"""Reading the overview. A reader keeps what it has read, so that reading again costs little."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from core import paths
from core.jobs.folder import JobStore
from core.jobs.observe import ENDED, Observation
from core.overview.best import best_model, data_of
from core.overview.datasets import DatasetReader
from core.overview.job_reader import JobReader
from core.overview.model import DataFiles, Overview, RunningJob, TaxonomyFacts
from core.overview.next_step import next_steps
from core.overview.servers import running_servers
from core.overview.step_runs import step_runs, taxonomy_of
from core.overview.steps import SLACK_SECONDS, Facts, steps
from core.overview.taxonomy import TaxonomyReader
from core.taxonomy.git.changes import DEFAULT_BASE
from core.taxonomy.rules.options import AdviceOptions

READ_JOBS = 40
"""How many of the newest jobs are looked at: the events of each are read once."""


@dataclass(frozen=True)
class Sources:
    """Where the overview reads from."""

    taxonomy: Path
    base: str = DEFAULT_BASE
    """The branch or commit that changed leaves are compared with."""
    lint: AdviceOptions = field(default_factory=AdviceOptions)
    datasets: Path = field(default_factory=lambda: paths.current().datasets_dir)


class OverviewReader:
    """Reads the overview again and again. Call `read` in a thread: lint of a large taxonomy takes about a second."""

    def __init__(self, store: JobStore) -> None:
        self._jobs = JobReader(store)
        self._taxonomy = TaxonomyReader()
        self._datasets = DatasetReader()
        self._lock = Lock()

    def read(self, sources: Sources, jobs: Sequence[Observation]) -> Overview:
        """The overview for these jobs, newest first. Never raises for damaged files. Several threads may call it."""
        with self._lock:
            return self._read(sources, jobs)

    def _read(self, sources: Sources, jobs: Sequence[Observation]) -> Overview:
        self._jobs.forget_others({job.spec.id for job in jobs})
        taxonomy = self._taxonomy.read(sources.taxonomy, sources.base, sources.lint)
        own = [job for job in jobs if _concerns(job, sources.taxonomy, taxonomy)]
        facts = Facts(
            taxonomy=taxonomy,
            runs=[step_runs(job, self._jobs.read(job)) for job in own[:READ_JOBS]],
            dataset=self._datasets.read(sources.datasets),
            best=best_model(jobs),
            servers=running_servers(jobs),
            base=sources.base,
        )
        active = [job for job in jobs if job.status not in ENDED and job.spec.kind != "serve"]
        running = tuple(RunningJob(job, self._jobs.read(job)) for job in active)
        states = steps(facts)
        return Overview(
            steps=states,
            next_steps=next_steps(facts, states, running),
            taxonomy=taxonomy,
            best=facts.best,
            data=_newest_data(facts),
            servers=tuple(facts.servers),
            running=running,
        )


def _newest_data(facts: Facts) -> DataFiles:
    """The newest data of a job, unless data on disk is newer, which commands use anyway."""
    done = facts.done("data")
    newer = done is not None and facts.dataset is not None and facts.dataset.written > done.ended + SLACK_SECONDS
    return DataFiles() if done is None or newer else data_of(done.job)


def _concerns(job: Observation, taxonomy: Path, facts: TaxonomyFacts) -> bool:
    """Whether a job worked on this taxonomy; without leaves of one's own, every job counts, such as the quickstart."""
    other = taxonomy_of(job)
    if other is None or not facts.leaves:
        return True
    return os.path.realpath(other) == os.path.realpath(taxonomy)
