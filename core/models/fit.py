"""Whether a model fits the memory of this machine, by the size of its weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, TypeVar

from core.system.gpu import read_gpus
from core.system.host import read_memory

MARGIN = 1.2
"""Memory for a byte of weights: the cache of a few conversations and the activations need the rest."""

Place = Literal["one-gpu", "several-gpus", "memory", "unknown", "too-large"]
"""Where a model can be served, the best first; `memory` is that of the processor."""

ORDER: tuple[Place, ...] = ("one-gpu", "several-gpus", "memory", "unknown", "too-large")


@dataclass(frozen=True)
class MachineMemory:
    """What weights can be loaded into. In bytes."""

    gpus: tuple[int, ...] = ()
    """The memory of each GPU whose memory is reported; of GPUs in MIG mode, of the largest instance alone."""
    main: int = 0
    """The main memory that this process may use."""


@dataclass(frozen=True)
class Fit:
    """How a model fits a machine."""

    place: Place
    gpus: int = 0
    """How many GPUs are needed."""
    needed: float | None = None
    """Bytes of memory; None where the size of the weights is not known."""

    @property
    def fits(self) -> bool:
        return self.place in ("one-gpu", "several-gpus", "memory")

    @property
    def text(self) -> str:
        """In two or three words."""
        return {
            "one-gpu": "fits 1 GPU",
            "several-gpus": f"fits {self.gpus} GPUs",
            "memory": "fits memory",
            "unknown": "size not stated",
            "too-large": "too large",
        }[self.place]


def read_machine_memory() -> MachineMemory:
    """The memory of this machine's GPUs and processor. Never raises: no driver is an ordinary state."""
    found = read_gpus().gpus
    instances = [part.memory_total or 0 for gpu in found for part in gpu.mig_devices]
    if instances:  # they cannot share the weights of a model
        return MachineMemory((max(instances),), read_memory().total)
    return MachineMemory(tuple(gpu.memory_total for gpu in found if gpu.memory_total), read_memory().total)


def fit_of(size: float | None, machine: MachineMemory) -> Fit:
    """Where weights of a size, in bytes, can be served.

    Several GPUs share the weights equally, so that the smallest of them counts, and their number is a power of two,
    which divides the attention heads of all usual models.
    """
    if size is None:
        return Fit("unknown")
    needed = size * MARGIN
    gpus = sorted(machine.gpus, reverse=True)
    number = 1
    while number <= len(gpus):
        if needed / number <= gpus[number - 1]:
            return Fit("one-gpu" if number == 1 else "several-gpus", number, needed)
        number *= 2
    return Fit("memory" if needed <= machine.main else "too-large", 0, needed)


Sized = TypeVar("Sized")


def by_fit(items: Iterable[Sized], fit: Callable[[Sized], Fit]) -> list[Sized]:
    """The items whose models fit best first; equal ones keep their order."""
    return sorted(items, key=lambda item: (ORDER.index(fit(item).place), fit(item).gpus))
