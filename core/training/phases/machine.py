"""The two phases of LAB: train on knowledge, continue with the best checkpoint, train it on skills, take the best.

Every step is recorded in the journal when it is done, so a stopped run resumes with the next one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.files import back_up, locked_folder
from core.sdg.datasets.catalogue import count_lines
from core.training.arguments import TrainArguments
from core.training.launch import STOP_SECONDS, launcher_for
from core.training.phases.checkpoints import checkpoint_number, find_checkpoints, undamaged
from core.training.phases.comparison import Compared, Row, compare_with_base
from core.training.phases.criteria import resolve
from core.training.phases.evaluation import evaluate, keep_choice, report_choice, started
from core.training.phases.journal import (
    JOURNAL_FILE,
    EvalRecord,
    PhaseStep,
    ScoreRecord,
    TrainingJournal,
    TrainRecord,
    now,
    open_journal,
)
from core.training.phases.options import PhaseOptions, PhasesOptions
from core.training.phases.stages import (
    LOADING_SECONDS,
    TRAIN,
    Phase,
    WorkContext,
    evaluation_stage,
    train_stage,
)
from core.training.replay import Mixed, mix

TRAIN_STEPS: dict[Phase, PhaseStep] = {1: "train1", 2: "train2"}
EVAL_STEPS: dict[Phase, PhaseStep] = {1: "eval1", 2: "eval2"}
AFTER_EVAL: dict[Phase, PhaseStep] = {1: "train2", 2: "done"}


def run_phases(context: WorkContext, options: PhasesOptions) -> dict[str, Any]:
    """Run the phases, skipping the steps recorded in the journal.

    Returns {phases: [{phase, best, criterion, reason, tied, note, checkpoints: [{path, samples, score, stderr, n,
    scores}]}], checkpoints, best, criterion, score, stderr, n, comparison, journal}: `checkpoints` are those of all
    phases, a score is None where nothing was evaluated, and `comparison` has the rows of `compare_with_base`.
    """
    with locked_folder(Path(options.base_dir), "training in two phases"):
        return PhasedTraining(context, options).run()


class PhasedTraining:
    """One run of the phases."""

    def __init__(self, context: WorkContext, options: PhasesOptions) -> None:
        self.context = context
        self.reporter = context.reporter
        self.options = options
        self.phases = options.phases
        self.base = Path(options.base_dir).absolute()
        self.file = self.base / JOURNAL_FILE
        self.mixed: dict[Phase, Mixed] = {}
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
        for number, phase in self.phases.items():  # before the first one is trained
            if not self.journal.is_past(EVAL_STEPS[number]):
                resolve(number, phase)
        self._report_amounts()
        phases: list[dict[str, Any]] = []
        model = Path(self.options.model_path)
        for number in self.phases:
            checkpoints = self._train(number, model)
            record = self._evaluate(number, checkpoints)
            phases.append(_phase_result(number, record, checkpoints))
            model = Path(phases[-1]["best"])
        final = {"best": str(model), "criterion": record.criterion, **_score(record.best_checkpoint)}
        return {
            "phases": phases,
            "checkpoints": [row for phase in phases for row in phase["checkpoints"]],
            **final,
            "comparison": self._compare(model),
            "journal": str(self.file),
        }

    def _report_amounts(self) -> None:
        """Report the samples of all phases, so that the time of the later ones is known from the first."""
        for number, phase in self.phases.items():
            samples = sum(map(count_lines, phase.training.data_path))
            mixed = self._mix(number)
            samples += 0 if mixed is None else mixed.samples
            self.reporter.at(train_stage(number).id).amount(samples * phase.training.num_epochs, "samples")

    def _train(self, number: Phase, model: Path) -> list[Path]:
        """The checkpoints of a phase, trained if they are missing."""
        output = self.base / f"phase{number}" / "checkpoints"
        plan = train_stage(number)
        record = self.journal.train(number)
        if self.journal.is_past(TRAIN_STEPS[number]) and record is not None:
            # A journal that was moved with its checkpoints names their earlier place.
            found = find_checkpoints(Path(record.checkpoints or output)) or find_checkpoints(output)
            if checkpoints := undamaged(found, self.reporter):
                with self.reporter.stage(plan.id, plan.title) as stage:
                    stage.note("info", f"Phase {number} is already trained, according to the journal.")
                return checkpoints
            self.reporter.note("warning", f"The checkpoints of phase {number} are missing; it is trained again.")
        if record is None or record.ended_at_utc is not None:
            record = TrainRecord(now())
        self.journal.enter(TRAIN_STEPS[number])
        self.journal.set_train(number, record)
        self.journal.save(self.file)
        with self.reporter.stage(
            plan.id, plan.title, quiet_seconds=LOADING_SECONDS, stop_seconds=STOP_SECONDS
        ) as stage:
            if (mixed := self._mix(number)) is not None:
                stage.note("info", mixed.note)
                record.replay_samples, record.replay_share = mixed.samples, round(mixed.share, 6)
                self.journal.save(self.file)
            training = self._with_replay(number).training
            arguments = TrainArguments(**dict(training), model_path=model, ckpt_output_dir=output)
            launcher = launcher_for(arguments, self.base)
            self.context.work(TRAIN, arguments.model_dump(mode="json"), plan.id, launcher=launcher)
        record.checkpoints, record.ended_at_utc = str(output), now()
        self.journal.enter(EVAL_STEPS[number])
        self.journal.save(self.file)
        return find_checkpoints(output)

    def _mix(self, number: Phase) -> Mixed | None:
        """The replay data of a phase, written to its file."""
        if self.options.replay is None:
            return None
        if number not in self.mixed:
            training, file = self.phases[number].training, self._replay_file(number)
            self.mixed[number] = mix(
                self.options.replay, training.data_path, file, training.random_seed, f"phase {number}"
            )
        return self.mixed[number]

    def _with_replay(self, number: Phase) -> PhaseOptions:
        """A phase with replay data in addition to its own."""
        phase = self.phases[number]
        if self.options.replay is None:
            return phase
        files = (*phase.training.data_path, self._replay_file(number))
        return phase.model_copy(update={"training": phase.training.model_copy(update={"data_path": files})})

    def _replay_file(self, number: Phase) -> Path:
        return self.base / f"phase{number}" / "replay.jsonl"

    def _compare(self, tuned: Path) -> list[Row]:
        """What was gained and lost, unless the journal has it."""
        if not self.options.compare or self.journal.comparison:
            return self.journal.comparison
        base = Path(self.options.model_path)
        folder = self._eval_cache(max(self.phases))  # it has the scores of the tuned model
        last = max(self.phases)
        record = self.journal.evaluation(last)
        rated = record is not None and record.criterion == "mt_bench"
        compared = Compared(base, tuned, self.phases[last], self.options.replay, folder, rated)
        self.journal.comparison = compare_with_base(self.context, compared)
        self.journal.save(self.file)
        return self.journal.comparison

    def _evaluate(self, number: Phase, checkpoints: list[Path]) -> EvalRecord:
        """The evaluation of a phase's checkpoints, with the best one, unless the journal has it."""
        phase = self._with_replay(number)
        record = self.journal.evaluation(number)
        plan = evaluation_stage(number)
        with self.reporter.stage(plan.id, plan.title, quiet_seconds=LOADING_SECONDS) as stage:
            if self.journal.is_past(EVAL_STEPS[number]):
                record = keep_choice(number, record, checkpoints, stage)
                report_choice(record, checkpoints, stage)
            else:
                record = started(record, resolve(number, phase), checkpoints)
                self.journal.set_evaluation(number, record)
                self.journal.save(self.file)
                evaluate(self.context, stage, number, phase, record, checkpoints, self._eval_cache(number))
                report_choice(record, checkpoints, stage)
            self.journal.set_evaluation(number, record)
        self._finish(number, record)
        return record

    def _eval_cache(self, number: Phase) -> Path:
        return self.base / f"phase{number}" / "eval_cache"

    def _finish(self, number: Phase, record: EvalRecord) -> None:
        """Record that a phase is done, if it is not recorded yet."""
        record.ended_at_utc = record.ended_at_utc or now()
        is_last = number == max(self.phases)
        if not self.journal.is_past(EVAL_STEPS[number]):
            self.journal.current_phase = "done" if is_last else AFTER_EVAL[number]
        if self.journal.current_phase == "done":
            self.journal.final_output = record.best_checkpoint if is_last else self.journal.final_output
            self.journal.ended_at_utc = self.journal.ended_at_utc or now()
        self.journal.save(self.file)


def _phase_result(number: Phase, record: EvalRecord, checkpoints: list[Path]) -> dict[str, Any]:
    scores = {result.checkpoint: result for result in record.results}
    rows = [_row(path, record, scores.get(str(path))) for path in checkpoints]
    best = record.best_checkpoint
    return {
        "phase": number,
        "best": best.checkpoint if best else rows[-1]["path"],
        "criterion": record.criterion,
        "reason": record.reason,
        "tied": record.tied,
        "note": record.note,
        "checkpoints": rows,
    }


def _row(path: Path, record: EvalRecord, score: ScoreRecord | None) -> dict[str, Any]:
    scores = {} if score is None or record.criterion is None else {record.criterion: score.score}
    return {"path": str(path), "samples": checkpoint_number(path), **_score(score), "scores": scores}


def _score(score: ScoreRecord | None) -> dict[str, Any]:
    names = ("score", "stderr", "n", "file")
    return dict.fromkeys(names) if score is None else {name: getattr(score, name) for name in names}
