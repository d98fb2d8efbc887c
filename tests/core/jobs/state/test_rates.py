"""The present rates of a job."""

from __future__ import annotations

from core.events import Event
from core.jobs.state.job_state import JobState
from core.jobs.state.rates import rates_of
from core.jobs.state.reducer import reduce
from tests.core.jobs.recordings import recorded


def test_rates_of_a_recorded_training() -> None:
    events = [event for event in recorded("quickstart-short") if event.t <= 50]
    rates = {rate.name: rate for rate in rates_of(reduce(JobState(), events))}
    assert list(rates) == ["loss", "lr", "grad norm", "samples/s", "tokens/s", "memory"]
    assert rates["loss"].value == "0.417"
    assert rates["loss"].detail == "mean 0.598  best 0.417"
    assert rates["lr"].value == "3.97e-04"
    assert 80 < float(rates["samples/s"].value) < 120
    assert len(rates["loss"].values) == 60
    assert rates["samples/s"].values


def test_rates_know_the_epoch_from_a_checkpoint() -> None:
    summary = {"samples": 100, "epoch": 0.5, "step": 10}
    events = [
        Event(0, 1.0, 0.0, "stage_started", "train", {"title": "Train"}),
        Event(1, 1.0, 1.0, "artifact", "train", {"kind": "checkpoint", "path": "/x", "bytes": 1, "summary": summary}),
        Event(2, 1.0, 2.0, "progress", "train", {"done": 250, "total": 400, "unit": "samples"}),
    ]
    assert [(rate.name, rate.value) for rate in rates_of(reduce(JobState(), events))] == [("epoch", "1.25")]


def test_rates_of_a_job_that_reports_none() -> None:
    assert rates_of(JobState()) == ()
