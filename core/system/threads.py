"""The number of threads that a model computes with: one rule for training, serving and evaluation.

Threads share one operation and wait for each other at its end. That is faster for long operations, and much slower for
short ones or when another program uses the cores. Measured on two cores:

| model (parameters) | tokens in a pass | two threads against one |
|---|---|---|
| 1 M, training | 1,000 to 5,000 | 0.03 to 0.2 with the other core busy |
| 5.1 M, training | 4,096 | 1.9 with both cores free, 0.1 to 0.4 with one busy |
| 270 M, decoding one stream | 1 | 0.33 |
| 270 M, decoding four streams | 4 | 0.57 |
| 270 M, decoding sixteen streams | 16 | 1.25 |
"""

from __future__ import annotations

import os

from core.system.host import usable_cores

TINY_MODEL = 5_000_000
"""Parameters. In a smaller model every operation is too short to share, for any number of tokens."""

WORK_PER_THREAD = 1_000_000_000
"""The fewest multiply-adds (parameters times tokens) of one forward pass per thread."""


def choose_threads(parameters: int, tokens: int, cores: int, limit: str | None = None) -> int:
    """Threads for a model with `parameters` whose forward pass reads `tokens` at once.

    `limit` is the value of OMP_NUM_THREADS: it only lowers the number, and is ignored if it is not a number.
    """
    work = 0 if parameters < TINY_MODEL else parameters * max(1, tokens)
    threads = max(1, min(cores, work // WORK_PER_THREAD))
    return min(threads, int(limit)) if limit and limit.isdecimal() and int(limit) else threads


def threads_here(parameters: int, tokens: int) -> int:
    """`choose_threads` with this process's cores and OMP_NUM_THREADS."""
    return choose_threads(parameters, tokens, usable_cores(), os.environ.get("OMP_NUM_THREADS"))
