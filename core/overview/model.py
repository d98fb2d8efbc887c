"""What the overview knows: the five steps, the best model, the jobs that run, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.errors import LabtopError
from core.jobs.observe import Observation
from core.jobs.state.job_state import JobState
from core.overview.model_name import model_name

StepName = Literal["taxonomy", "data", "train", "evaluate", "serve"]

State = Literal["empty", "ready", "running", "done", "failed", "outdated"]
"""`empty`: its inputs are missing. `ready`: it can be started. `outdated`: its inputs are newer than its result."""

Action = Literal["taxonomy", "quickstart", "generate", "train", "evaluate", "serve", "chat", "watch", "resume"]
"""What a next step does: open the Taxonomy pane, open the form of a command, talk to the server, or show or resume a
job."""

TITLES: dict[StepName, str] = {
    "taxonomy": "Taxonomy",
    "data": "Data",
    "train": "Train",
    "evaluate": "Evaluate",
    "serve": "Serve & chat",
}
"""The steps in their order."""


@dataclass(frozen=True)
class Step:
    """One step of the method."""

    name: StepName
    state: State
    figures: tuple[str, ...] = ()
    """One or two short texts, such as `12 leaves, 3 changed` and `0 errors, 3 warnings`."""
    job: str | None = None
    """The job that runs in it, or the newest that did."""
    note: str = ""
    """Why it failed, is empty or is outdated, in one sentence; empty where the state says it all."""

    @property
    def title(self) -> str:
        return TITLES[self.name]


@dataclass(frozen=True)
class TaxonomyFacts:
    """The leaves of a taxonomy that data is generated from."""

    leaves: int = 0
    changed: int | None = None
    """Leaves that differ from the base; None if it is not known."""
    uncommitted: int = 0
    """Leaves with changes that are not committed."""
    errors: int = 0
    changed_errors: int = 0
    """Errors in changed leaves, which generation refuses."""
    gaps: int = 0
    """The errors that only say what is still to be written."""
    changed_gaps: int = 0
    """Those in changed leaves."""
    warnings: int = 0
    newest: float = 0.0
    """When a changed leaf was last written, in seconds since 1970; 0 without one."""
    problem: LabtopError | None = None
    """Why some of it is unknown."""
    to_fix: str | None = None
    """The first leaf with errors that has to be fixed before data is generated; its path in the taxonomy."""
    to_commit: str | None = None
    """The first leaf that is not committed."""

    @property
    def has_mistakes(self) -> bool:
        """Whether errors besides gaps keep data from being generated."""
        if self.changed is None:
            return self.errors > self.gaps
        return self.changed_errors > self.changed_gaps

    @property
    def is_unfinished(self) -> bool:
        """Whether only gaps do."""
        return not self.has_mistakes and bool(self.changed_gaps or (self.gaps and self.changed is None))


@dataclass(frozen=True)
class Figure:
    """A model's score on one set of questions."""

    score: float
    """0 to 1."""
    stderr: float | None = None
    questions: int | None = None

    def __str__(self) -> str:
        return f"{self.score:.1%}" + (f" ± {self.stderr:.1%}" if self.stderr is not None else "")


@dataclass(frozen=True)
class Comparison:
    """The scores of the base and of the best model on the same questions."""

    kind: str
    """The set of questions: `plain`, `free`, or the benchmark's name; `plain, 4 choices` as multiple choice."""
    tuned: Figure
    base: Figure | None = None
    guesser: Figure | None = None
    """Of multiple choice, the score of a guesser that knows nothing but counts shared words."""

    @property
    def gain(self) -> float | None:
        """How much better the tuned model is; None without a base."""
        return None if self.base is None else self.tuned.score - self.base.score


@dataclass(frozen=True)
class BestModel:
    """The newest trained model and its scores against the model it was made from."""

    path: str
    job: str
    """The job that trained or evaluated it."""
    comparisons: tuple[Comparison, ...] = ()
    base: str | None = None
    """The folder of the model it is compared with, if that is known."""

    @property
    def name(self) -> str:
        """The end of its path that says what it is, such as `phase2/samples_4492`."""
        return model_name(self.path)


@dataclass(frozen=True)
class DataFiles:
    """The newest generated data."""

    knowledge: str | None = None
    """The file to train phase 1 on."""
    skills: str | None = None
    """The same for phase 2."""
    tasks: str | None = None
    """The folder of the generated questions that models are evaluated on."""


@dataclass(frozen=True)
class Server:
    """A server of ours that anyone may use."""

    job: str | None
    """The job that runs it; None for one that a command runs in the foreground."""
    model: str
    """The folder, or builtin:extractive."""
    url: str | None
    """Its base URL once it answers; None while it loads."""
    names: tuple[str, ...] = ()
    """The names of its model for clients, once it answers."""


@dataclass(frozen=True)
class RunningJob:
    """A job that runs, with everything that it has reported."""

    observation: Observation
    state: JobState


@dataclass(frozen=True)
class NextStep:
    """What can be done next."""

    step: Action
    title: str
    """In a few words, as a request: `Generate data`."""
    why: str
    """One sentence."""
    command: str
    """The command line that does the same."""
    job: str | None = None
    """The job to watch or to resume."""
    leaf: str | None = None
    """The leaf to write, by its path in the taxonomy."""


@dataclass(frozen=True)
class Overview:
    """Everything that the overview shows, read at one moment."""

    steps: tuple[Step, ...]
    next_steps: tuple[NextStep, ...]
    """The next step, then what else makes sense now."""
    taxonomy: TaxonomyFacts = TaxonomyFacts()
    best: BestModel | None = None
    data: DataFiles = DataFiles()
    servers: tuple[Server, ...] = ()
    running: tuple[RunningJob, ...] = ()
    """Jobs that run, without servers; the newest first."""

    @property
    def next_step(self) -> NextStep:
        return self.next_steps[0]

    def step(self, name: StepName) -> Step:
        return next(step for step in self.steps if step.name == name)
