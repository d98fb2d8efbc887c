"""How the parts of the System pane share the screen."""

from __future__ import annotations

import pytest

from widgets.machine.arrangement import COLUMNS, arrange


@pytest.mark.parametrize("size", [(80, 22), (100, 28), (140, 38), (200, 48), (109, 40), (110, 22), (300, 90)])
@pytest.mark.parametrize("gpus", [0, 1, 2, 4, 8, 16])
def test_parts_fill_the_screen_exactly(size: tuple[int, int], gpus: int) -> None:
    found = arrange(*size, gpus=gpus, gpu_lines=gpus, disk_lines=3)
    assert sum(found.rows) == size[1]
    assert sum(found.spans.values()) == COLUMNS * len(found.rows)
    assert found.rows[-1] >= 6, "processes have at least a row"
    assert set(found.order) == {"gpus", "cpu", "memory", "network", "disk", "processes"}
    assert found.order[-1] == "processes"


@pytest.mark.parametrize(
    ("size", "gpus", "cards"),
    [
        ((80, 22), 1, 1),
        ((80, 22), 2, 2),
        ((80, 22), 4, 0),
        ((80, 22), 8, 0),
        ((140, 38), 1, 1),
        ((140, 38), 4, 4),
        ((140, 38), 8, 4),
        ((200, 48), 8, 4),
        ((140, 38), 16, 0),
    ],
)
def test_gpus_have_graphs_where_they_fit(size: tuple[int, int], gpus: int, cards: int) -> None:
    assert arrange(*size, gpus=gpus, gpu_lines=gpus, disk_lines=2).cards == cards


def test_mig_devices_have_lines() -> None:
    found = arrange(140, 38, gpus=2, gpu_lines=16, disk_lines=2)
    assert found.cards == 0
    assert found.rows[0] == 18


def test_graphs_grow_with_the_screen() -> None:
    small = arrange(80, 22, gpus=0, gpu_lines=0, disk_lines=2)
    large = arrange(200, 48, gpus=0, gpu_lines=0, disk_lines=2)
    assert large.rows[0] > 2 * small.rows[0]
    assert large.rows[1] > 2 * small.rows[1]
    one, more = (arrange(width, height, gpus=1, gpu_lines=1, disk_lines=2) for width, height in ((80, 22), (140, 38)))
    assert more.rows[0] > 1.5 * one.rows[0]


def test_small_screens_keep_readable_parts() -> None:
    found = arrange(60, 12, gpus=0, gpu_lines=0, disk_lines=1)
    assert min(found.rows) >= 2
    assert sum(found.rows) > 12, "the pane scrolls"
