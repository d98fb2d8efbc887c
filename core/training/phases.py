"""The two phases of LAB: train on knowledge, continue with the best checkpoint, train it on skills, take the best.

Every step is recorded in the journal when it is done, so a stopped run resumes with the next one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal, Protocol

from core.config.options.base import Options
from core.config.worker_arguments import parse
from core.errors import LabtopError
from core.evaluation.arguments import EvaluateArguments, TaskEvaluation
from core.events import Reporter, StagePlan
from core.files import back_up, locked_folder
from core.jobs.workers.launchers import Launcher
from core.models.digest import file_digest, model_digest
from core.sdg.datasets.catalogue import count_lines
from core.training.arguments import PhaseTraining, TrainArguments
from core.training.data_files import Subject
from core.training.journal import (
    JOURNAL_FILE,
    EvalRecord,
    PhaseStep,
    ScoreRecord,
    TrainingJournal,
    TrainRecord,
    best,
    now,
    open_journal,
)
from core.training.launch import STOP_SECONDS, launcher_for

Phase = Literal[1, 2]
SUBJECTS: dict[Phase, Subject] = {1: "knowledge", 2: "skills"}
TRAIN_STEPS: dict[Phase, PhaseStep] = {1: "train1", 2: "train2"}
EVAL_STEPS: dict[Phase, PhaseStep] = {1: "eval1", 2: "eval2"}
AFTER_EVAL: dict[Phase, PhaseStep] = {1: "train2", 2: "done"}
CHECKPOINT_NAME = re.compile(r"(?:samples|checkpoint)_(\d+)")
TRAIN = "core.training.worker:train"
EVALUATE = "core.evaluation.worker:evaluate"

LOADING_SECONDS = 300.0
"""The longest time without events: importing torch and loading a large model report nothing."""


class WorkContext(Protocol):
    """The part of a job's context that the phases use."""

    @property
    def reporter(self) -> Reporter: ...

    def work(
        self,
        target: str,
        arguments: Mapping[str, Any],
        stage: str | None = None,
        *,
        launcher: Launcher | None = None,
    ) -> dict[str, Any]: ...


class PhaseOptions(Options):
    """One phase."""

    training: PhaseTraining
    evaluation: TaskEvaluation | None = None
    """None selects the last checkpoint."""


class PhasesOptions(Options):
    """A two-phase training."""

    model_path: str
    base_dir: str
    """Holds the journal, `phase1/` and `phase2/`."""
    phase1: PhaseOptions | None
    """None without knowledge data."""
    phase2: PhaseOptions | None
    """None without skills data."""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> PhasesOptions:
        return parse(cls, data, "Training in phases")

    def to_data(self) -> dict[str, Any]:
        return self.model_dump(mode="json")

    @property
    def phases(self) -> dict[Phase, PhaseOptions]:
        """The phases to run, in order. Raises LabtopError when there are none."""
        both: dict[Phase, PhaseOptions | None] = {1: self.phase1, 2: self.phase2}
        found = {number: phase for number, phase in both.items() if phase is not None}
        if not found:
            raise LabtopError("There is no training data, neither knowledge nor skills.", hint="Generate data first.")
        return found

    def digest(self) -> str:
        """A hash of options, model and data, to check that a journal belongs to the same training."""
        without = {"training": {"data_output_dir"}}
        options = self.model_dump(mode="json", exclude={"phase1": without, "phase2": without})
        digest = hashlib.sha256(json.dumps(options, sort_keys=True).encode())
        digest.update(model_digest(Path(self.model_path)))
        for phase in self.phases.values():
            for path in phase.training.data_path:
                digest.update(file_digest(path))
        return digest.hexdigest()


def phase_stages(phases: Iterable[Phase] = (1, 2)) -> list[StagePlan]:
    """The stages of a training in phases."""
    return [plan for number in phases for plan in (train_stage(number), evaluation_stage(number))]


def train_stage(number: Phase) -> StagePlan:
    """The stage that trains a phase."""
    return StagePlan(f"train.phase{number}", f"Train phase {number}: {SUBJECTS[number]}", unit="samples")


