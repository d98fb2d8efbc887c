"""Following a job: its state, its curves and its log, a bounded piece at a time."""

from __future__ import annotations

import json

from core.events import Event
from core.jobs.folder import JobStore
from core.jobs.follow import JobFollower, curves_of
from core.jobs.spec import new_spec
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
    name, (curve,) = curves_of(state)
    assert name == "loss"
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
    _, (curve,) = curves_of(reduce(JobState(), events))
    assert curve.checkpoints == (4,)


def test_redrawn_progress_bar_becomes_its_last_state() -> None:
    assert log_text(b" 10%|#\r 50%|##\r100%|####") == "100%|####"
    assert log_text(b"\x1b[31mred\x1b[0m\r") == "red"
    assert log_text(b"\xff\x1b]0;title\x07") == "�\\u001b]0;title\\u0007"
