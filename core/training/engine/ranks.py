"""The processes of a training, and what they agree about."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist

MILLISECONDS = "INSTRUCTLAB_NCCL_TIMEOUT_MS"
"""InstructLab's environment variable for the time-out of collectives."""


def collective_timeout(seconds: float | None, environment: Mapping[str, str]) -> timedelta | None:
    """The time-out of collectives: in seconds as given, else by InstructLab's variable; None is torch's own."""
    given = environment.get(MILLISECONDS, "")
    if seconds is None and given.isdecimal() and int(given):
        seconds = int(given) / 1000
    return None if seconds is None else timedelta(seconds=seconds)


@dataclass(frozen=True)
class Ranks:
    """This process's place among those that train together. Without a process group there is only this one."""

    rank: int
    world_size: int
    device: torch.device
    grouped: bool
    """Whether there is a process group, of one or more ranks."""
    group: dist.ProcessGroup | None = None
    """The group of their communication; None is the default one."""

    @classmethod
    def alone(cls, device: str = "cpu") -> Ranks:
        """One process without a process group, on the CPU or the first GPU."""
        return cls(0, 1, torch.device("cuda:0" if device == "cuda" else device), grouped=False)

    @classmethod
    def join(cls, device: str = "cpu", timeout: float | None = None) -> Ranks:
        """Join the process group that torchrun's variables describe: gloo on the CPU, NCCL and gloo on GPUs.

        `timeout` is the longest time in seconds for a collective, as for `collective_timeout`. A group that this
        process is in already is used again.
        """
        limit = collective_timeout(timeout, os.environ)
        here = torch.device("cuda", int(os.environ["LOCAL_RANK"])) if device == "cuda" else torch.device("cpu")
        if here.type == "cuda":
            torch.cuda.set_device(here)
        if not dist.is_initialized() and here.type == "cuda":
            dist.init_process_group("cpu:gloo,cuda:nccl", device_id=here, timeout=limit)
        elif not dist.is_initialized():
            dist.init_process_group("gloo", timeout=limit)
        return cls(dist.get_rank(), dist.get_world_size(), here, grouped=True)

    def with_separate_group(self) -> Ranks:
        """The same ranks for another thread, with a group of their own: the order of its communication is independent.

        All ranks call it at the same time.
        """
        return replace(self, group=dist.new_group(backend="gloo")) if self.grouped else self

    @property
    def is_first(self) -> bool:
        """Whether this is rank 0, which writes and reports."""
        return self.rank == 0

    def mean(self, value: torch.Tensor) -> torch.Tensor:
        """The mean of a tensor over all ranks, on its device."""
        if self.world_size > 1:
            dist.all_reduce(value, group=self.group)
            value /= self.world_size
        return value

    def any(self, *flags: bool) -> tuple[bool, ...]:
        """Of each flag, whether any rank has set it."""
        if self.world_size == 1:
            return flags
        agreed = torch.tensor(flags, dtype=torch.uint8)
        dist.all_reduce(agreed, op=dist.ReduceOp.MAX, group=self.group)
        return tuple(bool(flag) for flag in agreed)

    def from_first(self, value: Any) -> Any:
        """The value of rank 0, in all ranks; the others' is ignored."""
        if self.world_size == 1:
            return value
        values = [value]
        dist.broadcast_object_list(values, src=0, group=self.group, device=torch.device("cpu"))
        return values[0]

    def gather(self, value: Any) -> list[Any]:
        """The values of all ranks, in their order."""
        if self.world_size == 1:
            return [value]
        values: list[Any] = [None] * self.world_size
        dist.all_gather_object(values, value, group=self.group)
        return values

    def wait(self) -> None:
        """Return when all ranks have come here."""
        self.any(False)
