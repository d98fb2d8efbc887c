"""The routes of the OpenAI-compatible server."""

from __future__ import annotations

import asyncio
import json
import sys
import time
import traceback
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, suppress

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from core.serving.embedded import replies
from core.serving.embedded.access import AccessControl, AccessRules
from core.serving.embedded.body_limit import BodyLimit
from core.serving.embedded.errors import CLIENT_GONE, ApiError, handle_errors
from core.serving.embedded.generator import Delta, GenerationRequest, Generator, Prompt
from core.serving.embedded.replies import Answer, Body
from core.serving.embedded.schema import MAX_SEQUENCES, ChatBody, CompletionBody, SamplingFields, TokenizeBody
from core.serving.embedded.sequences import Dispatcher, ServerEndingError


def create_app(generator: Generator, names: Sequence[str], rules: AccessRules) -> FastAPI:
    """The application that serves one generator under all of `names`; `state.end_replies` ends all running replies."""
    app = FastAPI(title="labtop", description="OpenAI-compatible server for one model.", version="1")
    app.add_middleware(BodyLimit)
    app.add_middleware(AccessControl, rules=rules)  # the last one added is the first to see a request
    dispatcher = Dispatcher(generator)
    app.state.end_replies = dispatcher.end
    handle_errors(app)
    started = int(time.time())

    @app.get("/health")
    async def health() -> Body:
        """Answers once the model is loaded."""
        return {"status": "ok"}

    @app.get("/props")
    async def props() -> Body:
        """The number of sequences that run at once."""
        return {"total_slots": generator.slots}

    @app.get("/v1/models")
    async def models() -> Body:
        """The names of the model."""
        limit = {} if generator.context_length is None else {"max_model_len": generator.context_length}
        data = [{"id": name, "object": "model", "created": started, "owned_by": "labtop", **limit} for name in names]
        return {"object": "list", "data": data}

    @app.post("/tokenize")
    async def tokenize(body: TokenizeBody) -> Body:
        """The tokens of a conversation or a text, as vLLM's route of this name."""
        _check_model(body.model)
        if body.messages is not None:
            prompt = await asyncio.to_thread(generator.chat_prompt, body.conversation)
        else:
            prompt = await asyncio.to_thread(_prompt, generator, body.prompt or "")
        tokens = list(prompt.tokens)
        return {"count": len(tokens), "max_model_len": generator.context_length, "tokens": tokens}

    @app.post("/v1/chat/completions", response_model=None)
    async def chat(body: ChatBody, request: Request) -> Response:
        """The assistant's next turn."""
        answer = _answer("chatcmpl", body)
        prompt = await asyncio.to_thread(generator.chat_prompt, body.conversation)
        sequences = _sequences(body, [prompt], body.new_tokens_wanted, echo=False)
        scored = body.top_logprobs_wanted is not None
        if body.stream:
            began: set[int] = set()

            def piece(index: int, delta: Delta) -> Body:
                first = index not in began
                began.add(index)
                return replies.chat_piece(index, delta, first=first, scored=scored)

            return await _streamed(dispatcher, sequences, [prompt], answer, "chat.completion.chunk", body, piece)
        deltas = await _collected(dispatcher, sequences, request)
        choices = [replies.chat_choice(index, delta, scored=scored) for index, delta in enumerate(deltas)]
        return _whole(answer, "chat.completion", choices, [prompt], deltas)

    @app.post("/v1/completions", response_model=None)
    async def completions(body: CompletionBody, request: Request) -> Response:
        """The continuation of a text."""
        answer = _answer("cmpl", body)
        prompts = [await asyncio.to_thread(_prompt, generator, prompt) for prompt in body.prompts]
        sequences = _sequences(body, prompts, body.new_tokens_wanted, echo=bool(body.echo))
        scored = body.top_logprobs_wanted is not None
        offsets = [0 if body.echo else len(sequence.prompt.text) for sequence in sequences]
        echoes = [sequence.prompt.text if body.echo else "" for sequence in sequences]

        def choice(index: int, delta: Delta) -> Body:
            made = replies.text_choice(index, delta, echo=echoes[index], offset=offsets[index], scored=scored)
            offsets[index] += sum(len(token.text) for token in (*delta.prompt_tokens, *delta.tokens))
            echoes[index] = ""
            return made

        if body.stream:
            return await _streamed(dispatcher, sequences, prompts, answer, "text_completion", body, choice)
        deltas = await _collected(dispatcher, sequences, request)
        choices = [choice(index, delta) for index, delta in enumerate(deltas)]
        return _whole(answer, "text_completion", choices, prompts, deltas)

    def _check_model(model: str | None) -> None:
        if model is not None and model not in names:
            served = ", ".join(names)
            raise ApiError(404, f"The model {model!r} is not served here; served: {served}.", code="model_not_found")

    def _answer(prefix: str, body: SamplingFields) -> Answer:
        _check_model(body.model)
        if body.top_logprobs_wanted is not None and not generator.has_logprobs:
            raise ApiError(400, f"{names[0]} is not a language model and has no log-probabilities.")
        return Answer(f"{prefix}-{uuid.uuid4().hex}", int(time.time()), body.model or names[0])

    def _sequences(
        body: SamplingFields, prompts: Sequence[Prompt], wanted: int | None, *, echo: bool
    ) -> list[GenerationRequest]:
        n = 1 if body.n is None else body.n
        if not 0 < len(prompts) * n <= MAX_SEQUENCES:
            raise ApiError(400, f"A request may ask for 1 to {MAX_SEQUENCES} sequences, not {len(prompts) * n}.")
        return [
            GenerationRequest(
                prompt=prompt,
                max_tokens=_new_tokens(generator, prompt, wanted),
                temperature=1.0 if body.temperature is None else body.temperature,
                top_p=1.0 if body.top_p is None else body.top_p,
                seed=None if body.seed is None else body.seed + choice,
                stop=body.stops,
                top_logprobs=body.top_logprobs_wanted,
                score_prompt=echo and body.top_logprobs_wanted is not None,
                stream=bool(body.stream),
            )
            for prompt in prompts
            for choice in range(n)
        ]

    return app


