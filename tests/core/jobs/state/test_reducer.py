"""From events to the state of a job."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.events import Event, Reporter, StagePlan, decode
from core.jobs.state.job_state import Choice, JobState
from core.jobs.state.reducer import reduce


def event(kind: str, data: dict[str, Any], *, stage: str | None = None, t: float = 0.0, seq: int = 0) -> Event:
    return Event(seq, 1000.0 + t, t, kind, stage, data)


STARTED = event("job_started", {"kind": "train", "pid": 7, "host": "here"})
PLAN = event(
    "plan",
    {"stages": [{"id": "a", "title": "A", "expected_seconds": 10}, {"id": "b", "title": "B", "expected_seconds": 30}]},
)

HALF_OF_A = [
    event("progress", {"done": 0, "total": 10, "unit": "x"}, stage="a"),
    event("progress", {"done": 5, "total": 10, "unit": "x", "seconds_left": 5.0}, stage="a", t=5),
]


def test_progress_is_the_share_of_the_expected_duration() -> None:
    state = reduce(JobState(), [STARTED, PLAN, event("stage_started", {"title": "A"}, stage="a"), *HALF_OF_A])
    assert state.seconds_left == 5 + 30
    assert state.progress == 5 / 40
    state = reduce(state, [event("stage_finished", {"status": "succeeded", "seconds": 10}, stage="a", t=10)])
    assert state.progress == 10 / 40
    assert state.current is None
    state = reduce(state, [event("stage_started", {"title": "B"}, stage="b", t=10)])
    assert state.seconds_left == 30


def test_repeated_step_replaces_the_earlier_one_in_a_new_state() -> None:
    before = reduce(JobState(), [event("metric", {"step": 1, "values": {"loss": 3.0}}, stage="a")])
    after = reduce(before, [event("metric", {"step": 1, "values": {"loss": 2.0}}, stage="a")])
    assert before.metrics["a"]["loss"].points() == [(1, 3.0)]
    assert after.metrics["a"]["loss"].points() == [(1, 2.0)]


def test_unknown_or_incomplete_events_change_only_the_time() -> None:
    odd = [
        event("invention", {"x": 1}, t=3),
        event("progress", {"done": "much"}, stage="a", t=4),
        event("job_finished", {"status": "exploded"}, t=5),
        event("metric", {"step": "first"}, stage="a", t=6),
        event("metric", {"step": 10**400, "values": {"loss": 1.0}}, stage="a", t=6),
        event("count", {"key": {}, "produced": 10**400, "parsed": 1, "kept": 1}, stage="a", t=6),
        event("plan", {"stages": [{"title": "no id"}]}, t=7),
    ]
    state = reduce(reduce(JobState(), [STARTED]), odd)
    assert state.status == "running"
    assert state.stages == {}
    assert (state.metrics, state.counts) == ({}, {})
    assert (state.seconds, state.events) == (7, 8)


def test_second_plan_keeps_finished_stages() -> None:
    state = reduce(JobState(), [STARTED, PLAN, event("stage_started", {"title": "A"}, stage="a", t=1)])
    again = {"stages": [{"id": "b", "title": "B"}, {"id": "a", "title": "A, longer", "expected_seconds": 99}]}
    state = reduce(state, [event("plan", again)])
    assert list(state.stages) == ["b", "a"]
    assert state.stages["a"].status == "running"
    assert state.stages["a"].expected_seconds == 99


def test_heartbeats_do_not_count_as_activity() -> None:
    state = reduce(JobState(), [STARTED, event("heartbeat", {"rss": 5}, t=50)])
    assert state.last_reported == 0.0
    assert state.heartbeat == {"rss": 5}


def test_reducer_understands_every_reporter_event() -> None:
    reported: list[Event] = []
    reporter = Reporter(lambda kind, stage, data: reported.append(event(kind, data, stage=stage, t=len(reported))))
    reporter.plan([StagePlan("a", "A", purpose="To see.")])
    reporter.at("a").amount(4, "rows")
    with reporter.stage("a", "A", quiet_seconds=5) as stage:
        stage.progress(1, 4, "rows")
        stage.count({"leaf": "l", "block": "b"}, produced=3, parsed=2, kept=1, rejected={"short": 1})
        stage.metric(1, loss=0.5)
        stage.score("mmlu_branch", "m", 0.5, stderr=0.1, n=20)
        stage.choice("mmlu_branch", "/m", score=0.5, tied=["/l", "/m"])
        stage.sample("qa", {"question": "q" * 5000, "answer": "a"})
        stage.note("warning", "Look.", hint="There.")
        stage.artifact("dataset", "/d", size=3, rows=1)
    state = reduce(JobState(), [decoded for line in reported if (decoded := decode(line.encode()))])
    assert state.stages["a"].status == "succeeded"
    assert state.stages["a"].purpose == "To see."
    assert (state.stages["a"].amount, state.stages["a"].unit) == (4, "rows")
    assert state.counts["l", "b"].rejected == {"short": 1}
    assert state.scores[0].n == 20
    assert state.choices == {"a": Choice("mmlu_branch", "/m", 0.5, ("/l", "/m"))}
    assert len(state.samples[0]["question"]) <= 2048
    assert state.notes[0]["hint"] == "There."
    assert state.artifacts[0]["summary"] == {"rows": 1}


def test_samples_are_rate_limited() -> None:
    reported: list[str] = []
    reporter = Reporter(lambda kind, _stage, _data: reported.append(kind))
    for _ in range(1000):
        reporter.sample("qa", {"question": "q"})
    assert 1 <= len(reported) <= 5


@given(st.text() | st.binary())
def test_decode_returns_none_for_any_other_line(line: str | bytes) -> None:
    assert decode(line) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
TYPES = st.sampled_from(
    [
        "job_started",
        "job_finished",
        "plan",
        "stage_started",
        "stage_finished",
        "progress",
        "count",
        "metric",
        "score",
        "task_scores",
    ]
)


@given(st.lists(st.tuples(TYPES, st.dictionaries(st.sampled_from(["stages", "done", "key", "step", "values"]), JSON))))
def test_reduce_accepts_any_data(pairs: list[tuple[str, dict[str, Any]]]) -> None:
    state = reduce(JobState(), [event(kind, data, stage="a") for kind, data in pairs])
    assert state.events == len(pairs)
    assert state.progress is None or 0 <= state.progress <= 1


def test_stopped_stage_keeps_its_progress() -> None:
    state = reduce(JobState(), [STARTED, PLAN, event("stage_started", {"title": "A"}, stage="a"), *HALF_OF_A])
    state = reduce(state, [event("job_finished", {"status": "cancelled"}, t=5)])
    assert state.progress == 5 / 40
    assert state.seconds_left is None
    assert state.summary()["ended_in"] == "A"


def test_history_of_progress_is_bounded_and_begins_again_with_a_new_unit() -> None:
    state = JobState()
    for done in range(100):
        data = {"done": done, "total": None, "unit": "requests"}
        state = reduce(state, [event("progress", data, stage="a", t=done)])
    progress = state.stages["a"].progress
    assert progress is not None
    assert (len(progress.history), progress.first, progress.measured_seconds) == (60, (0, 0), 99)
    assert progress.activity == "99 requests"
    state = reduce(state, [event("progress", {"done": 100, "total": 200, "unit": "rows"}, stage="a", t=100)])
    progress = state.stages["a"].progress
    assert progress is not None
    assert (progress.history, progress.measured_seconds) == (((100, 100),), 0.0)


def test_scores_of_tasks_are_kept_until_all_are_finished() -> None:
    events: list[Event] = []
    reporter = Reporter(lambda kind, stage, data: events.append(event(kind, data, stage=stage)), "evaluate")
    reporter.task_scores("mmlu", "m", {"anatomy": (0.5, 0.1, 20)}, total=57)
    reporter.task_scores("mmlu", "m", {"physics": (0.7, 0.1, 10), "law": (0.25, 0.1, 9)}, total=57)
    reporter.task_scores("mmlu", "other", {"anatomy": (0.5, 0.1, 20)}, total=57)
    empty = event("task_scores", {"benchmark": "mmlu", "model": "empty", "total": 57, "tasks": {}})
    state = reduce(JobState(), [*events, empty])
    found = state.task_scores["mmlu", "m"]
    assert {name: (task.score, task.n) for name, task in found.tasks.items()} == {
        "anatomy": (0.5, 20),
        "physics": (0.7, 10),
        "law": (0.25, 9),
    }
    assert (found.total, state.scores) == (57, ())
    state = reduce(state, [event("score", {"benchmark": "mmlu", "model": "m", "score": 0.6})])
    assert list(state.task_scores) == [("mmlu", "other")]
