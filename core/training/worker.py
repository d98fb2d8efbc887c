"""Training as a work function: resumes from its state, reports progress, and writes checkpoints."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging as transformers_logging

from core.errors import LabtopError
from core.events import Reporter
from core.files import back_up, locked_folder, write_atomic
from core.models.local import check_model_folder
from core.system.processor import has_native_bfloat16, processor_flags
from core.system.threads import threads_here
from core.training.arguments import TrainArguments
from core.training.checkpoints import (
    HF_FORMAT,
    Checkpoint,
    RunningLoss,
    checkpoint_path,
    list_checkpoints,
    load_state,
    remove_state,
    save_checkpoint,
    save_state,
)
from core.training.identity import model_digest
from core.training.loop import OptimizerSettings, StepResult, Trainer
from core.training.plan import SavePoint, TrainingPlan
from core.training.preflight import warn
from core.training.samples import Dataset, load_dataset

RUN_FILE = "run.json"
"""In the output folder: the identity of its run, and the result when it has finished."""

STATE_SECONDS = 30.0
"""The shortest time between two states to resume from, so that a kill loses little …"""

STATE_SHARE = 20.0
"""… or this multiple of the time to write the last one, if that is longer: at most five percent of the time."""

PROGRESS_SECONDS = 0.25
"""The shortest time between two progress events."""


def train(arguments: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Fine-tune a model on chat samples; takes and returns JSON.

    With the same arguments, model and data it resumes where it was stopped, with bit-identical results, and returns a
    finished run's result at once. Returns {checkpoints: [{path, samples, epoch, loss}], steps, seconds,
    tokens_per_second, threads, precision}.
    """
    settings = TrainArguments.from_data(arguments)
    transformers_logging.disable_progress_bar()
    output = settings.ckpt_output_dir.absolute()
    model_folder = check_model_folder(settings.model_path)
    with locked_folder(output, "training"):
        tokenizer = _load(AutoTokenizer, model_folder.path)
        longest = min(settings.max_seq_len, settings.max_batch_len, _positions(model_folder.config))
        dataset = load_dataset(settings.data_path, tokenizer, longest, settings.system_message)
        plan = TrainingPlan(
            lengths=tuple(map(len, dataset.samples)),
            batch_size=settings.effective_batch_size,
            max_tokens=settings.max_batch_len,
            seed=settings.random_seed,
            epochs=settings.num_epochs,
            loss_tokens=tuple(sample.num_loss_tokens for sample in dataset.samples),
        )
        identity = _identity(settings, model_folder.path, dataset, plan)
        finished = _claim(output, identity, reporter)
        if finished is not None:
            reporter.note("info", f"{output} holds a finished run of the same data and settings; it is reused.")
            return finished
        warn(settings, dataset, plan, reporter)
        result = TrainingRun(settings, dataset, plan, output, identity).train(model_folder.path, tokenizer, reporter)
        write_atomic(output / RUN_FILE, json.dumps({"identity": identity, "result": result}, indent=1), sync=True)
        remove_state(output)
        return result


