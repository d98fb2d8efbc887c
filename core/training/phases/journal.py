"""The journal of a two-phase training: the steps that are done, so that none is repeated.

The file has the format of InstructLab's `journalfile.yaml`; a training that InstructLab began can be resumed. It is
replaced atomically and never deleted: an unreadable one is backed up. A missing checkpoint folder is not an error.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from core.errors import LabtopError, disk_error
from core.files import back_up, write_atomic
from core.training.arguments import JOURNAL_FILE as JOURNAL_FILE
from core.yaml_files import load_yaml

PhaseStep = Literal["train1", "eval1", "train2", "eval2", "done"]
STEPS: tuple[PhaseStep, ...] = get_args(PhaseStep)

LATER_RECORDS: dict[PhaseStep, tuple[str, ...]] = {
    "train1": ("eval_1", "train_2", "eval_2"),
    "eval1": ("train_2", "eval_2"),
    "train2": ("eval_2",),
    "eval2": (),
    "done": (),
}
"""The records that a step's result invalidates."""


@dataclass
class TrainRecord:
    """A phase's training."""

    started_at_utc: str
    ended_at_utc: str | None = None
    checkpoints: str | None = None
    """The folder that holds them."""
    replay_samples: int | None = None
    """How many samples of the replay data were mixed in, …"""
    replay_share: float | None = None
    """… and their share of the data."""


@dataclass
class ScoreRecord:
    """A checkpoint's score."""

    checkpoint: str
    score: float
    ended_at_utc: str | None = None
    stderr: float | None = None
    n: int | None = None
    """Questions."""
    file: str | None = None
    """The result of each question."""


@dataclass
class EvalRecord:
    """A phase's evaluation."""

    started_at_utc: str
    ended_at_utc: str | None = None
    checkpoints: list[str] = field(default_factory=list)
    finished_checkpoints: list[str] = field(default_factory=list)
    results: list[ScoreRecord] = field(default_factory=list)
    best_checkpoint: ScoreRecord | None = None
    criterion: str | None = None
    """What the scores are of; InstructLab's journals do not say it."""
    reason: str | None = None
    """Why this criterion."""
    tied: list[str] = field(default_factory=list)
    """The checkpoints that are as good as the best within the uncertainty, with it; empty if there are none."""
    note: str | None = None
    """A sentence about them."""


@dataclass
class TrainingJournal:
    """The state of a two-phase training. Times are ISO 8601."""

    run_id: str
    started_at_utc: str
    ended_at_utc: str | None = None
    current_phase: PhaseStep = "train1"
    train_1: TrainRecord | None = None
    eval_1: EvalRecord | None = None
    train_2: TrainRecord | None = None
    eval_2: EvalRecord | None = None
    final_output: ScoreRecord | None = None
    comparison: list[dict[str, Any]] = field(default_factory=list)
    """What was gained and lost against the model that the training started from."""
    options_digest: str | None = None
    """Of options, model and data; InstructLab's journals have none."""

    @classmethod
    def new(cls) -> TrainingJournal:
        return cls(run_id=str(uuid.uuid4()), started_at_utc=now())

    def train(self, phase: int) -> TrainRecord | None:
        return self.train_1 if phase == 1 else self.train_2

    def set_train(self, phase: int, record: TrainRecord) -> None:
        setattr(self, f"train_{phase}", record)

    def evaluation(self, phase: int) -> EvalRecord | None:
        return self.eval_1 if phase == 1 else self.eval_2

    def set_evaluation(self, phase: int, record: EvalRecord) -> None:
        setattr(self, f"eval_{phase}", record)

    def enter(self, step: PhaseStep) -> None:
        """Start or repeat a step; records of later steps are cleared."""
        self.current_phase = step
        self.ended_at_utc = None
        self.final_output = None
        self.comparison = []
        for name in LATER_RECORDS[step]:
            setattr(self, name, None)

    def is_past(self, step: PhaseStep) -> bool:
        """Whether a step is done."""
        return STEPS.index(self.current_phase) > STEPS.index(step)

    def to_data(self) -> dict[str, Any]:
        """As JSON and YAML have it."""
        return asdict(self)

    def save(self, path: Path) -> None:
        write_atomic(path, yaml.safe_dump(self.to_data(), sort_keys=False, allow_unicode=True), sync=True)


