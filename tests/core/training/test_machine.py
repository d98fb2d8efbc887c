from __future__ import annotations

from pathlib import Path

import pytest

from core.training.machine import choose_threads, has_native_bfloat16, processor_flags


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("fpu avx2 avx512f avx512_bf16 avx512vbmi", True),
        ("fpu amx_bf16 amx_tile", True),
        ("fp asimd bf16 i8mm", True),
        ("fpu avx2 avx512f avx512vbmi", False),
        ("", False),
    ],
)
def test_native_bfloat16(flags: str, expected: bool) -> None:
    assert has_native_bfloat16(flags) is expected


def test_flags_are_read_and_may_be_missing(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nflags\t\t: fpu avx512_bf16\n\nprocessor\t: 1\nflags\t\t: other\n")
    assert processor_flags(cpuinfo).split() == ["fpu", "avx512_bf16"]
    assert processor_flags(tmp_path / "none") == ""


@pytest.mark.parametrize(
    ("parameters", "cores", "limit", "expected"),
    [
        (800_000, 16, None, 1),
        (7_000_000_000, 16, None, 16),
        (7_000_000_000, 16, "4", 4),
        (7_000_000_000, 2, "4", 2),
        (7_000_000_000, 8, "many", 8),
        (7_000_000_000, 0, None, 1),
    ],
)
def test_threads(parameters: int, cores: int, limit: str | None, expected: int) -> None:
    assert choose_threads(parameters, cores, limit) == expected
