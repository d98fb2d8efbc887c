"""A question and its answer: sent to a model, streamed, and stored in the conversation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from core.chat import history
from core.chat.cleaning import ReplyCleaner
from core.chat.counting import Messages, TokenCounter
from core.chat.retrieval import Documents, Passage, with_passages
from core.chat.session import Session
from core.chat.target import Target
from core.chat.turns import Ended, Figures, Turn
from core.errors import LabtopError
from core.serving.completions.reply_events import ReplyInfo, ReplyTooLongError
from core.serving.completions.streaming import load_client, stream_reply

NO_ROOM = "No passage fits into the model's context: the answer uses no documents."


class Exchange:
    """Asks one question, and stores the answer in the session when it ends, for whichever reason.

    The question is stored first. If no text arrives it stays without an answer (`Session.unanswered`), ready to be
    sent again: with `question=None`, that question is sent, or the last one for another answer.
    """

    def __init__(
        self,
        session: Session,
        target: Target,
        question: str | None = None,
        counter: TokenCounter | None = None,
        documents: Documents | None = None,
    ) -> None:
        """`counter` is that of the target's earlier questions: it knows the model's context length.

        Passages of `documents` that match the question are sent with it, and not stored as a part of it.
        """
        self._documents = documents
        self._session = session
        self._counter = counter or TokenCounter(target)
        self._target = target
        self._question = question
        self._asked: Turn | None = None
        self._pieces: list[str] = []
        self._info = ReplyInfo()
        self._started = 0.0
        self._first: float | None = None
        self._finished: float | None = None
        self._ended: Ended = ""
        self.sent = history.Fitted(())
        """What was sent, once the question was sent; with a note for the user if turns were left out."""
        self.passages: tuple[Passage, ...] = ()
        """The passages of documents that were sent with the question."""
        self.no_sources = ""
        """A sentence for the user where there are documents, and no passage of them was sent."""

    @property
    def text(self) -> str:
        """The answer so far."""
        return "".join(self._pieces)

    @property
    def reasoning_characters(self) -> int:
        """Characters of reasoning so far, which are not a part of the answer."""
        return self._info.reasoning_characters

    def figures(self) -> Figures:
        """What the answer has taken until now."""
        if not self._started:
            return Figures()
        counted = self._info.completion_tokens
        return Figures(
            tokens=counted or self._info.pieces,
            counted=counted is not None,
            prompt_tokens=self._info.prompt_tokens,
            first_token_seconds=None if self._first is None else self._first - self._started,
            seconds=(self._finished or time.monotonic()) - self._started,
            ended=self._ended,
        )

    async def pieces(self) -> AsyncGenerator[str, None]:
        """The answer as it arrives, without escape sequences. Leaving the iteration stops the answer.

        Raises LabtopError; the conversation then has the question, and the text that had arrived.
        """
        session = self._session
        if self._question is not None:
            self._asked = session.append("user", self._question, model=self._target.model)
        else:
            self._asked = session.unanswered or session.ask_again()
        cleaner = ReplyCleaner()
        await asyncio.to_thread(load_client)  # not a part of the answer's time
        self._started = time.monotonic()
        self._ended = "stopped"  # until it is known better
        try:
            async with aclosing(self._stream()) as stream:
                async for piece in stream:
                    if text := cleaner.take(piece):
                        self._first = self._first or time.monotonic()
                        self._pieces.append(text)
                        yield text
            self._ended = "length" if self._info.finish_reason == "length" else ""
        except LabtopError as error:
            self._ended = "too-long" if isinstance(error, ReplyTooLongError) else "interrupted"
            raise
        finally:
            self._finished = time.monotonic()
            if held := cleaner.finish():
                self._pieces.append(held)
            self._store()

    def _request(self) -> Messages:
        """The messages of the conversation, with as many passages for its last question as fit. Blocks."""
        messages = self._session.messages()
        if self._documents is None:
            return messages
        before = [message["content"] for message in messages if message["role"] == "user"][-2:-1]
        found = self._documents.find(messages[-1]["content"], "".join(before))
        for passage in found:
            longer = (*self.passages, replace(passage, number=len(self.passages) + 1))
            request = with_passages(history.last_question(messages), longer)
            if history.has_room(request, self._counter, self._session.settings.max_tokens):
                self.passages = longer
        if not self.passages:
            self.no_sources = NO_ROOM if found else self._documents.not_found()
        return with_passages(messages, self.passages)

    async def _stream(self) -> AsyncGenerator[str, None]:
        """The reply to as much of the conversation as fits. Older turns are left out if the server rejects the rest."""
        settings = self._session.settings
        max_tokens = settings.max_tokens
        messages = await asyncio.to_thread(self._request)
        self.sent = await asyncio.to_thread(history.fit, messages, self._counter, max_tokens)
        while True:
            try:
                async with aclosing(
                    stream_reply(
                        self._target.url,
                        self._target.model,
                        self.sent.messages,
                        temperature=settings.temperature,
                        max_tokens=max_tokens,
                        seed=settings.seed,
                        api_key=self._target.api_key,
                        tls=self._target.tls,
                        info=self._info,
                    )
                ) as stream:
                    async for piece in stream:
                        yield piece
                return
            except LabtopError as error:
                if error.code != "context-length" or self._pieces:
                    raise
                room = await asyncio.to_thread(history.room, self.sent.messages, self._counter)
                if max_tokens is not None and room is not None and history.MIN_REPLY_TOKENS <= room < max_tokens:
                    max_tokens = room
                    continue
                shorter = await asyncio.to_thread(history.shorten, self.sent, self._counter)
                if shorter is not None:
                    self.sent = shorter
                elif self.passages:
                    self.passages, self.no_sources = (), NO_ROOM
                    self.sent = replace(self.sent, messages=history.last_question(self._session.messages()))
                else:
                    raise

    def _store(self) -> None:
        """Add the answer to the conversation, unless it was changed meanwhile."""
        if self._pieces and self._session.unanswered is self._asked:
            self._session.append(
                "assistant",
                self.text,
                model=self._target.model,
                figures=self.figures(),
                left_out=self.sent.left_out,
                sources=tuple(passage.reference for passage in self.passages),
            )
