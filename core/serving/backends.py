"""Which program serves a model, vLLM or the embedded server: the one place where commands and jobs decide it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from core import paths
from core.config.options.serve import BackendOptions
from core.errors import LabtopError
from core.models.local import check_model_folder
from core.serving.argv import embedded_plan
from core.serving.gpu_choice import Machine, choose_gpus, processor_notes
from core.serving.names import BUILTIN_TEACHER
from core.serving.plan import ServerPlan
from core.serving.templates import choose_template
from core.serving.vllm.adapters import read_adapters
from core.serving.vllm.interpreter import Vllm, find_vllm
from core.serving.vllm.plan import check_arguments, check_heads, vllm_plan
from core.system.extras import require

INSTALL = "Install it into an environment of its own, and set serve.vllm_python to that environment's bin/python."


@dataclass(frozen=True)
class ModelServer:
    """A model, and the server that serves it with the given options."""

    model: str
    """A folder, or builtin:extractive."""
    backend: Literal["vllm", "embedded"]
    reason: str
    """Which back end it is and why, as a sentence."""
    plan: Callable[[int], ServerPlan]
    """The plan for a port. The embedded server takes a free one for port 0."""
    host: str = "127.0.0.1"
    notes: tuple[str, ...] = ()
    """What the user should know about the options, in sentences."""

    @property
    def needs_port(self) -> bool:
        """Whether the server cannot choose a free port itself."""
        return self.backend == "vllm"


def model_server(
    model: str,
    options: BackendOptions,
    *,
    host: str = "127.0.0.1",
    served_name: str | None = None,
    machine: Machine | None = None,
) -> ModelServer:
    """The server for a model's folder or builtin:extractive. Raises LabtopError for what cannot be served like that."""
    check_arguments(options.vllm_args)
    if model == BUILTIN_TEACHER:
        return _teacher(options, host, served_name)
    folder = check_model_folder(Path(model), contents=True)
    machine = machine or Machine.now()
    vllm, reason = _choose(options, machine)
    if vllm is None:
        server = _embedded(model, options, reason, host, served_name)
        return replace(server, notes=(*server.notes, *processor_notes(machine)))
    if vllm.for_cpu:
        check_heads(folder.config)
    return _vllm(model, options, vllm, reason, host, served_name, machine)


def _choose(options: BackendOptions, machine: Machine) -> tuple[Vllm | None, str]:
    """The vLLM to use, or None for the embedded server, and why."""
    if options.backend == "embedded":
        return None, "Back end: the embedded server, as requested."
    if options.backend == "vllm":
        vllm = find_vllm(options.vllm_python)
        if vllm is None:
            where = options.vllm_python or "labtop's own environment"
            raise LabtopError(f"vLLM is not installed in {where}.", hint=INSTALL, code="no-vllm")
        return vllm, f"Back end: {vllm.package}, as requested."
    if not machine.devices:
        return None, "Back end: the embedded server, since no GPU can be used."
    vllm = find_vllm(options.vllm_python)
    if vllm is None:
        return None, "Back end: the embedded server, since vLLM is not installed."
    return vllm, f"Back end: {vllm.package}, since a GPU can be used."


def _vllm(
    model: str,
    options: BackendOptions,
    vllm: Vllm,
    reason: str,
    host: str,
    served_name: str | None,
    machine: Machine,
) -> ModelServer:
    template = choose_template(Path(model), options.chat_template, options.model_family)
    adapters = read_adapters(options.lora, paths.current().models_dir)
    notes = [template.note] if template.note else []
    devices: tuple[str, ...] = ()
    if vllm.for_cpu:
        notes += [*processor_notes(machine)]
        if options.gpus:
            notes.append("--gpus has no effect: this build of vLLM computes on the processor.")
    else:
        choice = choose_gpus(model, options, machine)
        devices, options = choice.devices, choice.options
        notes += choice.notes

    def plan(port: int) -> ServerPlan:
        return vllm_plan(
            model,
            options,
            vllm,
            host=host,
            port=port,
            served_name=served_name,
            devices=devices,
            template=template.file,
            adapters=adapters,
        )

    return ModelServer(model, "vllm", reason, plan, host, tuple(notes))


def _embedded(model: str, options: BackendOptions, reason: str, host: str, served_name: str | None) -> ModelServer:
    require("serve")
    if options.lora:
        raise LabtopError(
            "LoRA adapters are served by vLLM only.", hint=f"Use --backend vllm. {INSTALL}", code="needs-vllm"
        )
    template = choose_template(Path(model), options.chat_template, options.model_family)

    def plan(port: int) -> ServerPlan:
        return embedded_plan(
            model,
            host=host,
            port=port,
            served_name=served_name,
            threads=options.num_threads,
            context_tokens=options.max_ctx_size,
            chat_template=template.file,
        )

    notes = [template.note] if template.note else []
    return ModelServer(model, "embedded", reason, plan, host, (*notes, *_without_effect(options)))


def _teacher(options: BackendOptions, host: str, served_name: str | None) -> ModelServer:
    require("serve")
    reason = "Back end: the rule-based teacher's own server."
    notes = _without_effect(options)

    def plan(port: int) -> ServerPlan:
        return embedded_plan(BUILTIN_TEACHER, host=host, port=port, served_name=served_name)

    return ModelServer(BUILTIN_TEACHER, "embedded", reason, plan, host, notes)


def _without_effect(options: BackendOptions) -> tuple[str, ...]:
    """A sentence for each option that only vLLM has."""
    given = {
        "--gpus": options.gpus,
        "--tensor-parallel-size": options.tensor_parallel_size,
        "--data-parallel-size": options.data_parallel_size,
        "serve.vllm_args": options.vllm_args,
    }
    return tuple(f"{name} has no effect: it is for vLLM only." for name, value in given.items() if value)
