"""The charts of trainings: phases one after another, other runs over them, and what is reported between steps."""

from __future__ import annotations

import time

import pytest

from core.jobs.folder import JobFolder
from core.overview.training.charts import OWN, RUN, Chart, charts
from core.overview.training.trace import Trace
from tests.core.overview.training.jobs import FakeTraining, finished, options, running, stopped


def read(folder: JobFolder) -> Trace:
    trace = Trace(folder)
    trace.read(time.monotonic() + 60)
    assert trace.is_complete
    return trace


def named(found: tuple[Chart, ...]) -> dict[str, Chart]:
    return {chart.name: chart for chart in found}


def test_charts_put_the_phases_one_after_another() -> None:
    found = named(charts(read(finished().put("train-a"))))
    assert list(found) == [
        "loss", "lr", "grad_norm", "tokens_per_second", "samples_per_second",
        "gpu_utilization", "gpu_memory", "rss",
    ]  # fmt: skip
    loss = found["loss"]
    assert [(part.name, part.start, part.end) for part in loss.sections] == [("phase 1", 0, 80), ("phase 2", 80, 140)]
    first, second, *validation = loss.series
    assert (first.xs[0], first.xs[-1], second.xs[0], second.xs[-1]) == (1, 80, 81, 140)
    assert (first.checkpoints, second.checkpoints) == ((40, 80), (110, 140))
    assert len(first.smoothed) == len(first.ys)
    assert [one.group for one in loss.series] == [RUN, RUN, OWN, OWN]
    assert [one.xs for one in validation] == [(20, 40, 60, 80), (100, 120, 140)]
    assert found["gpu_memory"].newest == pytest.approx(61)
    assert [(one.name, one.group) for one in found["gpu_memory"].series] == [("GPU 0", 0)] * 2 + [("GPU 1", 1)] * 2
    assert found["gpu_utilization"].newest == pytest.approx(90)
    assert found["samples_per_second"].newest == pytest.approx(8, rel=0.01)


def test_charts_begin_the_phases_of_other_runs_where_those_of_the_run_do() -> None:
    run, other = read(running().put("train-a")), read(finished().put("train-b"))
    loss = named(charts(run, [other]))["loss"]
    assert [part.end for part in loss.sections] == [80, 140], "each phase is as long as the longest"
    over = [one for one in loss.series if one.group == OWN + 1]
    assert [(one.name, one.xs[0], one.xs[-1]) for one in over] == [("b", 1, 80), ("b", 81, 140)]
    assert all(not one.smoothed and not one.checkpoints for one in over)


def test_charts_continue_where_a_resumed_run_was_stopped() -> None:
    stopped().put("train-a")
    again = FakeTraining("train", 100, options())
    again.begin("train.phase1").steps("train.phase1", 21, 50, 80, level=0.6)
    loss = named(charts(read(again.put("train-b", resumes="train-a"))))["loss"]
    (series,) = loss.series
    assert series.xs == tuple(range(1, 51))
    assert series.checkpoints == (20,)


def test_charts_of_a_training_without_phases_have_no_section_name() -> None:
    job = FakeTraining("train", 100, {"train": {"model_path": "/m", "data_path": ["/d.jsonl"], "num_epochs": 1}})
    job.begin("train").steps("train", 1, 5, 10, padding=0.25)
    found = named(charts(read(job.put("train-a"))))
    assert [(part.name, part.end) for part in found["loss"].sections] == [("", 5)]
    assert found["padding"].newest == pytest.approx(25)


def test_charts_take_the_metric_that_a_worker_reports_itself() -> None:
    job = FakeTraining("train", 100, {})
    job.begin("train").steps("train", 1, 5, 10, samples_per_second=77.0)
    assert named(charts(read(job.put("train-a"))))["samples_per_second"].newest == 77.0


def test_charts_survive_damaged_events() -> None:
    job = FakeTraining("train", 100, {})
    job.begin("train").steps("train", 1, 12, 20)
    job.add("metric", "train", step="x", values=3).add("progress", "train", done=None, unit="samples")
    job.add("heartbeat", gpus=[{"index": "x"}, 3], rss="much").add("heartbeat", gpus={"a": 1})
    found = named(charts(read(job.put("train-a"))))
    assert found["loss"].series[0].xs[-1] == 12
    assert found["rss"].newest == pytest.approx(12)
