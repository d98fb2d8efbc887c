"""Which GPUs each model gets: teacher, student and judge, by the memory that they need and the memory that is free.

A pure function of what NVML reported and of the models' sizes. vLLM's rules are kept: the number of GPUs that share a
model divides its attention heads, and matches its key-value heads; a program sees one MIG device only.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from core.errors import LabtopError
from core.figures import memory
from core.models.fit import MARGIN
from core.models.local import ModelFolder
from core.system.devices import Device

Role = Literal["teacher", "student", "judge", "model"]
"""What a model is needed for; `model` is one that is only served."""

OVERHEAD = 2 * 2**30
"""Bytes on each GPU for CUDA, its libraries and intermediate results."""

VLLM_SHARE = 0.92
"""The share of a GPU's memory that vLLM takes, and must find free, by default."""

SPARE_SHARE = 0.02
"""Of a GPU's memory, left free where other programs use it, too: their use changes a little."""


@dataclass(frozen=True)
class Need:
    """What serving a model takes."""

    role: Role
    name: str
    weights: int
    """Bytes of its weights, on all GPUs together."""
    heads: int | None = None
    """Attention heads; None if unknown."""
    kv_heads: int | None = None
    copies: int = 1
    """Copies of the model that share the requests (vLLM's data parallel size)."""

    def on_each(self, count: int) -> int:
        """Bytes that each of `count` GPUs must have free."""
        return int(self.weights * MARGIN * self.copies / count) + OVERHEAD

    def fits(self, count: int) -> bool:
        """Whether the copies of the model can be divided among so many GPUs."""
        parts, rest = divmod(count, self.copies)
        if rest or not parts:
            return False
        heads, shared = self.heads or parts, self.kv_heads or parts
        return heads % parts == 0 and (shared % parts == 0 or parts % shared == 0)


@dataclass(frozen=True)
class Assignment:
    """The GPUs of one model."""

    need: Need
    devices: tuple[Device, ...]
    shared_with: tuple[Role, ...] = ()
    """The models on the same GPUs, which cannot run at the same time as this one."""
    memory_share: float | None = None
    """The share of each GPU's memory that the server may take; None for its default."""

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(device.id for device in self.devices)

    @property
    def sentence(self) -> str:
        need = memory(self.need.on_each(len(self.devices)))
        where = ", ".join(device.label for device in self.devices)
        each = " each" if len(self.devices) > 1 else ""
        role = "" if self.need.role == "model" else f" ({self.need.role})"
        text = f"{self.need.name}{role} on {where}: needs about {need}{each}"
        if free := [device.memory_free for device in self.devices if device.memory_free is not None]:
            text += f", {memory(min(free))} is free"
        if self.memory_share is not None:
            text += f", and it may take {self.memory_share:.0%} of the memory"
        if self.shared_with:
            text += f"; not at the same time as the {' and the '.join(self.shared_with)}"
        return f"{text}."


@dataclass(frozen=True)
class GpuPlan:
    """The assignments, in the order of the needs, and what other programs use."""

    assignments: tuple[Assignment, ...]
    notes: tuple[str, ...] = ()

    def of(self, role: Role) -> Assignment:
        return next(each for each in self.assignments if each.need.role == role)


def need_of(role: Role, folder: ModelFolder) -> Need:
    """What serving the model in a folder takes."""
    config = folder.config
    text = config["text_config"] if isinstance(config.get("text_config"), dict) else config
    weights = sum(file.stat().st_size for file in folder.weights)
    return Need(
        role, Path(folder.path).name, weights, _count(text, "num_attention_heads"), _count(text, "num_key_value_heads")
    )


def _count(config: Mapping[str, Any], name: str) -> int | None:
    value = config.get(name)
    return value if type(value) is int and value > 0 else None


