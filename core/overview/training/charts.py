"""The charts of a training: its phases one after another on one axis of steps, with other runs over it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.jobs.state.curves import Point
from core.jobs.state.series import Series, smoothed_curve, thin
from core.overview.training.gauges import GPU_MEMORY, GPU_UTILIZATION, MEMORY, SAMPLES
from core.overview.training.trace import Trace

VALIDATION = "validation_loss"

OVERLAYS = 4
"""The most other runs in a chart: more could not be distinguished."""

MARKED = "loss"
"""The chart that has a mark for each checkpoint."""

RUN, OWN = 0, 1
"""The groups of the training itself and of its second curve; other runs follow."""

GIB, PERCENT = 2.0**30, 0.01


@dataclass(frozen=True)
class Section:
    """A phase on the axis."""

    name: str
    start: float
    end: float


@dataclass(frozen=True)
class Chart:
    """Curves on one axis of steps."""

    name: str
    title: str
    sections: tuple[Section, ...]
    series: tuple[Series, ...]
    newest: float | None = None
    """The training's last value, of several GPUs their mean."""
    unit: str = ""
    """Of its values, as it is written after a number."""
    from_zero: bool = False
    """Whether its axis begins at 0, as that of a share of something."""


@dataclass(frozen=True)
class _Kind:
    """What a chart shows."""

    name: str
    """Of the curve in the events."""
    title: str
    smoothed: bool = False
    scale: float = 1.0
    """What its values are divided by."""
    unit: str = ""
    second: str = ""
    """The name of a curve in the same chart."""
    for_each_gpu: bool = False
    from_zero: bool = False


KINDS = (
    _Kind("loss", "loss", smoothed=True, second=VALIDATION),
    _Kind("lr", "learning rate"),
    _Kind("grad_norm", "gradient norm", smoothed=True),
    _Kind("tokens_per_second", "tokens/s", smoothed=True),
    _Kind(SAMPLES, "samples/s", smoothed=True),
    _Kind(GPU_UTILIZATION, "GPU utilization", scale=PERCENT, unit="%", for_each_gpu=True, from_zero=True),
    _Kind(GPU_MEMORY, "GPU memory", scale=GIB, unit=" GiB", for_each_gpu=True, from_zero=True),
    _Kind(MEMORY, "memory", scale=GIB, unit=" GiB", from_zero=True),
    _Kind("padding", "padding", scale=PERCENT, unit="%", from_zero=True),
)
"""The charts in their order."""


def charts(run: Trace, others: Sequence[Trace] = ()) -> tuple[Chart, ...]:
    """The charts for which the training has values. Phases of the others begin where those of the training do."""
    sections = _sections([run, *others], run)
    found = [
        _of_gpus(kind, sections, run) if kind.for_each_gpu else _chart(kind, sections, run, others) for kind in KINDS
    ]
    return tuple(chart for chart in found if chart is not None)


def _sections(runs: Sequence[Trace], shown: Trace) -> dict[int, Section]:
    """The phases of all runs, each as long as the longest."""
    lengths: dict[int, float] = {}
    for run in runs:
        for phase, stage in run.phases().items():
            points, _ = run.curve(stage, "loss")
            last = max((step for step, _ in points), default=0)
            lengths[phase] = max(lengths.get(phase, 0.0), last)
    sections, start = {}, 0.0
    named = len(lengths) > 1 or any(stage != "train" for stage in shown.phases().values())
    for phase, length in sorted(lengths.items()):
        sections[phase] = Section(f"phase {phase}" if named else "", start, start + length)
        start += length
    return sections


def _of_gpus(kind: _Kind, sections: dict[int, Section], run: Trace) -> Chart | None:
    """A curve for each GPU, or one for all of them if the job reported them together."""
    names = [name for name in run.names() if name.partition(".")[0] == kind.name]
    series: list[Series] = []
    newest: list[float] = []
    for number, name in enumerate(sorted(names, key=lambda name: int(name.partition(".")[2] or 0))):
        gpu = name.partition(".")[2]
        curves = list(_curves(kind, name, run, sections, number, f"GPU {gpu}" if gpu else run.name))
        series += curves
        newest += [curves[-1].ys[-1]] if curves else []
    if not series:
        return None
    mean = sum(newest) / len(newest)
    return Chart(kind.name, kind.title, tuple(sections.values()), tuple(series), mean, kind.unit, kind.from_zero)


def _chart(kind: _Kind, sections: dict[int, Section], run: Trace, others: Sequence[Trace]) -> Chart | None:
    own = list(_curves(kind, kind.name, run, sections, RUN, run.name))
    if not own:
        return None
    newest = own[-1].ys[-1]
    if kind.second:
        second = replace(kind, smoothed=False)
        own += _curves(second, kind.second, run, sections, OWN, kind.second.replace("_", " "))
    over: list[Series] = []
    for number, other in enumerate(others[:OVERLAYS], start=OWN + 1):
        for one in _curves(kind, kind.name, other, sections, number, other.name):
            over.append(replace(one, ys=one.smoothed or one.ys, smoothed=(), checkpoints=()))
    return Chart(kind.name, kind.title, tuple(sections.values()), (*over, *own), newest, kind.unit, kind.from_zero)


def _curves(
    kind: _Kind, name: str, run: Trace, sections: dict[int, Section], group: int, label: str
) -> Iterator[Series]:
    """A curve for each phase, moved to where the phase begins."""
    for phase, stage in run.phases().items():
        points, checkpoints = run.curve(stage, name)
        start = sections[phase].start
        moved: list[Point | tuple[float, float]] = [(x + start, y / kind.scale) for x, y in points]
        if kind.smoothed:
            marked = checkpoints if kind.name == MARKED else []
            one = smoothed_curve(label, moved, [step + start for step in marked])
        else:
            one = thin(label, moved)
        if one.xs:
            yield replace(one, group=group)
