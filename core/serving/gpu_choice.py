"""The GPUs of one server: what the options ask for, without those that a training or a starting server needs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.config.options.serve import BackendOptions
from core.errors import LabtopError
from core.jobs.folder import JobStore
from core.models.local import check_model_folder
from core.serving.exclusion import (
    RunningTraining,
    devices_of,
    family,
    running_trainings,
    stop_command,
    without_trainings,
)
from core.serving.gpu_plan import Role, need_of, plan_gpus
from core.serving.registry import ServerRecord, ServerRegistry
from core.serving.vllm.plan import parallel_sizes
from core.system.devices import Device, describe_process, order_note, usable_devices
from core.system.gpu import GpuReading, read_gpus

SMALLER_WEIGHTS = ("--quantization", "-q", "--cpu-offload-gb")
"""vLLM's arguments with which a GPU holds less than the weights' files."""

MEMORY_SHARE = "--gpu-memory-utilization"
"""vLLM's argument for the share of each GPU's memory that it takes."""


@dataclass(frozen=True)
class Machine:
    """What a choice depends on besides the model: the GPUs, and who uses them."""

    reading: GpuReading
    environment: Mapping[str, str]
    servers: Sequence[ServerRecord] = ()
    trainings: Sequence[RunningTraining] = ()

    @classmethod
    def now(cls) -> Machine:
        """The state of this machine."""
        store = JobStore()
        return cls(read_gpus(), os.environ, ServerRegistry().read(), running_trainings(store))

    @property
    def devices(self) -> tuple[Device, ...]:
        """The GPUs that this program can use."""
        return usable_devices(self.reading, self.environment)

    def who(self, pid: int) -> str:
        """A process on a GPU, for messages: one of our servers with the command that ends it."""
        for server in self.servers:
            if pid in family(server.pid):
                return f"the server for {server.name} (`{stop_command(server)}` ends it)"
        return describe_process(pid)


@dataclass(frozen=True)
class GpuChoice:
    """The GPUs of a server, and the options that make it use them."""

    devices: tuple[str, ...]
    """As in CUDA_VISIBLE_DEVICES."""
    options: BackendOptions
    notes: tuple[str, ...]
    """What was chosen and why, in sentences."""


def choose_gpus(model: str, options: BackendOptions, machine: Machine, role: Role = "model") -> GpuChoice:
    """The GPUs for the model in a folder: as many as asked for, else as few as have room for it.

    Raises LabtopError if there is no room, with what holds the memory.
    """
    sizes = parallel_sizes(options)
    need = replace(need_of(role, check_model_folder(Path(model))), copies=sizes.data)
    if any(argument.partition("=")[0] in SMALLER_WEIGHTS for argument in options.vllm_args):
        need = replace(need, weights=0)  # vLLM itself finds out whether it has room
    devices, kept = _available(machine)
    asked = sizes.gpus if options.gpus or sizes.tensor > 1 else None
    try:
        plan = plan_gpus([need], devices, counts={} if asked is None else {role: asked}, who=machine.who)
    except LabtopError as error:
        hint = " ".join([*kept, error.hint or ""]).strip()
        raise LabtopError(error.message, hint=hint or None, code=error.code) from error
    chosen = plan.of(role)
    changed = options.model_copy(update={"gpus": len(chosen.devices)})
    if chosen.memory_share is not None and not any(each.startswith(MEMORY_SHARE) for each in options.vllm_args):
        share = (MEMORY_SHARE, f"{chosen.memory_share:.2f}")
        changed = changed.model_copy(update={"vllm_args": (*share, *changed.vllm_args)})
    order = order_note(machine.reading, machine.environment)
    notes = (*([order] if order else []), *kept, chosen.sentence, *plan.notes)
    return GpuChoice(chosen.ids, changed, notes)


def _available(machine: Machine) -> tuple[tuple[Device, ...], list[str]]:
    """The devices that are neither a training's nor a starting server's, and a sentence about the others."""
    left, sentences = without_trainings(machine.devices, machine.trainings)
    for server in machine.servers:
        taken = [device for device in left if server.url is None and device.id in server.devices]
        if taken:
            left = tuple(device for device in left if device not in taken)
            where = ", ".join(device.label for device in taken)
            sentences.append(f"{where} is left to the server for {server.name}, which is loading ({server.owner}).")
    return left, sentences


def processor_notes(machine: Machine) -> tuple[str, ...]:
    """A sentence about each training that computes on the processor, as a server without GPUs does."""
    return tuple(
        f"Job {training.name} trains a model on this machine's processor, too: both are slower until it ends."
        for training in machine.trainings
        if not devices_of(training.pid, machine.devices)
    )
