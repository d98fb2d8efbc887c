"""The workbench at 80x24 while it watches a job for an hour: its memory, the cost of an event, and its pauses.

Run as `python tests/benchmarks/workbench/memory.py [MINUTES]`; prints one JSON line. No terminal is needed. The events
of a training are replayed as fast as the workbench reads them, five seconds of the job at a time. A pause is the time
for which the event loop is busy with one thing, such as drawing a frame.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from unittest.mock import patch

import psutil

MINUTES = 60

STEP_SECONDS = 5
"""Of the job that are replayed at once."""

TICK_SECONDS = 0.002
"""Between two looks at the event loop."""

LOOK_SECONDS = 0.01
"""Between two looks of the workbench at the jobs, which looks each second and four times a second otherwise."""

Entry = tuple[str, dict[str, object]]


def second_of(number: int, total: int) -> list[Entry]:
    """What a training reports in one second: two steps, and now and then how far it is and how it is."""
    entries: list[Entry] = [
        (
            "metric",
            {"step": step, "values": {"loss": 0.4 + 4 / step, "lr": 1e-4, "tokens_per_second": 900.0 + step % 50}},
        )
        for step in (2 * number + 1, 2 * number + 2)
    ]
    entries.append(("progress", {"done": number, "total": total, "unit": "samples", "rate": 1.0}))
    if number % 10 == 0:
        entries.append(("heartbeat", {"rss": 2**30 + number}))
    return entries


async def replay(minutes: int) -> dict[str, object]:
    from core.events import Event
    from core.jobs.folder import JobStore
    from core.jobs.spec import new_spec
    from core.jobs.state.job_state import JobState
    from core.jobs.state.reducer import reduce
    from tui import app as workbench
    from tui.screens.jobs import pane as jobs

    folder = JobStore().create(new_spec("train", "none:none", {}, title="A training"))
    lock = folder.take_lock()
    begun, state, number, seconds = time.time(), JobState(), 0, 60 * minutes

    def report(stage: str | None, entries: list[Entry]) -> None:
        nonlocal state, number
        events = [
            Event(number + offset, begun + state.events, float(number), kind, stage, data)
            for offset, (kind, data) in enumerate(entries)
        ]
        number += len(events)
        with folder.events.open("a") as stream:
            stream.write("".join(event.encode() + "\n" for event in events))
        state = reduce(state, events)
        folder.write_status({**state.summary(), "started": begun, "last_told": time.time()})

    report(None, [("job_started", {"kind": "train", "pid": 1, "host": "here"})])
    report("train", [("stage_started", {"title": "Train"}), *second_of(0, seconds)])
    process, app = psutil.Process(), workbench.Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("8")
        pane = app.screen
        assert isinstance(pane, jobs.JobsPane)

        async def shown() -> None:
            while pane.detail.events_shown < number:  # noqa: ASYNC110 - nothing signals it
                await asyncio.sleep(LOOK_SECONDS)
            await pilot.pause(LOOK_SECONDS)

        pauses: list[float] = []

        async def watch() -> None:
            while True:
                slept = time.perf_counter()
                await asyncio.sleep(TICK_SECONDS)
                pauses.append(1000 * (time.perf_counter() - slept - TICK_SECONDS))

        await shown()
        first, cpu, before = process.memory_info().rss, time.process_time(), number
        watching = asyncio.create_task(watch())
        for start in range(1, seconds + 1, STEP_SECONDS):
            ahead = range(start, min(start + STEP_SECONDS, seconds + 1))
            report("train", [entry for second in ahead for entry in second_of(second, seconds)])
            await shown()
        spent, last = time.process_time() - cpu, process.memory_info().rss
        watching.cancel()
    os.close(lock)
    return {
        "benchmark": "memory",
        "minutes": minutes,
        "events": number - before,
        "start_mb": first >> 20,
        "end_mb": last >> 20,
        "growth_mb": round((last - first) / 2**20, 1),
        "cpu_ms_per_event": round(1000 * spent / (number - before), 2),
        "pause_p99_ms": round(statistics.quantiles(pauses, n=100)[98], 1),
        "pause_worst_ms": round(max(pauses), 1),
    }


def main() -> None:
    minutes = int(sys.argv[1]) if len(sys.argv) > 1 else MINUTES
    with tempfile.TemporaryDirectory() as home:
        os.environ["LABTOP_HOME"] = home
        with patch("tui.watch.WATCH_SECONDS", LOOK_SECONDS), patch("tui.screens.jobs.pane.TICK_SECONDS", LOOK_SECONDS):
            print(json.dumps(asyncio.run(replay(minutes))))


if __name__ == "__main__":
    main()
