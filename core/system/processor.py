"""Processor features: native bfloat16."""

from __future__ import annotations

from pathlib import Path

BFLOAT16_FLAGS = frozenset({"avx512_bf16", "amx_bf16", "bf16"})
"""Processor flags of x86 and (the last) Arm; without one of them bfloat16 is emulated, slower than float32."""


def has_native_bfloat16(flags: str) -> bool:
    """Whether a processor with these space-separated flags computes in bfloat16 natively."""
    return not BFLOAT16_FLAGS.isdisjoint(flags.split())


def processor_flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The flags of the first processor; empty when unknown."""
    try:
        lines = cpuinfo.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2] for line in lines if line.startswith(("flags", "Features"))), "")
