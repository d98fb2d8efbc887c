"""The job of `model train`."""

from __future__ import annotations

import os
import re
from importlib.util import find_spec
from pathlib import Path

from core import paths
from core.commands.form_table import OF_ADAPTERS, OF_TWO_PHASES
from core.commands.make_room import Agree, to_make_room
from core.commands.nodes import check_rendezvous
from core.commands.phases.benchmarks import find_benchmarks
from core.commands.phases.options import StartOver, criteria_of, phases_options, replay_options
from core.commands.request import Given, JobRequest, Note, absolute_path, ignore
from core.config.option_table import TABLE
from core.config.options.train import DeviceOptions, TrainOptions
from core.config.settings import Settings
from core.errors import LabtopError, UsageError
from core.figures import counted
from core.jobs.launchers import TorchrunLauncher
from core.models.catalog import catalog, find_in_catalog, located
from core.models.local import check_model_folder
from core.models.names import short_name
from core.paths import Paths
from core.serving.names import require_model
from core.system.devices import usable_devices
from core.system.extras import require
from core.system.gpu import GpuMonitor, GpuReading
from core.training.adapters import check_adapters
from core.training.arguments import TrainArguments
from core.training.data_files import training_data
from core.training.folders import check_folders
from core.training.launch import check_launch, launcher_for, missing_for_deepspeed
from core.training.phases.options import PhasesOptions

SINGLE = {
    "data_path": "--phased-phase1-data and --phased-phase2-data",
    "ckpt_output_dir": "--phased-base-dir",
    "num_epochs": "--phased-phase1-num-epochs and --phased-phase2-num-epochs",
    "effective_batch_size": "--phased-phase1-effective-batch-size and --phased-phase2-effective-batch-size",
    "learning_rate": "--phased-phase1-learning-rate and --phased-phase2-learning-rate",
    "save_samples": "--phased-phase1-samples-per-save and --phased-phase2-samples-per-save",
}
"""The options of training in one phase, each with its counterparts for two phases."""

OF_OFFLOADING = ("deepspeed_cpu_offload_optimizer_ratio", "deepspeed_cpu_offload_optimizer_pin_memory")
"""The options of DeepSpeed that only an optimizer in host memory uses."""

TITLES = {"lab-multiphase": " in two phases", "lab-skills-only": " on skills"}
"""The end of a job's title, by strategy."""


def train_request(
    options: TrainOptions,
    given: Given,
    wants_new: StartOver = lambda _folder: False,
    note: Note = ignore,
    agree: Agree = lambda _sentence: False,
    settings: Settings | None = None,
) -> JobRequest:
    """The training that the options ask for; `settings` name the judge of its checkpoints, and how it is served.

    Raises LabtopError for mistakes that can be found before it starts."""
    _refuse_unused(options, given)
    _note_unused(options, given, note)
    if "validation_frequency" in given.names and not options.validation_split:
        raise UsageError("--validation-frequency requires --validation-split, the share of samples to hold out.")
    if "replay_share" in given.names and options.replay_data is None:
        raise UsageError("--replay-share requires --replay-data, the file of samples to mix in.")
    if options.tensorboard_log_dir is not None and find_spec("tensorboard") is None:
        raise LabtopError(
            "--tensorboard-log-dir requires TensorBoard, which is not installed.",
            hint="Install it (pip install tensorboard), or leave the option out.",
            code="no-tensorboard",
        )
    if options.four_bit_quant:
        note("--4-bit-quant is --lora-quantize-dtype nf4: the frozen weights next to the adapters have 4 bits.")
        options = options.model_copy(update={"lora_quantize_dtype": "nf4"})
    if options.node_rank and options.detached:
        raise UsageError(
            "--detached is for node rank 0: the other nodes have no job, and end with that of node rank 0."
        )
    if options.force_clear_phased_cache and not (options.dry_run or options.node_rank):
        wants_new = _always
    roots = paths.current()
    require("train")
    model = checked_student(options, given, note)
    if not options.dry_run:
        check_rendezvous(options)
    if options.strategy is None:
        replay = replay_options(options)
        single = _single(model, options, roots)
        check_folders(model, single.ckpt_output_dir)
        work = {"train": single.model_dump(mode="json")}
        work |= {"replay": replay.model_dump(mode="json")} if replay else {}
    else:
        found = find_benchmarks(options, settings, model, criteria_of(options).values(), note)
        work = {"phases": phases_options(model, options, roots, wants_new, found).to_data()}
    title = f"Train {short_name(model)}" + TITLES.get(options.strategy or "", "")
    stops = () if options.dry_run else to_make_room(options, note, agree)
    return JobRequest("train", "core.training.job:run", work, title, stops=stops)


def member_launcher(request: JobRequest) -> TorchrunLauncher:
    """How a node other than node rank 0 takes part in the training of a request."""
    if phases := request.options.get("phases"):
        options = PhasesOptions.from_data(phases)
        training: DeviceOptions = next(iter(options.phases.values())).training
        launcher = launcher_for(training, Path(options.base_dir))
    else:
        arguments = TrainArguments.from_data(request.options["train"])
        launcher = launcher_for(arguments, arguments.ckpt_output_dir)
    assert isinstance(launcher, TorchrunLauncher)
    return launcher


def _always(_base: Path) -> bool:
    return True


