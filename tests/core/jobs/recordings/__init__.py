"""Events of real jobs.

`quickstart-short.jsonl` is `labtop quickstart --short` on two cores, all events in order; paths and host are replaced.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from core.events import Event, decode


def recorded(name: str) -> list[Event]:
    """The events of a recording."""
    lines = (Path(__file__).parent / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    events = [decode(line) for line in lines]
    assert all(events)
    return [event for event in events if event is not None]


def stretched(events: list[Event], factor: Callable[[str], float]) -> list[Event]:
    """The same events with each stage as many times as long, as on another machine."""
    stretched: list[Event] = []
    time, before, stage = 0.0, 0.0, None
    for event in events:
        if event.type == "stage_started":
            stage = event.stage
        by = factor(stage) if stage is not None else 1.0
        time, before = time + (event.t - before) * by, event.t
        data = dict(event.data)
        for name in ("seconds_left", "seconds"):
            if isinstance(data.get(name), float):
                data[name] *= by
        stretched.append(replace(event, t=time, data=data))
        if event.type == "stage_finished":
            stage = None
    return stretched