@dataclass
class TrainingRun:
    """One training run and its output folder."""

    settings: TrainArguments
    dataset: Dataset
    plan: TrainingPlan
    output: Path
    identity: str

    def train(self, model_path: Path, tokenizer: Any, reporter: Reporter) -> dict[str, Any]:
        torch.manual_seed(self.settings.random_seed)
        source = _load(AutoModelForCausalLM, model_path, dtype="auto")
        precision = source.dtype
        model = source.float()
        if max(max(sample.ids) for sample in self.dataset.samples) >= model.get_input_embeddings().num_embeddings:
            raise LabtopError(
                f"The tokenizer in {model_path} has more tokens than the model.",
                hint="The tokenizer files belong to another model: copy those of this model into the folder.",
            )
        threads = self.settings.threads or threads_here(model.num_parameters(), self.settings.max_batch_len)
        torch.set_num_threads(threads)
        bfloat16 = self.settings.precision == "bfloat16" or (
            self.settings.precision == "auto" and has_native_bfloat16(processor_flags())
        )
        trainer = Trainer(model, self.dataset.samples, self._optimizer_settings(), bfloat16=bfloat16)
        loss = load_state(self.output, trainer, self.identity) or RunningLoss()
        if trainer.steps_done:
            reporter.note("info", f"Training resumes after step {trainer.steps_done} of {self.plan.total_steps}.")
        points = {
            point.step: point
            for point in self.plan.save_points(
                at_epoch=self.settings.checkpoint_at_epoch,
                save_samples=self.settings.save_samples,
                at_most=self.settings.max_checkpoints,
            )
        }
        started = time.monotonic()
        tokens = self._run_steps(trainer, loss, points, tokenizer, precision, reporter)
        seconds = time.monotonic() - started
        return {
            "checkpoints": [
                {"path": str(each.path), "samples": each.samples, "epoch": each.epoch, "loss": each.loss}
                for each in list_checkpoints(self.output)
            ],
            "steps": self.plan.total_steps,
            "seconds": round(seconds, 3),
            "tokens_per_second": round(tokens / seconds, 1) if seconds else 0.0,
            "threads": threads,
            "precision": "bfloat16" if bfloat16 else "float32",
        }

    def _optimizer_settings(self) -> OptimizerSettings:
        return OptimizerSettings(
            learning_rate=self.settings.learning_rate,
            total_steps=self.plan.total_steps,
            warmup_steps=self.settings.warmup_steps,
            betas=self.settings.adamw_betas,
            eps=self.settings.adamw_eps,
            weight_decay=self.settings.adamw_weight_decay,
        )

    def _run_steps(
        self,
        trainer: Trainer,
        loss: RunningLoss,
        points: dict[int, SavePoint],
        tokenizer: Any,
        precision: torch.dtype,
        reporter: Reporter,
    ) -> int:
        """Run the remaining steps; returns the number of tokens they read."""
        tokens = 0
        reported = -PROGRESS_SECONDS
        state_due = time.monotonic() + STATE_SECONDS
        first_epoch, first_step = divmod(trainer.steps_done, self.plan.steps_per_epoch)
        for epoch in range(first_epoch, self.plan.epochs):
            for step in self.plan.epoch(epoch).steps[first_step if epoch == first_epoch else 0 :]:
                began = time.monotonic()
                result = trainer.run(step)
                now = time.monotonic()
                tokens += result.tokens
                loss.add(result.loss, result.num_loss_tokens)
                report_step(reporter, trainer.steps_done, result, now - began)
                samples = self.plan.samples_after(trainer.steps_done)
                if now - reported >= PROGRESS_SECONDS or trainer.steps_done == self.plan.total_steps:
                    reporter.progress(samples, self.plan.total_samples, "samples")
                    reported = now
                point = points.get(trainer.steps_done)
                if point is not None:
                    self._save(trainer, point, loss, tokenizer, precision, reporter)
                if trainer.steps_done < self.plan.total_steps and (point is not None or now >= state_due):
                    began = time.monotonic()
                    save_state(self.output, trainer, loss, self.identity)
                    ended = time.monotonic()
                    state_due = ended + max(STATE_SECONDS, STATE_SHARE * (ended - began))
        return tokens

    def _save(
        self,
        trainer: Trainer,
        point: SavePoint,
        loss: RunningLoss,
        tokenizer: Any,
        precision: torch.dtype,
        reporter: Reporter,
    ) -> None:
        checkpoint = Checkpoint(
            path=checkpoint_path(self.output, point.samples),
            samples=point.samples,
            step=point.step,
            epoch=round(point.samples / len(self.dataset.samples), 4),
            loss=loss.mean,
        )
        save_checkpoint(self.output, trainer.model, tokenizer, checkpoint, precision)
        loss.total, loss.tokens = 0.0, 0
        size = sum(file.stat().st_size for file in checkpoint.path.iterdir())
        reporter.artifact(
            "checkpoint",
            str(checkpoint.path),
            size=size,
            samples=checkpoint.samples,
            step=checkpoint.step,
            epoch=checkpoint.epoch,
            loss=round(checkpoint.loss, 4),
        )


def _load(kind: Any, folder: Path, **options: Any) -> Any:
    """A model or tokenizer from a folder. Raises LabtopError when it cannot be loaded."""
    try:
        return kind.from_pretrained(folder, local_files_only=True, **options)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        first = str(error).strip().partition("\n")[0]
        raise LabtopError(
            f"The model in {folder} cannot be loaded: {first}.",
            hint="Its files do not belong together, or this version of transformers does not support it.",
        ) from error


def report_step(reporter: Reporter, step: int, result: StepResult, seconds: float) -> None:
    reporter.metric(
        step,
        loss=result.loss,
        lr=result.learning_rate,
        grad_norm=result.grad_norm,
        tokens_per_second=round(result.tokens / seconds, 1),
    )


def _positions(config: dict[str, Any]) -> int:
    """The model's context length."""
    positions = config.get("max_position_embeddings")
    return positions if isinstance(positions, int) and positions > 0 else 1 << 30


def _claim(output: Path, identity: str, reporter: Reporter) -> dict[str, Any] | None:
    """Assign the output folder to this run, backing up another run's checkpoints; the result of a finished run."""
    try:
        record = json.loads((output / RUN_FILE).read_text())
        known, result = record.get("identity"), record.get("result")
    except (OSError, ValueError, AttributeError):
        known, result = None, None
    if known != identity:
        remove_state(output)
        backup = back_up(output / HF_FORMAT)
        if backup is not None:
            reporter.note(
                "info", f"The checkpoints of an earlier run with other data or settings were moved to {backup}."
            )
        write_atomic(output / RUN_FILE, json.dumps({"identity": identity, "result": None}), sync=True)
        return None
    if not isinstance(result, dict):
        return None
    for checkpoint in result["checkpoints"]:
        path = checkpoint_path(output, checkpoint["samples"])
        if not path.is_dir():
            return None
        checkpoint["path"] = str(path)
    return result


def _identity(settings: TrainArguments, model: Path, dataset: Dataset, plan: TrainingPlan) -> str:
    """Equal exactly for runs that would produce the same weights."""
    digest = hashlib.sha256(
        json.dumps([settings.result_settings(), dataset.digest, plan.digest], sort_keys=True).encode()
    )
    digest.update(model_digest(model))
    return digest.hexdigest()