@dataclass(frozen=True)
class Opened:
    """A journal, and where an unreadable one was backed up."""

    journal: TrainingJournal
    backup: Path | None = None
    """The new path of an unreadable file."""


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def read_journal(base: Path) -> TrainingJournal:
    """The journal in the folder of a training. Raises LabtopError when there is none, or when it cannot be read."""
    path = base / JOURNAL_FILE
    try:
        return decode(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise LabtopError(
            f"There is no training journal in {base}.",
            hint="A training with --strategy writes one; --phased-base-dir names its folder.",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise LabtopError(f"The training journal {path} cannot be read: {error}.") from error


def open_journal(path: Path) -> Opened:
    """The journal in a file; a new one if it is missing, or unreadable and then backed up."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Opened(TrainingJournal.new())
    except UnicodeDecodeError:
        text = ""
    except OSError as error:
        raise disk_error(error, f"reading {path}") from error
    try:
        return Opened(decode(text))
    except LabtopError:
        return Opened(TrainingJournal.new(), back_up(path))


def decode(text: str) -> TrainingJournal:
    """Parse a journal. Raises LabtopError when the text is not one."""
    try:
        record = load_yaml(text)
        step = record["current_phase"]
        if step not in STEPS:
            raise ValueError(step)
        return TrainingJournal(
            run_id=str(record["run_id"]),
            started_at_utc=_time(record["started_at_utc"]) or now(),
            ended_at_utc=_time(record.get("ended_at_utc")),
            current_phase=step,
            train_1=_train(record.get("train_1")),
            eval_1=_evaluation(record.get("eval_1")),
            train_2=_train(record.get("train_2")),
            eval_2=_evaluation(record.get("eval_2")),
            final_output=_score(record.get("final_output")),
            comparison=[dict(row) for row in record.get("comparison") or []],
            options_digest=_text(record.get("options_digest")),
        )
    except (yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise LabtopError(f"The training journal cannot be read: {error}.") from error


def _time(value: Any) -> str | None:
    """YAML parses an unquoted time as a datetime."""
    return value.isoformat() if isinstance(value, datetime) else None if value is None else str(value)


def _train(record: Mapping[str, Any] | None) -> TrainRecord | None:
    if record is None:
        return None
    samples, share = record.get("replay_samples"), record.get("replay_share")
    return TrainRecord(
        _time(record["started_at_utc"]) or now(),
        _time(record.get("ended_at_utc")),
        _text(record.get("checkpoints")),
        None if samples is None else int(samples),
        None if share is None else float(share),
    )


def _evaluation(record: Mapping[str, Any] | None) -> EvalRecord | None:
    if record is None:
        return None
    return EvalRecord(
        started_at_utc=_time(record["started_at_utc"]) or now(),
        ended_at_utc=_time(record.get("ended_at_utc")),
        checkpoints=[str(path) for path in record.get("checkpoints") or []],
        finished_checkpoints=[str(path) for path in record.get("finished_checkpoints") or []],
        results=[score for each in record.get("results") or [] if (score := _score(each))],
        best_checkpoint=_score(record.get("best_checkpoint")),
        criterion=_text(record.get("criterion")),
        reason=_text(record.get("reason")),
        tied=[str(path) for path in record.get("tied") or []],
        note=_text(record.get("note")),
    )


def _score(record: Mapping[str, Any] | None) -> ScoreRecord | None:
    if record is None:
        return None
    stderr, n = record.get("stderr"), record.get("n")
    return ScoreRecord(
        checkpoint=str(record["checkpoint"]),
        score=float(record["score"]),
        ended_at_utc=_time(record.get("ended_at_utc")),
        stderr=None if stderr is None else float(stderr),
        n=None if n is None else int(n),
        file=_text(record.get("file")),
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
