"""The options of `model serve`, and those of them that decide how any model is served."""

from __future__ import annotations

import shlex
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Le
from pydantic import BeforeValidator

from core.config.options.base import (
    File,
    JobOptions,
    Natural,
    Options,
    Positive,
    Texts,
    once,
    option,
    refused_model_id,
    setting,
    unneeded,
)

Port = Annotated[int, Ge(0), Le(65535)]

REFUSED_BACKENDS = {"llama-cpp": "labtop serves safetensors models, with vLLM or its own server, and no GGUF files"}
"""InstructLab's back ends that labtop does not have, and why."""


def _not_refused(value: Any) -> Any:
    if isinstance(value, str) and value in REFUSED_BACKENDS:
        raise ValueError(f"{value} is not available: {REFUSED_BACKENDS[value]}")
    return value


def _arguments(value: Any) -> Any:
    return shlex.split(value) if isinstance(value, str) else value


Backend = Annotated[Literal["auto", "vllm", "embedded"], BeforeValidator(_not_refused)]


class BackendOptions(Options):
    """How a model is served, whichever command starts the server. The job that serves a model takes them unchanged."""

    backend: Annotated[Backend, option(refused_values=REFUSED_BACKENDS)] = "auto"
    """Program that serves the model. auto: vLLM where a GPU and vLLM are available, else labtop's embedded server."""
    gpus: Positive | None = None
    """Number of GPUs to serve on. Default: as many as the tensor and data parallel sizes need."""
    tensor_parallel_size: Positive | None = None
    """Number of GPUs that share one copy of the model; vLLM only. Default: --gpus divided by --data-parallel-size."""
    data_parallel_size: Positive | None = None
    """Number of copies of the model that share the requests; vLLM only. Default: 1."""
    lora: Annotated[Texts, option(metavar="NAME=PATH")] = ()
    """LoRA adapter to serve under a name of its own; vLLM only. May be given several times."""
    chat_template: str = "auto"
    """Chat template: auto (the model's own, else its family's), tokenizer (the model's own), or a Jinja file."""
    model_family: str | None = None
    """Family whose chat template is used for a model without one: granite or mixtral. Default: by the architecture."""
    max_ctx_size: Annotated[Positive | None, option(unit="tokens")] = None
    """Maximum number of tokens of prompt and reply. Default: the model's own."""
    num_threads: Positive | None = None
    """Number of processor threads to compute with. Default: chosen by the model's size."""
    vllm_python: File | None = None
    """Python interpreter of the environment with vLLM. Default: LABTOP_VLLM_PYTHON, else labtop's own."""
    vllm_args: Annotated[tuple[str, ...], BeforeValidator(_arguments), setting()] = ()
    """Arguments for vLLM itself; `model serve` also takes them after `--`."""
    restart: Natural = 0
    """How often to start the server again when it ends by itself or stops answering; the pause before it doubles."""
    max_startup_attempts: Annotated[Positive, setting()] = 300
    """How often a starting server is asked whether it is ready, every two seconds, before it is given up."""

    def for_teacher(self, *, gpus: int | None, context_tokens: int | None, model_family: str | None) -> BackendOptions:
        """How a teacher is served: by the same program, without the settings that are for one model only."""
        sizes = ("gpus", "tensor_parallel_size", "data_parallel_size")
        kept = {name: getattr(self, name) for name in ("backend", "num_threads", "vllm_python", "vllm_args", *sizes)}
        if gpus is not None:
            kept |= dict.fromkeys(sizes)
            kept["gpus"] = gpus
        return BackendOptions(
            **kept,
            max_ctx_size=context_tokens,
            model_family=model_family,
            max_startup_attempts=self.max_startup_attempts,
        )

    def backend_options(self) -> dict[str, Any]:
        """The fields of BackendOptions."""
        return {name: getattr(self, name) for name in BackendOptions.model_fields}


class ServeOptions(BackendOptions, JobOptions):
    """All options of the command."""

    section: ClassVar[str | None] = "serve"

    model_path: Annotated[str | None, option("--model-path", "--model", "-m")] = None
    """Model to serve: its folder, its name on this machine, or builtin:extractive, the rule-based teacher.
    Default: the documents' default model if it is on this machine, else the best model of the newest training."""
    host: Annotated[str, option("--host", "-h")] = "127.0.0.1"
    """Address to listen on; 0.0.0.0 accepts connections from other machines, which need the API key."""
    port: Annotated[Port, option("--port", "-p")] = 8000
    """Port to listen on; 0 picks a free one."""
    api_key_file: File | None = None
    """File with the API key that clients need. Default: the key in LABTOP_API_KEY, else a new one if --host lets other
    machines connect."""
    allowed_hosts: Annotated[Texts, option("--allowed-host", metavar="NAME")] = ()
    """Name by which the embedded server may be addressed in addition to localhost, for example that of a proxy. May be
    given several times."""
    served_model_name: Annotated[str | None, once()] = None
    """Model name that clients use. Default: the folder's name and its path."""
    log_file: Annotated[File | None, once()] = None
    """File for the server's log."""
    list_servers: Annotated[bool, once("--list")] = False
    """List the servers that labtop started on this machine, in place of starting one."""
    json_output: Annotated[bool, once("--json")] = False
    """Print one JSON document: about the job with --detached, about all servers with --list."""
    detached: Annotated[bool, once("--detached", "-dt")] = False
    """Serve as a job that keeps running without the terminal, and print its id."""
    gpu_layers: Annotated[
        int | None,
        unneeded("it is llama.cpp's; vLLM and the embedded server keep the whole model on one kind of device."),
    ] = None
    """Number of layers on the GPU."""
    model_id: Annotated[str | None, refused_model_id("Use --model-path with the model's folder or name.")] = None
    """Id of the model."""
