"""Which prompts the embedded server scores together."""

from __future__ import annotations

from collections.abc import Sequence


def plan_passes(lengths: Sequence[int], max_tokens: int) -> list[list[int]]:
    """Group prompts into passes: of similar length, and at most `max_tokens` per pass including the padding.

    A longer prompt gets its own pass.
    """
    passes: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda index: lengths[index]):
        if passes and (len(passes[-1]) + 1) * lengths[index] <= max_tokens:
            passes[-1].append(index)
        else:
            passes.append([index])
    return passes
