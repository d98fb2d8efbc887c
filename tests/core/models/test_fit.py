from __future__ import annotations

import pytest

from core.models.fit import Fit, MachineMemory, by_fit, fit_of

GIB = 2**30
ONE_80 = MachineMemory((80 * GIB,), 512 * GIB)
FOUR_48 = MachineMemory((48 * GIB,) * 4, 512 * GIB)


@pytest.mark.parametrize(
    ("size", "machine", "place", "gpus"),
    [
        (16.3e9, ONE_80, "one-gpu", 1),
        (87e9, ONE_80, "memory", 0),
        (87e9, FOUR_48, "several-gpus", 4),  # 104 GB on two GPUs are more than 48 GiB each
        (16.3e9, MachineMemory((), 16 * GIB), "too-large", 0),
        (None, ONE_80, "unknown", 0),
        (30e9, MachineMemory((48 * GIB, 24 * GIB, 24 * GIB), GIB), "one-gpu", 1),
        (70e9, MachineMemory((48 * GIB, 24 * GIB), GIB), "too-large", 0),  # the smaller GPU has no room for its half
    ],
)
def test_fit(size: float | None, machine: MachineMemory, place: str, gpus: int) -> None:
    found = fit_of(size, machine)
    assert (found.place, found.gpus) == (place, gpus)
    assert found.needed == (None if size is None else pytest.approx(1.2 * size))


def test_what_fits_best_is_first_and_equal_ones_keep_their_order() -> None:
    fits = {"a": Fit("too-large"), "b": Fit("several-gpus", 4), "c": Fit("one-gpu", 1), "d": Fit("one-gpu", 1)}
    assert by_fit("abcd", fits.__getitem__) == ["c", "d", "b", "a"]
