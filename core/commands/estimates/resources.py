"""Memory and disk of a training, compared with what this machine has."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.config.options.train import DeviceOptions, TrainingOptions
from core.figures import binary_size
from core.models.fit import MachineMemory, read_machine_memory
from core.models.local import check_model_folder
from core.models.weights import model_size
from core.monitor.checkpoint_space import space_for
from core.monitor.coming_training import ComingTraining
from core.training.estimate import ModelShape, memory_per_device, recomputes_activations

Record = dict[str, Any]


def memory_record(
    model: Path, options: TrainingOptions, longest: int, machine: MachineMemory | None = None
) -> Record | None:
    """The memory of each device for samples of up to `longest` tokens; None if the model's size is not known.

    {device, backend, processes, lora_rank, needed, state, per_token, available, fits, activation_checkpointing,
    max_batch_len, token_budget}, with sizes in bytes: `available` is that of the smallest device, None where this
    machine does not have so many; `token_budget` is the most tokens of a pass that fit, and no more than a step has.
    """
    size = model_size(model)
    if size is None:
        return None
    shape = ModelShape.from_config(check_model_folder(model).config, size.parameters)
    available = _available(options, machine or read_machine_memory())
    recompute = recomputes_activations(shape, options, longest, available)
    memory = memory_per_device(shape, options, recompute=recompute)
    fitting = None if available is None else memory.token_budget(available)
    budget = options.max_batch_len
    of_a_step = longest * -(-options.effective_batch_size // options.world_size)
    return {
        "device": options.device,
        "backend": options.backend,
        "processes": options.world_size,
        "lora_rank": options.lora_rank,
        "needed": memory.needed(budget),
        "state": memory.state,
        "per_token": memory.per_token,
        "available": available,
        "fits": None if fitting is None else fitting >= min(budget, longest),
        "activation_checkpointing": recompute,
        "max_batch_len": budget,
        "token_budget": None if fitting is None else min(fitting, max(budget, of_a_step)),
    }


def _available(options: DeviceOptions, machine: MachineMemory) -> int | None:
    """Bytes for each process."""
    if options.device == "cpu":
        return machine.main // options.nproc_per_node
    gpus = sorted(machine.gpus, reverse=True)
    return gpus[options.nproc_per_node - 1] if len(gpus) >= options.nproc_per_node else None


def memory_rows(memory: Record) -> list[tuple[str, str]]:
    """The same as text."""
    what = "GPU" if memory["device"] == "cuda" else "process"
    how = f"back end {memory['backend']}"
    if memory["lora_rank"]:
        how += f", LoRA adapters of rank {memory['lora_rank']}"
    rows = [
        (
            f"memory per {what}",
            f"about {binary_size(memory['needed'])} for {memory['max_batch_len']:,} tokens a pass "
            f"({binary_size(memory['state'])} for weights, gradients and optimizer; {how})",
        )
    ]
    if memory["activation_checkpointing"]:
        rows.append(("activations", "computed again in the backward pass (--activation-checkpointing)"))
    if memory["available"] is not None:
        rows.append(("available", binary_size(memory["available"]) + ("" if memory["fits"] else ": too little")))
        rows.append(("token budget", _budget_text(memory)))
    return rows


def _budget_text(memory: Record) -> str:
    if not memory["token_budget"]:
        return "none: the model does not fit; shard it over more GPUs or offload the optimizer"
    return f"up to --max-batch-len {memory['token_budget']} fits"


def disk_record(trainings: Sequence[ComingTraining]) -> Record | None:
    """{folder, checkpoints, needed, free, fits} of the coming checkpoints, in bytes; None if the size is not known."""
    space = space_for(trainings)
    if space is None:
        return None
    return {
        "folder": str(space.folder),
        "checkpoints": space.checkpoints,
        "needed": space.needed,
        "free": space.free,
        "fits": space.fits,
    }


def disk_rows(disk: Record) -> list[tuple[str, str]]:
    """The same as text."""
    needed, free = binary_size(disk["needed"]), binary_size(disk["free"])
    checkpoints = f"{disk['checkpoints']} checkpoints and the state to resume from"
    short = "" if disk["fits"] else f": {binary_size(disk['needed'] - disk['free'])} short"
    return [("disk", f"about {needed} for {checkpoints}; {free} free{short}")]
