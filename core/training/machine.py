"""What the processor offers to training: native bfloat16, and how many threads pay."""

from __future__ import annotations

from pathlib import Path

SMALL_MODEL = 5_000_000
"""Parameters. Below it one thread is as fast as two on a free machine and many times faster on a busy one."""

BFLOAT16_FLAGS = frozenset({"avx512_bf16", "amx_bf16", "bf16"})
"""Processor flags of x86 and (the last) Arm; without one of them bfloat16 is emulated, slower than float32."""


def has_native_bfloat16(flags: str) -> bool:
    """Whether a processor with these space-separated flags computes in bfloat16 itself."""
    return not BFLOAT16_FLAGS.isdisjoint(flags.split())


def processor_flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The flags of the first processor; empty where they cannot be told."""
    try:
        lines = cpuinfo.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2] for line in lines if line.startswith(("flags", "Features"))), "")


def choose_threads(parameters: int, cores: int, environment_limit: str | None = None) -> int:
    """Threads for a model of that size; `environment_limit` is the value of OMP_NUM_THREADS, which only lowers it."""
    threads = 1 if parameters < SMALL_MODEL else max(1, cores)
    if environment_limit is not None and environment_limit.isdecimal() and int(environment_limit) >= 1:
        threads = min(threads, int(environment_limit))
    return threads
