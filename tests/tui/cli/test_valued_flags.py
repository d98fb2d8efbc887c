"""Flags with a value."""

from __future__ import annotations

import pytest

from core.config.option_table import TABLE
from tui.cli.valued_flags import without_values

ROWS = TABLE["train"].options
FSDP, DEEPSPEED = "--fsdp-cpu-offload-optimizer", "--deepspeed-cpu-offload-optimizer"


def test_instructlab_flags_take_a_value() -> None:
    pinned = f"{DEEPSPEED}-pin-memory"
    assert {row.flags[0] for row in ROWS if row.value} >= {FSDP, DEEPSPEED, pinned}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([FSDP], [FSDP]),
        ([FSDP, "true"], [FSDP]),
        ([FSDP, "False", "--gpus", "2"], [f"--no-{FSDP[2:]}", "--gpus", "2"]),
        ([f"{FSDP}=1", DEEPSPEED], [FSDP, DEEPSPEED]),
        ([f"{FSDP}=off"], [f"--no-{FSDP[2:]}"]),
        ([FSDP, "maybe"], [FSDP, "maybe"]),
        ([f"{FSDP}=maybe"], [f"{FSDP}=maybe"]),
        (["--", FSDP, "true"], ["--", FSDP, "true"]),
        (["--stop-servers", "true"], ["--stop-servers", "true"]),
    ],
)
def test_values_become_flags(given: list[str], expected: list[str]) -> None:
    assert without_values(given, ROWS) == expected
