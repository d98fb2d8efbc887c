"""What is known about the model, server or transfer under the cursor, as lines of text."""

from __future__ import annotations

import time
from collections.abc import Iterator
from textwrap import wrap

from textual.content import Content

from core.figures import binary_size, duration, size
from core.models.catalog import PREVIEW
from core.models.fit import Fit, MachineMemory
from core.overview.model import BestModel
from core.printable import printable
from widgets.glyphs import Glyphs
from widgets.models.catalog_row import CatalogLine
from widgets.models.here_row import HereLine, short_count
from widgets.models.running_row import RunningLine
from widgets.text_width import cut

NAME_WIDTH = 10
"""Columns of a figure's name."""

DIGEST_SHOWN = 19
"""Characters of a digest that identify it: `sha256:` and twelve digits."""

Fact = tuple[str, str]


def here_lines(line: HereLine, fit: Fit, best: BestModel | None, width: int, glyphs: Glyphs) -> list[Content]:
    """A model on this machine."""
    here, model = line.here, line.here.model
    facts: list[Fact] = []
    if here.finding.reason:
        facts.append(("state", f"{here.finding.reason} {here.finding.hint or ''}"))
    if line.served:
        facts.append(("served", "by the server in the list above; enter chats with it"))
    if line.best and best is not None:
        scores = [f"{one.kind} {one.tuned}" for one in best.comparisons]
        facts.append(("best", f"of {best.job}" + (f": {', '.join(scores)}" if scores else "")))
    figures = [f"{short_count(here.parameters)} parameters"] if here.parameters else []
    facts += [
        ("size", ", ".join([size(model.size), *figures])),
        ("memory", _memory(fit) if here.can_be_served else ""),
        ("made", time.strftime("%Y-%m-%d %H:%M", time.localtime(model.modified))),
        ("folder", str(model.path)),
    ]
    if here.origin is not None:
        kind = "docker://" if here.origin.kind == "oci" else ""
        facts.append(("from", f"{kind}{here.origin.repository}, release {here.origin.release}"))
        facts.append(("digest", here.origin.digest[:DIGEST_SHOWN]))
    return list(_lines(facts, width, glyphs))


def catalog_lines(line: CatalogLine, machine: MachineMemory, width: int, glyphs: Glyphs) -> list[Content]:
    """A documented model."""
    model = line.entry.model
    facts: list[Fact] = [
        ("here", str(line.entry.path or "no; enter downloads it")),
        ("for", model.purpose + (", needed for customizing" if model.needed else "")),
        ("memory", f"{_memory(line.fit)}; {machine_text(machine)}"),
        ("support", f"{model.support}, generation {', '.join(model.releases)}"),
        ("from", model.repository),
        ("notice", PREVIEW if model.preview else ""),
    ]
    return list(_lines(facts, width, glyphs))


def running_lines(line: RunningLine, width: int, glyphs: Glyphs) -> list[Content]:
    """A server, a download or an upload."""
    job, server = line.job, line.server
    facts: list[Fact] = []
    if server is not None:
        devices = f" on GPU {', '.join(server.devices)}" if server.devices else ""
        facts += [
            ("address", server.url or "it is loading the model"),
            ("names", ", ".join(server.names)),
            ("model", server.model),
            ("by", f"{server.backend}{devices}, process {server.pid}, started by {server.owner}"),
            ("log", server.log),
        ]
    if job is not None:
        left = "" if job.seconds_left is None or server is not None else f"{duration(job.seconds_left)} left"
        activity = [job.status, job.stage or "", job.activity, left, f"for {duration(job.seconds)}" if server else ""]
        facts.append((job.spec.id, ", ".join(part for part in activity if part)))
        if job.error is not None:
            facts.append(("error", f"{job.error['message']} {job.error.get('hint') or ''}"))
    return list(_lines(facts, width, glyphs))


def machine_text(machine: MachineMemory) -> str:
    """The memory of this machine in a few words."""
    if not machine.gpus:
        return f"no GPU, {binary_size(machine.main)} of memory"
    same = len(set(machine.gpus)) == 1
    gpus = (
        f"{len(machine.gpus)} x {binary_size(machine.gpus[0])}" if same else " + ".join(map(binary_size, machine.gpus))
    )
    return f"GPU {gpus}, {binary_size(machine.main)} of memory"


def _memory(fit: Fit) -> str:
    return fit.text if fit.needed is None else f"{fit.text}: needs about {binary_size(fit.needed)}"


def _lines(facts: list[Fact], width: int, glyphs: Glyphs) -> Iterator[Content]:
    names = max([NAME_WIDTH, *(len(name) for name, _ in facts)])
    room = max(10, width - names - 1)
    for name, value in facts:
        if not value.strip():
            continue
        shown = wrap(printable(value), room, break_on_hyphens=False) or [""]
        for number, text in enumerate(shown):
            label = f"{name if not number else '':<{names}} "
            yield Content.assemble((label, "$foreground-muted"), cut(text, room, glyphs))
