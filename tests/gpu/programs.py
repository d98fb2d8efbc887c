"""Figures of whole programs: a training, a step of FSDP2, QLoRA, and a server."""

from __future__ import annotations

import json
import os
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch

from core.config.options.serve import BackendOptions
from core.serving.client import list_models
from core.serving.lifecycle import start_on_free_port, start_server
from core.serving.listening import free_port
from core.serving.vllm.interpreter import find_vllm
from core.serving.vllm.plan import vllm_plan
from core.training.engine.fsdp import FSDPBackend
from core.training.engine.optimizer import OptimizerSettings
from core.training.engine.ranks import Ranks
from core.training.engine.trainer import Trainer
from core.training.worker import train
from tests.core.serving.http import ask
from tests.core.serving.tiny_model import TEXT, make_tiny_model
from tests.gpu.machine import Machine, notes
from tests.gpu.verdict import Figure, SkippedError


def prepare(machine: Machine) -> None:
    """A tiny model with a tokenizer, and chats; both are read by the programs below."""
    make_tiny_model(machine.folder / "model", width=128, context=4096)
    words = TEXT.split()
    with (machine.folder / "data.jsonl").open("w") as stream:
        for number in range(64):
            question, answer = " ".join(words[: 3 + number % 9]), " ".join(words[number % 7 :])
            turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
            stream.write(json.dumps({"messages": turns}) + "\n")


def training(machine: Machine) -> Figure:
    """A whole training with default kernels, from tokens to a checkpoint; the notes say which they are."""
    return _train(machine, "out", num_epochs=4)


def qlora(machine: Machine) -> Figure:
    """The same with adapters on weights of 4 bits."""
    if find_spec("bitsandbytes") is None:
        raise SkippedError("bitsandbytes is not installed")
    if machine.device.type != "cuda":
        raise SkippedError("weights of 4 bits need a GPU")
    return _train(machine, "qlora", num_epochs=4, lora_rank=8, lora_quantize_dtype="nf4")


def _train(machine: Machine, output: str, **options: Any) -> Figure:
    reporter, said = notes()
    given = {"learning_rate": 5e-3, "warmup_steps": 1, "effective_batch_size": 16, "max_batch_len": 4096}
    arguments = machine.arguments(ckpt_output_dir=machine.folder / output, **given, **options)
    result = train(arguments.model_dump(mode="json"), reporter)
    losses = [each["loss"] for each in result["checkpoints"]]
    return Figure(
        losses[-1] < 0.9 * losses[0],
        {"losses": [round(loss, 4) for loss in losses], "precision": result["precision"], "notes": said},
    )


def fsdp2(machine: Machine) -> Figure:
    """One step of FSDP2 on one rank, compared with one process."""
    from torch import distributed

    samples = machine.samples(4, machine.tokens // 8, machine.tokens // 4)
    (step,) = machine.plan(samples, 4, packed=False).steps()
    expected = machine.trainer(samples).run(step)
    group = {"RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1"}
    with patch.dict(os.environ, {**group, "MASTER_PORT": str(free_port("127.0.0.1", 0))}):
        ranks = Ranks.join(machine.device.type)
    try:
        module = machine.module()
        module.autocast = None  # FSDP casts the weights itself
        backend = FSDPBackend(ranks, bfloat16=machine.bfloat16)
        found = Trainer(backend, module, samples, OptimizerSettings(1e-5, 1000)).run(step)
    finally:
        distributed.destroy_process_group()
    difference = abs(found.loss / expected.loss - 1)
    values = {"loss": found.loss, "expected": expected.loss, "difference": difference, "norm": found.grad_norm}
    return Figure(difference < (5e-3 if machine.bfloat16 else 1e-5), values)


def generation(machine: Machine) -> Figure:
    """A server by labtop's plan for vLLM answers; without a GPU the embedded server does."""
    model, log = str(machine.folder / "model"), machine.folder / "server.log"
    began = time.perf_counter()
    if machine.device.type != "cuda":
        server = start_server(model, log_file=log, threads=1)
    else:
        torch.cuda.empty_cache()
        python = os.environ.get("LABTOP_VLLM_PYTHON")
        vllm = find_vllm(Path(python) if python else None)
        if vllm is None:
            raise SkippedError("vLLM is not installed")
        options = BackendOptions(vllm_args=("--enforce-eager", "--gpu-memory-utilization", "0.3"))
        server = start_on_free_port(
            lambda port: vllm_plan(model, options, vllm, host="127.0.0.1", port=port), log_file=log
        )
    with server:
        ready = time.perf_counter() - began
        names = list_models(server.base_url)
        body = {"model": names[0], "prompt": TEXT, "max_tokens": 16, "temperature": 0}
        answer = ask(server.base_url, "/completions", **body)
    tokens = answer["usage"]["completion_tokens"]
    return Figure(tokens > 0, {"seconds_until_ready": round(ready, 1), "tokens": tokens})
