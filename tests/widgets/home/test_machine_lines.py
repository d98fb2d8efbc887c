"""The machine in a few lines."""

from __future__ import annotations

import pytest

from core.system.gpu import GpuReading
from core.system.sampler import MachineReading
from tests.tui.screens.system.conftest import HOST, past
from widgets.glyphs import UNICODE
from widgets.home.machine_lines import machine_lines


@pytest.mark.parametrize("height", [1, 4, 20])
def test_lines_are_drawn_in_any_width(height: int) -> None:
    for width in range(60):
        lines = machine_lines(MachineReading(HOST, GpuReading((), ""), past(0)), width, height, UNICODE)
        assert [line.plain[:3] for line in lines][:1] == ["CPU"]
        assert width < 24 or all(len(line) <= width for line in lines), width
