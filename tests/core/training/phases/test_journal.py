from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from core.errors import LabtopError
from core.training.phases.journal import (
    EvalRecord,
    ScoreRecord,
    TrainingJournal,
    TrainRecord,
    decode,
    open_journal,
)

INSTRUCTLAB = """\
current_phase: train2
ended_at_utc: null
eval_1:
  best_checkpoint:
    checkpoint: /data/phased/phase1/checkpoints/hf_format/samples_20
    ended_at_utc: 2024-08-13 21:10:00.123456+00:00
    score: 0.47
  checkpoints:
  - /data/phased/phase1/checkpoints/hf_format/samples_10
  - /data/phased/phase1/checkpoints/hf_format/samples_20
  ended_at_utc: 2024-08-13 21:10:00+00:00
  finished_checkpoints:
  - /data/phased/phase1/checkpoints/hf_format/samples_10
  - /data/phased/phase1/checkpoints/hf_format/samples_20
  results:
  - checkpoint: /data/phased/phase1/checkpoints/hf_format/samples_10
    ended_at_utc: '2024-08-13T21:05:00+00:00'
    score: 0.45
  - checkpoint: /data/phased/phase1/checkpoints/hf_format/samples_20
    ended_at_utc: '2024-08-13T21:10:00+00:00'
    score: 0.47
  started_at_utc: '2024-08-13T21:00:00+00:00'
eval_2: null
final_output: null
run_id: 6a2d7dd6-9c0f-4f3e-9d0c-6cf6d4a3ad5e
started_at_utc: '2024-08-13T20:00:00+00:00'
train_1:
  checkpoints: /data/phased/phase1/checkpoints
  ended_at_utc: '2024-08-13T20:59:00+00:00'
  started_at_utc: '2024-08-13T20:00:00+00:00'
train_2: null
"""


def test_journal_round_trip(tmp_path: Path) -> None:
    journal = TrainingJournal.new()
    journal.current_phase = "eval1"
    journal.train_1 = TrainRecord("2026-01-01T00:00:00+00:00", checkpoints="/out")
    score = ScoreRecord("/out/samples_1", 0.5, stderr=0.01, n=40)
    journal.eval_1 = EvalRecord("2026-01-01T00:00:00+00:00", checkpoints=["/out/samples_1"], results=[score])
    journal.save(tmp_path / "journalfile.yaml")
    assert open_journal(tmp_path / "journalfile.yaml").journal == journal


def test_journal_keys_are_instructlabs(tmp_path: Path) -> None:
    TrainingJournal.new().save(tmp_path / "journalfile.yaml")
    keys = set(yaml.safe_load((tmp_path / "journalfile.yaml").read_text()))
    assert set(yaml.safe_load(INSTRUCTLAB)) <= keys


def test_journal_of_instructlab_is_read() -> None:
    journal = decode(INSTRUCTLAB)
    assert journal.current_phase == "train2"
    assert journal.is_past("eval1") and not journal.is_past("train2")
    assert journal.train_1 and journal.train_1.checkpoints == "/data/phased/phase1/checkpoints"
    assert journal.eval_1 and journal.eval_1.best_checkpoint
    assert journal.eval_1.best_checkpoint.score == 0.47
    assert [result.score for result in journal.eval_1.results] == [0.45, 0.47]
    assert journal.eval_1.best_checkpoint.ended_at_utc == "2024-08-13T21:10:00.123456+00:00"


@pytest.mark.parametrize(
    "text", ["", "current_phase: [", "- 1", "current_phase: train9", "run_id: 1\ncurrent_phase: done"]
)
def test_unreadable_journal_is_backed_up(tmp_path: Path, text: str) -> None:
    path = tmp_path / "journalfile.yaml"
    path.write_text(text)
    opened = open_journal(path)
    assert opened.journal.current_phase == "train1"
    assert opened.backup is not None
    assert opened.backup.read_text() == text
    assert not path.exists()


def test_journal_rejects_yaml_tags_that_run_code() -> None:
    with pytest.raises(LabtopError):
        decode("!!python/object/apply:os.system ['touch /tmp/never']")


def test_repeating_a_step_clears_later_records() -> None:
    journal = decode(INSTRUCTLAB)
    journal.enter("train1")
    assert journal.current_phase == "train1" and journal.train_1 and journal.eval_1 is None
