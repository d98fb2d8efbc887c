"""What the training profiles of the menu would need for a model."""

from __future__ import annotations

from pathlib import Path

from core.commands.estimates.resources import Record, memory_record
from core.config.options.train import TrainOptions
from core.config.profiles import MENU, read_profile
from core.figures import binary_size, counted
from core.models.fit import MachineMemory


def profile_records(model: Path, options: TrainOptions, longest: int) -> list[Record]:
    """The named defaults of each profile, with the memory that each GPU would need; empty without the model's size.

    [{name, processes, effective_batch_size, max_batch_len, backend, offload, needed, gpu_memory}], in bytes.
    """
    found = []
    for name in MENU:
        settings = {**options.model_dump(), **read_profile(name)["train"], "distributed_backend": None}
        profile = TrainOptions(**settings)
        memory = memory_record(model, profile, longest, MachineMemory())
        if memory is None:
            return []
        found.append(
            {
                "name": name.removesuffix(".yaml"),
                "processes": profile.nproc_per_node,
                "effective_batch_size": profile.effective_batch_size,
                "max_batch_len": profile.max_batch_len,
                "backend": profile.backend,
                "offload": profile.deepspeed_cpu_offload_optimizer or profile.fsdp_cpu_offload_optimizer,
                "needed": memory["needed"],
            }
        )
    return found


def profile_rows(profiles: list[Record]) -> list[tuple[str, str]]:
    """The same as text."""
    return [
        (
            f"profile {each['name']}",
            f"about {binary_size(each['needed'])} for each of {counted(each['processes'], 'GPU')}: steps of "
            f"{each['effective_batch_size']:,} samples, {each['max_batch_len']:,} tokens a pass, "
            f"back end {each['backend']}" + (", optimizer in host memory" if each["offload"] else ""),
        )
        for each in profiles
    ]
