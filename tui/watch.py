"""What the workbench looks at in the background for as long as it is open: the jobs and the machine."""

from __future__ import annotations

import asyncio

from core.jobs.board import JobBoard
from core.system.pulse import FIRST_PULSE_SECONDS, PULSE_SECONDS, PulseMeter
from tui.context import Context

WATCH_SECONDS = 1.0
"""Interval at which all jobs are checked."""


async def watch_jobs(context: Context, board: JobBoard) -> None:
    """Publish changes to the jobs."""
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        jobs = await asyncio.to_thread(board.read)
        if jobs != context.jobs:
            context.jobs = jobs
            context.jobs_changed.publish(jobs)


async def watch_pulse(context: Context) -> None:
    """Publish how busy the machine is."""
    await asyncio.sleep(FIRST_PULSE_SECONDS)
    meter = PulseMeter()
    while True:
        context.pulse = await asyncio.to_thread(meter.read)
        context.pulse_changed.publish(context.pulse)
        await asyncio.sleep(PULSE_SECONDS)
