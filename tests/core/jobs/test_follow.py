"""Following a job: its state, its curves and its log, a bounded piece at a time."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from core.events import Event
from core.jobs.folder import JobFolder, JobStore
from core.jobs.follow import JobFollower, resumed_jobs
from core.jobs.spec import new_spec
from core.jobs.state.job_curves import curves_of
from core.jobs.state.job_state import JobState
from core.jobs.state.reducer import reduce
from core.jobs.tail import log_text


def metric_events(count: int) -> str:
    """The events of a training with `count` steps, as lines."""
    lines = [("job_started", None, {"kind": "train", "pid": 1, "host": "h"})]
    lines.append(("stage_started", "train", {"title": "Train"}))  # type: ignore[arg-type]
    for step in range(1, count + 1):
        lines.append(("metric", "train", {"step": step, "values": {"loss": 1 / step, "lr": 1e-4}}))  # type: ignore[arg-type]
    lines.append(("job_finished", None, {"status": "succeeded", "result": {"steps": count}}))
    return "".join(
        json.dumps({"v": 1, "seq": seq, "time": 1.0 * seq, "t": 0.1 * seq, "type": kind, "stage": stage, "data": data})
        + "\n"
        for seq, (kind, stage, data) in enumerate(lines)
    )


def test_follower_is_bounded_and_complete() -> None:
    folder = JobStore().create(new_spec("train", "none:none", {}, title="x"))
    folder.events.write_text(metric_events(3000))
    follower = JobFollower(folder)
    looks = 0
    while (news := follower.read(log=False)) is not None:
        state = news.state
        looks += 1
        assert looks < 100
    assert state.events == 3003
    assert follower.read(log=False) is None


def training(folder: JobFolder, first: int, last: int, **started: object) -> None:
    """A job that trained from one step to another, with a checkpoint at each tenth."""
    events = [("job_started", None, {"kind": "train", "pid": 1, "host": "h", **started})]
    events.append(("stage_started", "train", {"title": "Train"}))  # type: ignore[arg-type]
    for step in range(first, last + 1):
        events.append(("metric", "train", {"step": step, "values": {"loss": float(step)}}))  # type: ignore[arg-type]
        if step % 10 == 0:
            summary = {"kind": "checkpoint", "path": "/x", "bytes": 1, "summary": {"step": step}}
            events.append(("artifact", "train", summary))  # type: ignore[arg-type]
    lines = [Event(seq, 1.0, float(seq), *event).encode() for seq, event in enumerate(events)]
    folder.events.write_text("\n".join(lines) + "\n")


def test_curve_of_a_resumed_job_contains_the_earlier_part() -> None:
    """Three jobs: steps 1 to 30, resumed from 21 to 50, resumed from 41 on."""
    store = JobStore()
    resumed, folder = None, None
    for first, last in ((1, 30), (21, 50), (41, 60)):
        folder = store.create(new_spec("train", "none:none", {}, title="x", resumes=resumed))
        training(folder, first, last)
        resumed = folder.id
    assert folder is not None
    update = JobFollower(folder).read(log=False)
    assert update is not None
    (curve,) = update.curves
    assert curve.xs == tuple(range(1, 61))
    assert curve.checkpoints == (10, 20, 30, 40, 50, 60)
    assert update.state.events == 2 + 20 + 2


def test_curve_of_a_resumed_job_with_a_removed_or_circular_predecessor() -> None:
    store = JobStore()
    first = store.create(new_spec("train", "none:none", {}, title="x", resumes="train-gone"))
    assert resumed_jobs(first) == []
    spec = replace(first.spec, id="train-loop", resumes="train-loop")
    assert resumed_jobs(store.create(spec)) == []
    for name in ("n" * 5000, f"../jobs/{first.id}", "train-\0", ""):
        assert resumed_jobs(store.create(replace(first.spec, id=f"train-{len(name)}", resumes=name))) == []


def test_follower_reports_the_share_read_until_the_present_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = JobStore().create(new_spec("train", "none:none", {}, title="x"))
    folder.events.write_text(metric_events(3000))
    monkeypatch.setattr("core.jobs.follow.READ_SECONDS", 0.0)
    follower = JobFollower(folder)
    update = follower.read(log=False)
    assert update is not None
    assert (update.complete, update.share_read, update.entries, update.curves) == (False, 0.0, (), ())
    monkeypatch.setattr("core.jobs.follow.READ_SECONDS", 60.0)
    update = follower.read(log=False)
    assert update is not None
    assert (update.complete, update.share_read, update.entries_again) == (True, 1.0, True)
    assert update.entries[0].message.startswith("train started")
    with folder.events.open("a") as stream:
        stream.write(Event(9, 1.0, 400.0, "note", None, {"level": "info", "message": "More."}).encode() + "\n")
    update = follower.read(log=False)
    assert update is not None
    assert ([entry.message for entry in update.entries], update.entries_again) == (["More."], False)


def test_long_log_is_read_from_its_end() -> None:
    folder = JobStore().create(new_spec("train", "none:none", {}, title="x"))
    folder.log.write_bytes(b"".join(b"line %d\n" % number for number in range(200_000)))
    news = JobFollower(folder).read(log=True)
    assert news is not None
    assert "skipped" in news.log_lines[0]
    assert news.log_lines[-1] == "line 199999"
    assert len(news.log_lines) < 80_000


def test_chart_of_a_long_training_shows_all_of_it() -> None:
    state = JobState()
    for start in range(0, 100_000, 1000):
        events = [
            Event(step, 1.0, 1.0, "metric", "train", {"step": step, "values": {"lr": 0.1, "loss": 1 / (step + 1)}})
            for step in range(start, start + 1000)
        ]
        state = reduce(state, events)
    curves = curves_of(state)
    assert curves.name == "loss"
    (curve,) = curves.series
    assert (curve.xs[0], curve.xs[-1]) == (0, 99_999)
    assert (max(curve.ys), min(curve.ys)) == (1.0, 1 / 100_000)
    assert len(curve.xs) > 500


def test_curve_has_the_checkpoints_of_its_stage() -> None:
    events = [
        Event(step, 1.0, 1.0, "metric", "phase1", {"step": step, "values": {"loss": 1 / step}}) for step in range(1, 9)
    ]
    for stage, kind, summary in (
        ("phase1", "checkpoint", {"step": 4}),
        ("phase2", "checkpoint", {"step": 5}),
        ("phase1", "dataset", {"step": 6}),
        ("phase1", "checkpoint", {"parameters": 7}),
        ("phase1", "checkpoint", None),
    ):
        data = {"kind": kind, "path": "/x", "bytes": None, "summary": summary}
        events.append(Event(len(events), 1.0, 1.0, "artifact", stage, data))
    (curve,) = curves_of(reduce(JobState(), events)).series
    assert curve.checkpoints == (4,)


def test_redrawn_progress_bar_becomes_its_last_state() -> None:
    assert log_text(b" 10%|#\r 50%|##\r100%|####") == "100%|####"
    assert log_text(b"\x1b[31mred\x1b[0m\r") == "red"
    assert log_text(b"\xff\x1b]0;title\x07") == "�\\u001b]0;title\\u0007"
