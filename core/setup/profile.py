"""The training profile that fits the GPUs of this machine."""

from __future__ import annotations

import re
from collections.abc import Sequence

FAMILIES = (
    (re.compile(r"\b(A100|H100|H200)\b"), "A100_H100", (2, 4, 8)),
    (re.compile(r"\bL40S?\b"), "L40", (4, 8)),
    (re.compile(r"\bL4\b"), "L4", (8,)),
)
"""Names of GPUs, the profiles' common part, and the numbers of GPUs that there are profiles for."""


def fitting_profile(gpus: Sequence[str | None]) -> str | None:
    """The profile for these GPUs, all of one family: that for the largest number which the machine has.

    None without such a profile: then training uses its defaults.
    """
    for pattern, family, counts in FAMILIES:
        if gpus and all(name is not None and pattern.search(name.replace("-", " ")) for name in gpus):
            count = max((count for count in counts if count <= len(gpus)), default=None)
            return None if count is None else f"{family}_x{count}.yaml"
    return None
