"""Scoring by EleutherAI's lm-evaluation-harness, without a network. Only worker processes import this.

`lm_eval.evaluate` is called instead of `simple_evaluate`, which also queries git, pip and the machine for its own log:
that takes a second or more per model.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

# Set first, since these packages read it when they are imported.
os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", TOKENIZERS_PARALLELISM="false", TQDM_DISABLE="1")

import torch
from datasets import Dataset  # type: ignore[import-untyped]
from lm_eval import evaluate
from lm_eval.api.task import ConfigurableTask
from lm_eval.models.huggingface import HFLM
from safetensors import SafetensorError
from transformers.utils import logging as transformers_logging

from core.errors import LabtopError
from core.evaluation.results import Loglikelihoods
from core.evaluation.tasks import Task
from core.system.gpu_memory import free_gpu_memory
from core.system.threads import threads_here

CPU_BATCH = 16
"""Sequences per forward pass on a CPU: enough for a few cores, and small in memory."""

QUESTION_TOKENS = 64
"""The approximate length of a question with one of its answers, for choosing the number of threads."""

SPLIT = "test"
EXAMPLES = "dev"


class LmEvalEvaluator:
    """Scores one model after another by lm-eval's own code."""

    def __init__(self, *, few_shots: int | None, batch_size: int | None) -> None:
        self._few_shots = few_shots
        self._batch_size = batch_size

    def score(
        self,
        folder: Path,
        tasks: Sequence[Task],
        known: Mapping[str, set[int]],
        answered: Callable[[str, dict[int, Loglikelihoods]], None],
    ) -> list[str]:
        """Score a model; `answered` is called after each task of which a question is not `known`.

        Questions are rendered with the model's chat template, if it has one. Raises LabtopError when the model cannot
        be loaded or a text does not fit.
        """
        transformers_logging.disable_progress_bar()
        todo = [task for task in tasks if len(known.get(task.name, ())) < len(task.questions)]
        # lm-eval prints to standard output, which is reserved for results.
        with redirect_stdout(sys.stderr), _loaded(folder, self._batch_size) as lm:
            size = self._batch_size or CPU_BATCH
            torch.set_num_threads(threads_here(lm.model.num_parameters(), size * QUESTION_TOKENS))
            lm.loglikelihood = partial(lm.loglikelihood, disable_tqdm=True)
            for task in todo:
                found = evaluate(
                    lm,
                    {"tasks": {task.name: _harness_task(task, self._few_shots)}},
                    bootstrap_iters=0,
                    apply_chat_template=lm.tokenizer.chat_template is not None,
                    fewshot_as_multiturn=True,
                )
                answered(task.name, _loglikelihoods(found["samples"][task.name]))
        return []


@contextmanager
def _loaded(model: Path, batch_size: int | None) -> Iterator[HFLM]:
    lm = _load(model, batch_size)
    try:
        yield lm
    except AssertionError as error:
        raise LabtopError(
            f"A question's answer has no tokens for {model}, or exceeds its context.",
            hint="Shorten the answers of the tasks, or evaluate a model with a longer context.",
        ) from error
    except torch.OutOfMemoryError as error:
        raise LabtopError(
            f"The GPU has not enough memory to score {model}.",
            hint="Use a smaller --batch-size, or stop other programs on the GPU (`labtop system info`).",
        ) from error
    finally:
        del lm
        free_gpu_memory()


def _load(model: Path, batch_size: int | None) -> HFLM:
    cuda = torch.cuda.is_available()
    try:
        return HFLM(
            pretrained=str(model),
            device="cuda" if cuda else "cpu",
            # CPUs compute 16-bit floats slowly and with other results than GPUs.
            dtype="auto" if cuda else "float32",
            softmax_dtype="float32",
            batch_size=batch_size or ("auto" if cuda else CPU_BATCH),
        )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise LabtopError(
            f"The model {model} cannot be loaded: {str(error).splitlines()[0] if str(error) else type(error).__name__}",
            hint="The folder needs a config.json, safetensors weights and a tokenizer that belong together.",
        ) from error


def _harness_task(task: Task, few_shots: int | None) -> ConfigurableTask:
    """The task with its rows in memory: columns of rendered texts, which lm-eval uses unchanged."""
    shots = task.few_shots if few_shots is None else few_shots
    splits = {SPLIT: [asdict(question) for question in task.questions]}
    if task.examples:
        splits[EXAMPLES] = [asdict(question) for question in task.examples]
    return ConfigurableTask(
        config={
            "task": task.name,
            "custom_dataset": lambda **_: {name: Dataset.from_list(rows) for name, rows in splits.items()},
            "output_type": "multiple_choice",
            "test_split": SPLIT,
            # With the test split named, lm-eval excludes the question itself from its examples.
            "fewshot_split": EXAMPLES if task.examples else SPLIT,
            "fewshot_config": {"sampler": "first_n"},
            "num_fewshot": shots,
            "description": task.description,
            "target_delimiter": task.target_delimiter,
            "doc_to_text": "prompt",
            "doc_to_choice": "choices",
            "doc_to_target": "answer",
            "metric_list": [
                {"metric": metric, "aggregation": "mean", "higher_is_better": True} for metric in ("acc", "acc_norm")
            ],
        }
    )


def _loglikelihoods(samples: Sequence[dict[str, Any]]) -> dict[int, Loglikelihoods]:
    """The log-likelihoods in lm-eval's record of each question, by its index."""
    found = {}
    for sample in samples:
        values = [float(response[0]) for response in sample["filtered_resps"]]
        found[int(sample["doc_id"])] = tuple(value if math.isfinite(value) else None for value in values)
    return found