def plan_gpus(
    needs: Sequence[Need],
    devices: Sequence[Device],
    *,
    counts: Mapping[Role, int] | None = None,
    who: Callable[[int], str] = lambda pid: f"process {pid}",
) -> GpuPlan:
    """Assign GPUs to each model, the largest first: as few as have room for it, with the most free memory.

    Models get GPUs of their own as long as there are enough, and share them otherwise. `counts` asks for a number of
    GPUs. Raises LabtopError if a model has no room at all, with what holds the memory.
    """
    taken: dict[str, list[Role]] = {}
    assigned: dict[Role, Assignment] = {}
    for need in sorted(needs, key=lambda each: -each.weights):
        count = (counts or {}).get(need.role)
        own = [device for device in devices if device.id not in taken]
        chosen = _choose(need, own, count) or _choose(need, devices, count)
        if chosen is None:
            raise _no_room(need, devices, count, who)
        sharing = dict.fromkeys(role for device in chosen for role in taken.get(device.id, ()))
        assigned[need.role] = Assignment(need, chosen, tuple(sharing), _memory_share(chosen))
        for device in chosen:
            taken.setdefault(device.id, []).append(need.role)
    return GpuPlan(tuple(assigned[need.role] for need in needs), tuple(in_use(devices, who)))


def _choose(need: Need, devices: Sequence[Device], count: int | None) -> tuple[Device, ...] | None:
    """As few devices as have room, in their own order; `count` of them if that many are asked for."""
    by_kind: dict[tuple[str | None, int | None, bool], list[Device]] = {}
    for device in devices:  # the parts of a divided model run at the pace of the slowest
        by_kind.setdefault((device.name, device.memory_total, device.is_mig), []).append(device)
    for number in [count] if count is not None else range(1, len(devices) + 1):
        if not need.fits(number):
            continue
        for (_, _, is_mig), group in by_kind.items():
            if len(group) < number or (is_mig and number > 1):
                continue
            best = sorted(group, key=lambda device: -(device.memory_free or 0))[:number]
            if all(device.memory_free is None or device.memory_free >= need.on_each(number) for device in best):
                return tuple(device for device in devices if device in best)
    return None


def _memory_share(devices: Sequence[Device]) -> float | None:
    """The share of memory that vLLM may take where other programs hold too much for its default."""
    shares = [
        device.memory_free / device.memory_total
        for device in devices
        if device.memory_free is not None and device.memory_total
    ]
    free = min(shares, default=1.0)
    return None if free > VLLM_SHARE else int((free - SPARE_SHARE) * 100) / 100


def in_use(devices: Sequence[Device], who: Callable[[int], str], without: Container[int] = ()) -> list[str]:
    """A sentence for each device whose memory other processes hold, except for those `without`."""
    sentences = []
    for device in devices:
        held = [
            who(process.pid) + ("" if process.memory is None else f" with {memory(process.memory)}")
            for process in device.processes
            if process.pid not in without
        ]
        if held:
            sentences.append(f"{device.label} is also used by {', '.join(held)}.")
    return sentences


def _no_room(need: Need, devices: Sequence[Device], count: int | None, who: Callable[[int], str]) -> LabtopError:
    if count is not None and count > len(devices):
        return LabtopError(
            f"{need.name} is to use {count} GPUs, but {len(devices)} can be used.",
            hint="`labtop system info` lists the GPUs; the variable CUDA_VISIBLE_DEVICES restricts them.",
            code="no-gpu-memory",
        )
    if not devices:
        return LabtopError(
            f"No GPU is left for {need.name}, which needs about {memory(need.on_each(count or need.copies))}.",
            hint="`labtop system info` lists the GPUs; the variable CUDA_VISIBLE_DEVICES restricts them.",
            code="no-gpu-memory",
        )
    possible = [number for number in range(1, len(devices) + 1) if need.fits(number)]
    if count is not None and count not in possible:
        copies = "" if need.copies == 1 else f" in {need.copies} copies"
        return LabtopError(
            f"{need.name}{copies} cannot be divided among {count} GPUs: it has {need.heads} attention heads"
            + (f" and {need.kv_heads} key-value heads." if need.kv_heads else "."),
            hint=f"Use --gpus with one of: {', '.join(map(str, possible))}.",
        )
    if (count or 1) > 1 and sum(not device.is_mig for device in devices) < (count or 1):
        return LabtopError(
            f"{need.name} cannot be divided among MIG devices: a program can use only one of them.",
            hint="Use --gpus 1, or GPUs that are not in multi-instance mode.",
        )
    number = count or max(possible, default=1)
    free = "; ".join(f"{device.label}: {memory(device.memory_free)}" for device in devices)
    where = "1 GPU" if number == 1 else f"each of {number} GPUs"
    return LabtopError(
        f"{need.name} does not fit: it needs about {memory(need.on_each(number))} on {where}, and free is {free}.",
        hint=" ".join(in_use(devices, who)) or "Use a smaller model, or more GPUs.",
        code="no-gpu-memory",
    )
