"""A transformers model as a generator: all waiting requests run as one batch, on one thread that owns the model."""

from __future__ import annotations

import queue
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

from core.serving.embedded.batch import Batch, BatchRunner, Running
from core.serving.embedded.generator import (
    ChatMessage,
    Emit,
    GenerationFailedError,
    GenerationRequest,
    InvalidRequestError,
    Prompt,
)
from core.serving.embedded.planning import plan_passes
from core.serving.embedded.sampling import seeded_generator
from core.serving.embedded.templates import render
from core.serving.embedded.text_stream import TextStream

SLOTS = 16
"""Sequences that run at once; on a CPU more of them do not raise the throughput."""

WINDOW = 0.003
"""Seconds that an idle server waits for more requests after the first, so that requests sent together are batched."""

PROMPT_TOKENS_AT_ONCE = 8192
"""Padded tokens of prompts read in one pass, unless a single prompt is longer."""

LOGITS_AT_ONCE = 2**26
"""Padded tokens times vocabulary in one pass that scores prompts: 256 MB of float32."""

CLOSE_SECONDS = 2.0
"""The time for the running step to end when the server closes."""

_CLOSE = object()
"""An item of the queue that ends the thread."""


class TransformersGenerator:
    """A causal language model. New requests join the running batch between two steps."""

    has_logprobs = True
    slots = SLOTS

    def __init__(self, model: Any, tokenizer: Any, context_tokens: int | None = None) -> None:
        self._tokenizer = tokenizer
        self.data_type = model.dtype
        """What it computes in."""
        self._vocabulary = int(model.get_input_embeddings().weight.shape[0])
        limits = (context_tokens, getattr(model.config, "max_position_embeddings", None))
        self.context_length: int | None = min((limit for limit in limits if limit is not None), default=None)
        ends = model.generation_config.eos_token_id
        listed = ends if isinstance(ends, list) else [ends]
        token_text = lru_cache(maxsize=65536)(lambda token: str(tokenizer.decode([token])))
        self._runner = BatchRunner(
            model, frozenset(end for end in [*listed, tokenizer.eos_token_id] if end is not None), token_text
        )
        self._arrivals: queue.SimpleQueue[Running | object] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="generator", daemon=True)
        self._thread.start()

    def chat_prompt(self, messages: Sequence[ChatMessage]) -> Prompt:
        if self._tokenizer.chat_template is None:
            raise InvalidRequestError("This model has no chat template, so it cannot chat; use /v1/completions.")
        return self._encoded(render(self._tokenizer, messages), add_special_tokens=False)

    def text_prompt(self, text: str) -> Prompt:
        return self._encoded(text, add_special_tokens=True)

    def token_prompt(self, tokens: Sequence[int]) -> Prompt:
        if not tokens:
            raise InvalidRequestError("The prompt is empty.")
        if min(tokens) < 0 or max(tokens) >= self._vocabulary:
            raise InvalidRequestError(f"The prompt contains a token id outside of 0 to {self._vocabulary - 1}.")
        return Prompt(self._decode(list(tokens)), tuple(tokens))

    def _encoded(self, text: str, *, add_special_tokens: bool) -> Prompt:
        tokens = self._tokenizer(text, add_special_tokens=add_special_tokens, verbose=False)["input_ids"]
        if not tokens:
            raise InvalidRequestError("The prompt is empty.")
        return Prompt(text, tuple(tokens))

    def _decode(self, tokens: list[int]) -> str:
        return str(self._tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def start(self, request: GenerationRequest, emit: Emit) -> Callable[[], None]:
        running = Running(request, emit, TextStream(self._decode, request.stop), seeded_generator(request.seed))
        self._arrivals.put(running)

        def cancel() -> None:
            running.cancelled = True

        return cancel

    def close(self) -> None:
        self._arrivals.put(_CLOSE)
        self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        waiting: deque[Running] = deque()
        batch: Batch | None = None
        while self._gather(waiting, idle=batch is None and not waiting):
            for group in self._admit(waiting, self.slots - (len(batch.sequences) if batch else 0)):
                started = self._attempt(group, partial(self._runner.start, group))
                if batch and started:
                    both = [*batch.sequences, *started.sequences]
                    batch = self._attempt(both, partial(batch.joined, started))
                else:
                    batch = batch or started
            if batch:
                batch = self._attempt(batch.sequences, partial(self._runner.step, batch))

    def _gather(self, waiting: deque[Running], *, idle: bool) -> bool:
        """Collect new requests; an idle thread waits for one, and a moment longer for others sent with it.

        Returns False when the thread is to end.
        """
        deadline = 0.0
        if idle:
            arrived = self._arrivals.get()
            deadline = time.monotonic() + WINDOW
        else:
            arrived = self._next(0.0)
        while isinstance(arrived, Running):
            waiting.append(arrived)
            arrived = self._next(deadline - time.monotonic())
        return arrived is not _CLOSE

    def _next(self, seconds: float) -> Running | object | None:
        try:
            return self._arrivals.get(timeout=seconds) if seconds > 0 else self._arrivals.get_nowait()
        except queue.Empty:
            return None

    def _admit(self, waiting: deque[Running], room: int) -> list[list[Running]]:
        """As many requests as there are free slots, grouped into passes; those of disconnected clients are dropped."""
        admitted: list[Running] = []
        while waiting and len(admitted) < room:
            running = waiting.popleft()
            if not running.cancelled:
                admitted.append(running)
        scoring = [running for running in admitted if running.request.score_prompt]
        plain = [running for running in admitted if not running.request.score_prompt]
        return [
            [group[index] for index in rows]
            for group, limit in ((scoring, LOGITS_AT_ONCE // self._vocabulary), (plain, PROMPT_TOKENS_AT_ONCE))
            for rows in plan_passes([len(running.request.prompt.tokens) for running in group], limit)
        ]

    def _attempt(self, sequences: list[Running], work: Callable[[], Batch | None]) -> Batch | None:
        """Run a pass over sequences and send its results; returns the batch of those to continue.

        After any error, no client may wait forever and the thread must continue with the next requests.
        """
        try:
            batch = work()
            for running in sequences:
                if running.finish or running.request.stream:
                    running.send_new()
            return batch.keep([row for row, one in enumerate(batch.sequences) if one.is_active]) if batch else None
        except Exception as error:
            sys.stderr.write(traceback.format_exc())
            for running in sequences:
                running.emit(GenerationFailedError(f"The model failed on this request: {type(error).__name__}."))
            return None