def evaluation_stage(number: Phase) -> StagePlan:
    """The stage that evaluates a phase's checkpoints."""
    return StagePlan(f"evaluate.phase{number}", f"Evaluate phase {number}", unit="questions")


def run_phases(context: WorkContext, options: PhasesOptions) -> dict[str, Any]:
    """Run the phases, skipping the steps recorded in the journal.

    Returns {phases: [{phase, best, checkpoints: [{path, score, stderr, n}]}], best, score, stderr, n, journal}; scores
    are None where nothing was evaluated.
    """
    with locked_folder(Path(options.base_dir), "training in two phases"):
        return PhasedTraining(context, options).run()


def start_over(base: Path) -> None:
    """Back up an earlier training in a base folder, so that the next one starts from the beginning."""
    with locked_folder(base, "backing up a training"):
        for name in (JOURNAL_FILE, "phase1", "phase2"):
            back_up(base / name)


def find_checkpoints(folder: Path) -> list[Path]:
    """The model folders of a training output, `samples_<n>` or other tools' `checkpoint_<n>`, ordered by number."""
    found = []
    for parent in (folder / "hf_format", folder):
        for path in parent.iterdir() if parent.is_dir() else ():
            match = CHECKPOINT_NAME.fullmatch(path.name)
            if match and (path / "config.json").is_file():
                found.append((int(match[1]), path))
    return [path for _, path in sorted(found)]


