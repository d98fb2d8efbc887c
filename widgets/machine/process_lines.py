"""The columns of the list of processes."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from textual.content import Content

from core.figures import binary_size, duration
from core.monitor.processes import ProcessRow
from widgets.glyphs import Glyphs
from widgets.machine.parts import ABSENT
from widgets.text_width import bar, cut, fit

WIDE = 104
"""Columns from which user, GPUs and the job's progress are shown."""

NARROW = 66
"""Columns below which jobs are not shown."""

BAR_WIDTH = 12

DAY = 86_400.0


def process_header(width: int) -> str:
    """The names of the columns."""
    user = f"{'USER':<9} " if width >= WIDE else ""
    gpus = f"{'GPU':>4} " if width >= WIDE else ""
    job = f"{'JOB':<{_job_width(width)}}" if width >= NARROW else ""
    names = f"{'CPU':>5} {'RAM':>5} {gpus}{'GPURAM' if width >= WIDE else 'GPU':>6} {'TIME':>8}"
    return f" {'PID':>7} {user}{'WHAT'.ljust(_what_width(width))} {job} {names}"


def process_line(row: ProcessRow, progress: float | None, width: int, glyphs: Glyphs) -> Content:
    """One process: what it is, its job, and what it uses."""
    wide = width >= WIDE
    user = f"{cut(row.user or ABSENT, 9, glyphs):<9} " if wide else ""
    cpu = _cpu(row.cpu)
    gpus = f"{cut(_ranges(row.gpus) or ABSENT, 4, glyphs):>4} " if wide else ""
    figures = f"{cpu:>5} {_amount(row.memory):>5} {gpus}{_amount(row.gpu_memory):>6} {_age(row.seconds):>8}"
    job = cut(row.job or ABSENT, 16, glyphs) if width >= NARROW else ""
    full, empty = bar(progress, BAR_WIDTH, glyphs) if wide and progress is not None else ("", "")
    share = f" {progress:>4.0%}" if full or empty else ""
    rest = _job_width(width) - len(job) - len(full) - len(empty) - len(share) - bool(share)
    return Content.assemble(
        f" {row.pid:>7} {user}",
        (fit(row.what, _what_width(width), glyphs), "" if row.ours else "$foreground-muted"),
        " ",
        (job, "$text-primary" if row.job else "$foreground-muted"),
        " " if share else "",
        (full, "$primary"),
        (empty, "$foreground-disabled"),
        share,
        " " * max(0, rest),
        f" {figures}",
    )


def _job_width(width: int) -> int:
    if width < NARROW:
        return 0
    return 16 + (BAR_WIDTH + 6 if width >= WIDE else 0)


def _what_width(width: int) -> int:
    taken = 9 + 1 + _job_width(width) + 1 + 27 + (10 + 5 if width >= WIDE else 0)
    return max(8, width - taken - 1)


def _cpu(share: float) -> str:
    """Processor time in at most five columns; 100% is one core."""
    if not isfinite(share):
        return ABSENT
    return f"{share:.0%}" if share < 99.995 else f"{share / 10:.0f}k%"


def _age(seconds: float | None) -> str:
    """A time in at most eight columns."""
    return f"{seconds / DAY:.0f} d" if seconds is not None and seconds >= 4 * DAY else duration(seconds)


def _amount(count: int | None) -> str:
    """Bytes in at most five columns: 389M, 9.4G."""
    return binary_size(count).replace(" ", "").replace("iB", "") if count is not None else ABSENT


def _ranges(numbers: Sequence[int]) -> str:
    """Ascending numbers with runs of them in short: `0-7`, `0,2,5-6`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
