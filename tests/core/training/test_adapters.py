"""Which trainings can have LoRA adapters."""

from __future__ import annotations

from typing import Any

import pytest

from core.config.options.train import TrainingOptions
from core.errors import LabtopError
from core.training.adapters import check_adapters

LORA = {"lora_rank": 8}
NF4 = {**LORA, "lora_quantize_dtype": "nf4"}


@pytest.mark.parametrize(
    ("options", "installed", "message"),
    [
        ({**LORA, "distributed_backend": "deepspeed", "deepspeed_zero_stage": "3"}, {"peft"}, "with DeepSpeed ZeRO-3"),
        (LORA, set(), "require peft"),
        ({**NF4, "distributed_backend": "fsdp"}, {"peft", "bitsandbytes"}, "back end fsdp cannot spread"),
        ({**NF4, "distributed_backend": "deepspeed"}, {"peft", "bitsandbytes"}, "back end deepspeed cannot spread"),
        (NF4, {"peft"}, "require bitsandbytes"),
    ],
)
def test_impossible_adapters_are_refused(
    options: dict[str, Any], installed: set[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.training.adapters.find_spec", lambda name: name if name in installed else None)
    with pytest.raises(LabtopError, match=message) as raised:
        check_adapters(TrainingOptions(**options))
    assert raised.value.hint


@pytest.mark.parametrize(
    "options",
    [
        {"lora_quantize_dtype": "nf4", "distributed_backend": "deepspeed"},
        {**NF4, "distributed_backend": "ddp", "nproc_per_node": 2},
        {**LORA, "distributed_backend": "deepspeed"},
    ],
)
def test_possible_adapters_are_accepted(options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.training.adapters.find_spec", lambda name: name)
    check_adapters(TrainingOptions(**options))
    assert TrainingOptions(**options).lora_quantize_dtype == options.get("lora_quantize_dtype")
