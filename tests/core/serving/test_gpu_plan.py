"""GPU plans on written readings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import LabtopError
from core.models.local import ModelFolder
from core.serving.gpu_plan import Need, need_of, plan_gpus
from core.system.devices import Device
from core.system.gpu import GpuProcess

GIB = 2**30
GRANITE = Need("model", "granite-8b", 16 * GIB, heads=32, kv_heads=8)
MIXTRAL = Need("teacher", "mixtral", 87 * GIB, heads=32, kv_heads=8)
JUDGE = Need("judge", "prometheus", 87 * GIB, heads=32, kv_heads=8)
STUDENT = Need("student", "granite-7b", 13 * GIB, heads=32, kv_heads=32)


def cards(*used: int, total: int = 80, name: str = "H100") -> list[Device]:
    """GPUs of which so many GiB are used."""
    return [Device(str(at), at, name, total * GIB, each * GIB) for at, each in enumerate(used)]


def test_model_gets_as_few_gpus_as_hold_it_with_the_most_free_memory() -> None:
    plan = plan_gpus([GRANITE], cards(30, 1, 1, 1))
    assert plan.of("model").ids == ("1",)
    assert plan.of("model").memory_share is None
    teacher = plan_gpus([MIXTRAL], cards(1, 70, 1, 1)).of("teacher")
    assert teacher.ids == ("0", "2"), "twice 52.2 GiB and 2 GiB for CUDA"


def test_number_of_gpus_divides_the_heads() -> None:
    odd = Need("model", "odd", 100 * GIB, heads=14, kv_heads=2)
    assert len(plan_gpus([odd], cards(*[1] * 8)).of("model").ids) == 2
    assert [number for number in range(1, 17) if odd.fits(number)] == [1, 2, 14]
    assert [number for number in range(1, 9) if GRANITE.fits(number)] == [1, 2, 4, 8]
    with pytest.raises(LabtopError, match="cannot be divided among 3 GPUs: it has 32 attention heads") as caught:
        plan_gpus([GRANITE], cards(1, 1, 1, 1), counts={"model": 3})
    assert caught.value.hint == "Use --gpus with one of: 1, 2, 4."


def test_requested_number_of_gpus_is_kept() -> None:
    assert plan_gpus([GRANITE], cards(1, 1, 1, 1), counts={"model": 4}).of("model").ids == ("0", "1", "2", "3")
    with pytest.raises(LabtopError, match="4 GPUs, but 2 can be used"):
        plan_gpus([GRANITE], cards(1, 1), counts={"model": 4})


def test_copies_need_their_own_gpus() -> None:
    twice = Need("model", "granite-8b", 16 * GIB, heads=32, kv_heads=8, copies=2)
    assert plan_gpus([twice], cards(1, 60, 1, 1)).of("model").ids == ("0", "2")
    assert twice.on_each(2) == GRANITE.on_each(1)
    assert not twice.fits(1)


def test_roles_get_gpus_of_their_own_while_there_are_enough() -> None:
    plan = plan_gpus([STUDENT, MIXTRAL, JUDGE], cards(*[1] * 8))
    assert {each.need.role: each.ids for each in plan.assignments} == {
        "student": ("4",),
        "teacher": ("0", "1"),
        "judge": ("2", "3"),
    }
    assert not any(each.shared_with for each in plan.assignments)


def test_roles_share_gpus_where_there_are_too_few() -> None:
    plan = plan_gpus([STUDENT, MIXTRAL, JUDGE], cards(1, 1))
    assert {each.ids for each in plan.assignments} == {("0", "1"), ("0",)}
    assert plan.of("judge").shared_with == ("teacher",)
    assert plan.of("student").shared_with == ("teacher", "judge")
    assert "not at the same time as the teacher and the judge" in plan.of("student").sentence


def test_memory_that_others_hold_lowers_the_servers_share() -> None:
    busy = Device("0", 0, "H100", 80 * GIB, 40 * GIB, (GpuProcess(41, 39 * GIB), GpuProcess(42, None)))
    plan = plan_gpus([GRANITE], [busy], who=lambda pid: f"python of alice (process {pid})")
    assert plan.of("model").memory_share == 0.48
    assert plan.notes == (
        "GPU 0 is also used by python of alice (process 41) with 39.0 GiB, python of alice (process 42).",
    )


def test_model_without_room_names_what_holds_the_memory() -> None:
    busy = Device("0", 0, "H100", 80 * GIB, 70 * GIB, (GpuProcess(41, 69 * GIB),))
    with pytest.raises(LabtopError, match=r"needs about 21\.2 GiB on 1 GPU, and free is GPU 0: 10\.0 GiB") as caught:
        plan_gpus([GRANITE], [busy])
    assert caught.value.hint == "GPU 0 is also used by process 41 with 69.0 GiB."
    with pytest.raises(LabtopError, match="No GPU is left for "):
        plan_gpus([GRANITE], [])


def test_one_mig_device_serves_one_model() -> None:
    parts = [Device(f"MIG-{at}", 0, "MIG 3g.40gb", 40 * GIB, GIB, is_mig=True) for at in range(2)]
    assert plan_gpus([GRANITE], parts).of("model").ids == ("MIG-0",)
    with pytest.raises(LabtopError, match="a program can use only one of them"):
        plan_gpus([GRANITE], parts, counts={"model": 2})
    with pytest.raises(LabtopError, match="does not fit"):
        plan_gpus([MIXTRAL], parts)
    assert plan_gpus([MIXTRAL], [*parts, *cards(1, 1)]).of("teacher").ids == ("0", "1"), "whole GPUs next to them"


def test_different_gpus_are_not_combined() -> None:
    mixed = [*cards(1, name="H100"), Device("1", 1, "A100", 80 * GIB, GIB)]
    with pytest.raises(LabtopError, match="does not fit"):
        plan_gpus([MIXTRAL], mixed)


def test_unreported_memory_counts_as_free() -> None:
    assert plan_gpus([GRANITE], [Device("0", 0, "GB10", None, None)]).of("model").ids == ("0",)


def test_need_is_read_from_the_weights_and_the_config(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"x" * 1000)
    config = {"text_config": {"num_attention_heads": 16, "num_key_value_heads": 4}}
    need = need_of("judge", ModelFolder(tmp_path, json.loads(json.dumps(config)), (tmp_path / "model.safetensors",)))
    assert (need.weights, need.heads, need.kv_heads) == (1000, 16, 4)
    assert need_of("judge", ModelFolder(tmp_path, {"num_attention_heads": "x"}, ())).heads is None
