from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional
from transformers import AutoModelForCausalLM, AutoTokenizer

from core.errors import LabtopError
from core.training.engine.batches import collate
from core.training.engine.model import LossModule
from core.training.engine.optimizer import OptimizerSettings
from core.training.engine.ranks import Ranks
from core.training.engine.single import SingleBackend
from core.training.engine.trainer import StepResult, Trainer
from core.training.masking import Sample
from core.training.plan import EpochPlan, MicroBatch, OptimizerStep, group_by_length, plan_epoch
from core.training.samples import load_dataset
from tests.core.training.conftest import write_rows

pytestmark = [pytest.mark.slow, pytest.mark.torch]


@pytest.fixture
def samples(student: Path, tmp_path: Path) -> tuple[Sample, ...]:
    tokenizer = AutoTokenizer.from_pretrained(student)
    return tuple(load_dataset([write_rows(tmp_path / "rows.jsonl")], tokenizer, 200).samples)


@pytest.fixture
def model(student: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(student, dtype=torch.float32)


def settings(**changes: Any) -> OptimizerSettings:
    return OptimizerSettings(**{"learning_rate": 4e-3, "total_steps": 20, "warmup_steps": 2, **changes})


def trainer_of(
    model: Any, samples: tuple[Sample, ...], settings: OptimizerSettings, *, bfloat16: bool = False
) -> Trainer:
    module = LossModule(model, autocast=torch.bfloat16 if bfloat16 else None)
    return Trainer(SingleBackend(Ranks.alone()), module, samples, settings)


def one_step(groups: list[list[int]], samples: tuple[Sample, ...]) -> OptimizerStep:
    lengths, loss_tokens = [len(each) for each in samples], [each.num_loss_tokens for each in samples]
    batches = (
        MicroBatch(tuple(group), max(lengths[i] for i in group), sum(loss_tokens[i] for i in group)) for group in groups
    )
    return OptimizerStep((tuple(batches),))


def plan(samples: tuple[Sample, ...], batch_size: int) -> EpochPlan:
    lengths, loss_tokens = [len(each) for each in samples], [each.num_loss_tokens for each in samples]
    return plan_epoch(lengths, loss_tokens=loss_tokens, batch_size=batch_size, max_tokens=200, seed=1, epoch=0)


def weights(model: Any) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def test_split_into_micro_batches_changes_nothing(model: Any, samples: tuple[Sample, ...]) -> None:
    cuts = [[list(range(12))], [[0, 5, 7], [1, 2, 3, 4], [6], [8, 9, 10, 11]], [[index] for index in range(12)]]
    results = []
    for cut in cuts:
        # With so large an eps AdamW's step is all but proportional to the gradient, not to its sign.
        trainer = trainer_of(copy.deepcopy(model), samples, settings(learning_rate=1.0, warmup_steps=0, eps=1.0))
        results.append((trainer.run(one_step(cut, samples)), weights(trainer.model)))
    for result, after in results[1:]:
        assert result.loss == pytest.approx(results[0][0].loss, abs=1e-6)
        assert result.grad_norm == pytest.approx(results[0][0].grad_norm, rel=1e-5)
        assert (after - results[0][1]).abs().max() < 1e-6


def test_steps_equal_a_plain_torch_loop(model: Any, samples: tuple[Sample, ...]) -> None:
    plain = copy.deepcopy(model).train()
    optimizer = torch.optim.AdamW(plain.parameters(), lr=4e-3, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1)
    trainer = trainer_of(model, samples, settings(weight_decay=0.1))
    for number, step in enumerate(plan(samples, batch_size=5).steps):
        chosen = [samples[index] for batch in step.ranks[0] for index in batch.samples]
        total = torch.zeros(())
        for sample in chosen:
            ids = torch.tensor([list(sample.ids)])
            labels = torch.tensor([token if c else -100 for token, c in zip(sample.ids, sample.loss_mask, strict=True)])
            logits = plain(input_ids=ids).logits[0]
            total = total + functional.cross_entropy(logits[:-1], labels[1:], ignore_index=-100, reduction="sum")
        loss = total / sum(sum(sample.loss_mask) for sample in chosen)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(plain.parameters(), 1.0)
        optimizer.param_groups[0]["lr"] = trainer.settings.rate(number)
        optimizer.step()
        assert trainer.run(step).loss == pytest.approx(loss.item(), abs=1e-5)
        assert (weights(plain) - weights(model)).abs().max() < 1e-4


def test_loss_falls(model: Any, samples: tuple[Sample, ...]) -> None:
    trainer = trainer_of(model, samples, settings(total_steps=40))
    groups = group_by_length(range(12), [len(sample) for sample in samples], 400)
    step = one_step([list(batch.samples) for batch in groups], samples)
    losses = [trainer.run(step).loss for _ in range(40)]
    assert losses[0] > 5
    assert losses[-1] < losses[0] / 3


def test_same_seed_gives_the_same_losses(student: Path, samples: tuple[Sample, ...]) -> None:
    def losses() -> list[float]:
        model = AutoModelForCausalLM.from_pretrained(student, dtype=torch.float32)
        trainer = trainer_of(model, samples, settings(), bfloat16=True)
        return [trainer.run(step).loss for step in plan(samples, batch_size=4).steps]

    assert losses() == losses()


def test_divergence_is_an_error_and_keeps_the_weights(model: Any, samples: tuple[Sample, ...]) -> None:
    trainer = trainer_of(model, samples, settings())
    with torch.no_grad():
        model.model.norm.weight[0] = float("inf")
    before = weights(model)
    with pytest.raises(LabtopError, match="NaN or infinite at step 1") as caught:
        trainer.run(one_step([[0, 1]], samples))
    assert caught.value.hint is not None
    assert torch.equal(before, weights(model))
    assert trainer.steps_done == 0


def test_results_are_read_from_the_device_once(samples: tuple[Sample, ...]) -> None:
    class OnDevice:
        reads = 0

        def __float__(self) -> float:
            self.reads += 1
            return 0.5

    loss, norm = OnDevice(), OnDevice()
    result = StepResult(1, loss, norm, 1e-3, 10, one_step([[0]], samples))  # type: ignore[arg-type]
    assert (loss.reads, norm.reads) == (0, 0)
    result.check()
    assert (result.loss, result.grad_norm, result.loss) == (0.5, 0.5, 0.5)
    assert (loss.reads, norm.reads) == (1, 1)


def test_collate_pairs_each_loss_token_with_the_previous_position(samples: tuple[Sample, ...]) -> None:
    chosen = [samples[0], samples[5]]
    width = max(map(len, chosen))
    batch = collate(chosen, width)
    assert batch.ids.shape == (2, width)
    assert len(batch.positions) == sum(sample.num_loss_tokens for sample in chosen)
    assert torch.equal(batch.ids.flatten()[batch.positions + 1], batch.targets)


@pytest.mark.parametrize(("step", "expected"), [(0, 1 / 3), (1, 2 / 3), (2, 1.0), (11, 0.5), (19, 0.0076)])
def test_learning_rate_rises_linearly_and_falls_like_a_cosine(step: int, expected: float) -> None:
    assert settings(learning_rate=1.0).rate(step) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        # 0.5 · (1 + cos(π · t)) with t = 0, 1/4, 1/2 and 3/4 of the 8 steps after the warm-up
        ("cosine", [1.0, 0.853553, 0.5, 0.146447]),
        ("linear", [1.0, 0.75, 0.5, 0.25]),
        ("constant", [1.0, 1.0, 1.0, 1.0]),
    ],
)
def test_schedules_after_the_warm_up(schedule: Any, expected: list[float]) -> None:
    rates = settings(learning_rate=1.0, total_steps=10, schedule=schedule)
    assert [rates.rate(step) for step in (0, 1)] == pytest.approx([1 / 3, 2 / 3])
    assert [rates.rate(step) for step in (2, 4, 6, 8)] == pytest.approx(expected, abs=1e-6)


def test_learning_rate_only_rises_when_the_warm_up_is_longer() -> None:
    rates = [settings(total_steps=3, warmup_steps=10).rate(step) for step in range(3)]
    assert rates == sorted(rates)
    assert rates[0] > 0