def _refuse_unused(options: TrainOptions, given: Given) -> None:
    """Reject options that would have no effect."""
    strategy = options.strategy
    for row in TABLE["train"].options:
        if row.name not in given.names:
            continue
        if not options.lora_rank and row.name in OF_ADAPTERS:
            raise UsageError(f"{row.flags[0]} requires --lora-rank.")
        if strategy is None and row.name in OF_TWO_PHASES:
            raise UsageError(f"{row.flags[0]} requires --strategy lab-multiphase.")
        if strategy == "lab-skills-only" and row.name.startswith(("phased_phase1_", "phase1_")):
            raise UsageError(f"{row.flags[0]} is for --strategy lab-multiphase: lab-skills-only has no such phase.")
        if strategy is not None and row.name in SINGLE:
            raise UsageError(
                f"{row.flags[0]} is for training in one phase. With --strategy lab-multiphase use {SINGLE[row.name]}."
            )


def _note_unused(options: TrainOptions, given: Given, note: Note) -> None:
    """Note options of a back end or of several machines that this training does not have."""
    for row in TABLE["train"].options:
        if row.name not in given.names:
            continue
        flag, backend = row.flags[0], row.name.partition("_")[0]
        if backend in ("fsdp", "deepspeed") and backend != options.backend:
            note(f"{flag} has no effect: it is for {backend}, and the back end is {options.backend}.")
        elif row.name in OF_OFFLOADING and not options.deepspeed_cpu_offload_optimizer:
            note(f"{flag} has no effect without --deepspeed-cpu-offload-optimizer.")
        elif backend == "rdzv" and options.nnodes == 1:
            note(f"{flag} has no effect on one machine (--nnodes).")


def checked_student(options: TrainOptions, given: Given, note: Note = ignore) -> Path:
    """The folder of the model to train. Raises LabtopError if it cannot be trained here."""
    check_devices(options, given)
    model = _student(options.model_path, note)
    check_model_folder(model)
    if sentence := serving_only(model.name):
        note(sentence)
    return model


def _student(given: str | None, note: Note) -> Path:
    if given is not None:
        return Path(require_model(given, paths.current().models_dir))
    found = default_student(note)
    if found is None:
        raise LabtopError("No student model given.", hint="Pass its folder with --model-path, or set train.model_path.")
    return found


def default_student(note: Note = ignore) -> Path | None:
    """The documents' base model for customizing that is on this machine, the newest generation first."""
    bases = [model for model in catalog() if model.is_base and model.needed]
    for entry in located(bases, paths.current().models_dir):
        if entry.path is not None:
            note(f"No student was named: using {entry.model.name}, the documented base model.")
            return entry.path
    return None


LAB_NAME = re.compile(r"(?:^|[-_.])lab(?:[-_.]|$)", re.IGNORECASE)
"""In the names of models that were tuned with the LAB method."""


def serving_only(name: str) -> str | None:
    """A sentence about a model that is not documented as a base for customizing, or is tuned already by its name."""
    documented = find_in_catalog(name)
    if documented is not None and documented.is_base:
        return None
    if documented is None:
        if not LAB_NAME.search(name):
            return None
        return (
            f"{name} is a LAB model by its name, which is tuned already: training it may give poor results. Train its"
            " base model."
        )
    bases = ", ".join(model.name for model in catalog() if model.is_base and model.needed)
    return (
        f"{documented.name} is documented for {documented.purpose}, and not for customizing: training it may give poor"
        f" results. The documented base models are {bases}."
    )


def check_devices(options: TrainOptions, given: Given, reading: GpuReading | None = None) -> None:
    """Raises LabtopError if this machine has too few GPUs for the training, or its back end is not installed."""
    check_launch(options)
    check_adapters(options)
    if options.backend == "deepspeed" and (missing := missing_for_deepspeed()):
        raise LabtopError(
            missing,
            hint="Install it (pip install '.[train]', and g++ and python3-dev of the system's packages), or use "
            "--distributed-backend fsdp.",
            code="no-deepspeed",
        )
    if options.device == "cpu":
        return
    present = len(usable_devices(reading or GpuMonitor().read(), os.environ))
    if present >= options.nproc_per_node:
        return
    found = f"{present} of them" if present else "none"
    hint = "Use --nproc-per-node with the number of GPUs, or --device cpu with a small model."
    if given.origins.get("train.device", "").startswith("profile"):
        hint = (
            f"The profile {options.profile} sets the device {options.device}. Use --device cpu and a small model, or "
            "set train.device to cpu (labtop config edit); the profile's values are then replaced by defaults."
        )
    raise LabtopError(
        f"The training needs {counted(options.nproc_per_node, 'GPU')}, and this machine has {found}.",
        hint=hint,
        code="no-gpu",
    )


def _single(model: Path, options: TrainOptions, roots: Paths) -> TrainArguments:
    return TrainArguments(
        **options.training(),
        model_path=model,
        data_path=tuple(training_data(absolute_path(options.data_path), roots.datasets_dir)),
        ckpt_output_dir=absolute_path(options.ckpt_output_dir) or roots.checkpoints_dir,
        data_output_dir=absolute_path(options.data_output_dir),
        tensorboard_log_dir=absolute_path(options.tensorboard_log_dir),
    )