def _prompt(generator: Generator, prompt: str | Sequence[int]) -> Prompt:
    return generator.text_prompt(prompt) if isinstance(prompt, str) else generator.token_prompt(prompt)


def _new_tokens(generator: Generator, prompt: Prompt, wanted: int | None) -> int:
    """The number of new tokens to allow: the requested ones, as far as they fit into the context.

    The model never reads the last token, so a prompt that fills the context leaves space for one more.
    """
    limit = generator.context_length
    if limit is None:
        return sys.maxsize if wanted is None else wanted
    if len(prompt.tokens) > limit:
        raise ApiError(
            400,
            f"The prompt has {len(prompt.tokens):,} tokens, and this model's context holds {limit:,}.",
            code="context_length_exceeded",
        )
    room = limit - len(prompt.tokens) + 1
    return room if wanted is None else min(wanted, room)


async def _collected(dispatcher: Dispatcher, sequences: Sequence[GenerationRequest], request: Request) -> list[Delta]:
    """Each complete sequence; dropped when the client disconnects."""

    async def collect() -> list[Delta]:
        done = [Delta()] * len(sequences)
        async with aclosing(dispatcher.generate(sequences)) as stream:
            async for index, delta in stream:
                done[index] += delta
        return done

    async def client_left() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    collecting, leaving = asyncio.create_task(collect()), asyncio.create_task(client_left())
    try:
        await asyncio.wait({collecting, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if collecting.done():
            return collecting.result()
        raise ApiError(CLIENT_GONE, "The client has disconnected.")
    finally:
        for task in (collecting, leaving):
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task


def _whole(answer: Answer, kind: str, choices: list[Body], prompts: Sequence[Prompt], deltas: list[Delta]) -> Response:
    counts = replies.usage(prompts, sum(delta.count for delta in deltas))
    return JSONResponse(answer.body(kind, choices, counts))


async def _streamed(
    dispatcher: Dispatcher,
    sequences: Sequence[GenerationRequest],
    prompts: Sequence[Prompt],
    answer: Answer,
    kind: str,
    body: SamplingFields,
    piece: Callable[[int, Delta], Body],
) -> Response:
    """Server-sent events, one per delta. An error before the first delta still gets its own status."""
    stream = dispatcher.generate(sequences)
    first = await anext(stream)

    async def events() -> AsyncIterator[str]:
        count = 0
        async with aclosing(stream):
            try:
                index, delta = first
                while True:
                    count += delta.count
                    yield _event(answer.body(kind, [piece(index, delta)]))
                    index, delta = await anext(stream)
            except StopAsyncIteration:
                pass
            except ServerEndingError as error:
                yield _event(replies.error_body(str(error), "server_error"))
                return
            except Exception as error:
                sys.stderr.write(traceback.format_exc())
                yield _event(replies.error_body(str(error), "server_error"))
                return
        if body.wants_usage:
            yield _event(answer.body(kind, [], replies.usage(prompts, count)))
        yield "data: [DONE]\n\n"

    return StreamingResponse(events(), media_type="text/event-stream", headers={"Cache-Control": "no-cache"})


def _event(body: Body) -> str:
    return f"data: {json.dumps(body, ensure_ascii=False, separators=(',', ':'))}\n\n"
