from __future__ import annotations

from pathlib import Path

import pytest

from core.system.processor import has_native_bfloat16, processor_flags


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


def test_processor_flags(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nflags\t\t: fpu avx512_bf16\n\nprocessor\t: 1\nflags\t\t: other\n")
    assert processor_flags(cpuinfo).split() == ["fpu", "avx512_bf16"]
    assert processor_flags(tmp_path / "none") == ""