class PhasedTraining:
    """One run of the phases."""

    def __init__(self, context: WorkContext, options: PhasesOptions) -> None:
        self.context = context
        self.reporter = context.reporter
        self.options = options
        self.phases = options.phases
        self.base = Path(options.base_dir).absolute()
        self.file = self.base / JOURNAL_FILE
        self.journal = self._open()

    def _open(self) -> TrainingJournal:
        digest = self.options.digest()
        opened = open_journal(self.file)
        if opened.backup:
            self.reporter.note(
                "warning",
                f"The training journal could not be read; it is backed up as {opened.backup}.",
                hint="Training starts from the beginning; checkpoints of the same data and settings are reused.",
            )
        journal = opened.journal
        if journal.options_digest not in (None, digest):
            self.reporter.note("info", "The journal belongs to other data or settings; a new one is started.")
            back_up(self.file)
            journal = TrainingJournal.new()
        journal.options_digest = digest
        return journal

    def run(self) -> dict[str, Any]:
        self._report_amounts()
        phases = []
        model = Path(self.options.model_path)
        for number in self.phases:
            checkpoints = self._train(number, model)
            winner, scores = self._evaluate(number, checkpoints)
            model = Path(winner["path"])
            phases.append({"phase": number, "best": winner["path"], "checkpoints": scores})
        final = {"best": winner["path"], "score": winner["score"], "stderr": winner["stderr"], "n": winner["n"]}
        return {"phases": phases, **final, "journal": str(self.file)}

    def _report_amounts(self) -> None:
        """Report the samples of all phases, so that the time of the later ones is known from the first."""
        for number, phase in self.phases.items():
            samples = sum(map(count_lines, phase.training.data_path)) * phase.training.num_epochs
            self.reporter.at(train_stage(number).id).amount(samples, "samples")

    def _train(self, number: Phase, model: Path) -> list[Path]:
        """The checkpoints of a phase, trained if they are missing."""
        output = self.base / f"phase{number}" / "checkpoints"
        record = self.journal.train(number)
        if self.journal.is_past(TRAIN_STEPS[number]) and record is not None:
            checkpoints = find_checkpoints(Path(record.checkpoints or output))
            if checkpoints:
                with self._stage(train_stage(number)) as stage:
                    stage.note("info", f"Phase {number} is already trained, according to the journal.")
                return checkpoints
            self.reporter.note("warning", f"The checkpoints of phase {number} are missing; it is trained again.")
        if record is None or record.ended_at_utc is not None:
            record = TrainRecord(now())
        self.journal.enter(TRAIN_STEPS[number])
        self.journal.set_train(number, record)
        self.journal.save(self.file)
        plan = train_stage(number)
        with self.reporter.stage(plan.id, plan.title, quiet_seconds=LOADING_SECONDS, stop_seconds=STOP_SECONDS):
            training = dict(self.phases[number].training)
            arguments = TrainArguments(**training, model_path=model, ckpt_output_dir=output)
            launcher = launcher_for(arguments)
            self.context.work(TRAIN, arguments.model_dump(mode="json"), plan.id, launcher=launcher)
        record.checkpoints, record.ended_at_utc = str(output), now()
        self.journal.enter(EVAL_STEPS[number])
        self.journal.save(self.file)
        return find_checkpoints(output)

    def _evaluate(self, number: Phase, checkpoints: list[Path]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The best checkpoint of a phase and the scores of all, evaluated unless recorded in the journal."""
        settings = self.phases[number].evaluation
        record = self.journal.evaluation(number) or EvalRecord(now())
        self.journal.set_evaluation(number, record)
        if settings is None:
            with self._stage(evaluation_stage(number)) as stage:
                stage.note("info", f"There are no tasks to evaluate phase {number}: its last checkpoint is selected.")
            self._finish(number, record, None)
            rows = [_row(path, None) for path in checkpoints]
            return rows[-1], rows
        here = {str(path) for path in checkpoints}
        known = {result.checkpoint: result for result in record.results if result.checkpoint in here}
        missing = len(record.results) - len(known)
        if missing:
            self.reporter.note(
                "warning", f"{missing} evaluated checkpoints of phase {number} are missing; their scores are ignored."
            )
        todo = [path for path in checkpoints if str(path) not in known]
        if todo:
            record.checkpoints = [str(path) for path in checkpoints]
            self.journal.save(self.file)
            for score in self._score(number, todo, settings):
                known[score.checkpoint] = score
        else:
            with self._stage(evaluation_stage(number)) as stage:
                stage.note("info", f"Phase {number} is already evaluated, according to the journal.")
        record.results = [known[str(path)] for path in checkpoints]
        record.finished_checkpoints = [str(path) for path in checkpoints]
        winner = best(record.results)
        if winner is None:
            raise LabtopError(f"Phase {number} has no checkpoint.", hint="Run the same command again.")
        self._finish(number, record, winner)
        rows = [_row(path, known[str(path)]) for path in checkpoints]
        return _row(Path(winner.checkpoint), winner), rows

    def _score(self, number: Phase, models: list[Path], settings: TaskEvaluation) -> list[ScoreRecord]:
        plan = evaluation_stage(number)
        with self._stage(plan):
            arguments = EvaluateArguments(
                **dict(settings),
                models=tuple(models),
                names=tuple(f"phase{number}/{path.name}" for path in models),
                output_dir=self.base / f"phase{number}" / "eval_cache",
            )
            results = self.context.work(EVALUATE, arguments.model_dump(mode="json"), plan.id)["results"]
        return [
            ScoreRecord(str(path), result["score"], now(), result.get("stderr"), result.get("n"))
            for path, result in zip(models, results, strict=True)
        ]

    def _stage(self, plan: StagePlan) -> AbstractContextManager[Reporter]:
        return self.reporter.stage(plan.id, plan.title, quiet_seconds=LOADING_SECONDS)

    def _finish(self, number: Phase, record: EvalRecord, winner: ScoreRecord | None) -> None:
        """Record that a phase is done, if it is not recorded yet."""
        record.best_checkpoint = winner
        record.ended_at_utc = record.ended_at_utc or now()
        is_last = number == max(self.phases)
        if not self.journal.is_past(EVAL_STEPS[number]):
            self.journal.current_phase = "done" if is_last else AFTER_EVAL[number]
        if self.journal.current_phase == "done":
            self.journal.final_output = winner if is_last else self.journal.final_output
            self.journal.ended_at_utc = self.journal.ended_at_utc or now()
        self.journal.save(self.file)


def _row(path: Path, score: ScoreRecord | None) -> dict[str, Any]:
    return {
        "path": str(path),
        "score": score.score if score else None,
        "stderr": score.stderr if score else None,
        "n": score.n if score else None,
    }
