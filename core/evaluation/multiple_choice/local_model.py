"""Scoring tasks with a model in a folder, by labtop's evaluator. Only worker processes import this."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import jinja2
import torch

from core.errors import LabtopError
from core.evaluation.loading import load_model
from core.evaluation.multiple_choice.prompts import Scored, scored_texts
from core.evaluation.multiple_choice.scorer import Counts, TokenScorer
from core.evaluation.multiple_choice.tokens import TokenRequest, encode
from core.evaluation.results import Loglikelihoods
from core.evaluation.tasks import Task
from core.models.digest import file_digest, model_files
from core.system.gpu_memory import free_gpu_memory
from core.system.threads import threads_here

QUESTION_TOKENS = 2048
"""The approximate number of tokens of a batch, for choosing the number of threads."""

TOKENIZER = ("tokenizer", "vocab", "merges", "special_tokens", "added_tokens", "chat_template", "spiece")
"""What the names of the files begin with that decide how a text is tokenised."""

Answered = Callable[[str, dict[int, Loglikelihoods]], None]
"""Takes a task's name, and the log-likelihoods of a batch of its questions by their indices."""


class LocalEvaluator:
    """Scores one model after another; models with the same tokenizer share the tokens of the questions."""

    def __init__(self, *, few_shots: int | None, batch_size: int | None, without_question: bool = False) -> None:
        self._few_shots = few_shots
        self._batch_size = batch_size
        self._encoded: dict[tuple[str, str], list[TokenRequest]] = {}
        self._without_question = without_question
        self.counts = Counts()

    def score(
        self, folder: Path, tasks: Sequence[Task], known: Mapping[str, set[int]], answered: Answered
    ) -> list[str]:
        """Score a model on the questions that are not `known`; returns sentences that the user should read."""
        notes = []
        with _loaded(folder) as (model, tokenizer):
            torch.set_num_threads(threads_here(model.num_parameters(), QUESTION_TOKENS))
            scorer = TokenScorer(model, max_length=_max_length(model, tokenizer), batch_size=self._batch_size)
            for task in tasks:
                requests = self._requests(tokenizer, folder, task)
                todo = [place for place in range(len(requests)) if place not in known.get(task.name, ())]

                def done(batch: dict[int, Loglikelihoods], name: str = task.name, places: Sequence[int] = todo) -> None:
                    answered(name, {places[index]: row for index, row in batch.items()})

                scorer.score([requests[place] for place in todo], done)
            self.counts = scorer.counts
            if scorer.disagreed:
                notes.append(
                    f"{folder.name} is scored without reusing the few-shot examples: its results differ with it."
                )
        return notes

    def _requests(self, tokenizer: Any, folder: Path, task: Task) -> list[TokenRequest]:
        key = (_tokenizer_digest(folder), task.name)
        if key not in self._encoded:
            texts = scored_texts(task, self._few_shots, _renderer(tokenizer, folder))
            if self._without_question:
                texts = [Scored("", text.continuations) for text in texts]
            self._encoded[key] = encode(tokenizer, texts, str(folder))
        return self._encoded[key]


def _renderer(tokenizer: Any, folder: Path) -> Callable[[list[dict[str, str]]], str] | None:
    """What applies the model's chat template; None without one. A template without a system role gets none."""
    if tokenizer.chat_template is None:
        return None

    def render(messages: list[dict[str, str]]) -> str:
        try:
            return _apply(messages)
        except jinja2.TemplateError:
            without_system = [message for message in messages if message["role"] != "system"]
            try:
                return _apply(without_system)
            except (jinja2.TemplateError, TypeError, ValueError) as error:
                reason = str(error).rstrip(".") or type(error).__name__
                raise LabtopError(
                    f"The chat template of {folder} rejects a question: {reason}.",
                    hint="Correct the template in tokenizer_config.json or chat_template.jinja.",
                ) from error

    def _apply(messages: list[dict[str, str]]) -> str:
        return str(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))

    return render


def _tokenizer_digest(folder: Path) -> str:
    digest = sha256()
    for file in model_files(folder):
        if file.name.startswith(TOKENIZER):
            digest.update(file.name.encode() + file_digest(file))
    return digest.hexdigest()


def _max_length(model: Any, tokenizer: Any) -> int | None:
    """The model's context length, if it is known."""
    for name in ("n_positions", "max_position_embeddings", "n_ctx", "max_seq_len"):
        length = getattr(model.config.get_text_config(), name, None)
        if isinstance(length, int):
            return length
    length = getattr(tokenizer, "model_max_length", None)
    return length if isinstance(length, int) and length < 10**9 else None


@contextmanager
def _loaded(folder: Path) -> Iterator[tuple[Any, Any]]:
    model, tokenizer = load_model(folder)
    try:
        yield model, tokenizer
    except torch.OutOfMemoryError as error:
        raise LabtopError(
            f"The GPU has not enough memory to score {folder}.",
            hint="Use a smaller --batch-size, or stop other programs on the GPU (`labtop system info`).",
        ) from error
    finally:
        del model
        free_gpu_memory()
