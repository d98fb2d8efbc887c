"""Whether the GPUs' memory is free after a server has ended."""

from __future__ import annotations

from core.serving.health.gpu_memory import MemoryBefore
from core.system.devices import Device
from core.system.gpu import GpuProcess

GB = 10**9


def device(used: int, *pids: int, name: str = "0") -> Device:
    return Device(name, int(name), "H100", 80 * GB, used, tuple(GpuProcess(pid, GB) for pid in pids))


def check(before: MemoryBefore, *readings: tuple[Device, ...]) -> tuple[str | None, int]:
    """The sentence after these readings, of which the last is repeated, and how many were read."""
    left, count = list(readings), 0

    def read() -> tuple[Device, ...]:
        nonlocal count
        count += 1
        return left.pop(0) if len(left) > 1 else left[0]

    return before.await_free({7}, read=read, seconds=0.02, pause=lambda _: None), count


def test_memory_is_awaited() -> None:
    before = MemoryBefore.of((device(GB),))
    assert check(before, (device(60 * GB, 7),), (device(20 * GB),), (device(GB),)) == (None, 3)


def test_memory_that_stays_in_use() -> None:
    before = MemoryBefore.of((device(GB),))
    sentence, _ = check(before, (device(20 * GB),))
    assert sentence is not None and "GPU 0 18.6 GiB" in sentence
    assert check(before, (device(GB, 7),))[0] is not None


def test_memory_of_others_does_not_count() -> None:
    before = MemoryBefore.of((device(GB), device(GB, name="1")), ("0",))
    assert check(before, (device(20 * GB, 8), device(50 * GB, name="1"))) == (None, 1)
    assert check(before, ()) == (None, 1)


def test_memory_without_gpus() -> None:
    assert check(MemoryBefore.of(()), ()) == (None, 0)
