"""OpenAI's response bodies, built from a generator's output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.serving.embedded.generator import Delta, Prompt, ScoredToken

Body = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """The fields that all responses to one request share."""

    id: str
    created: int
    model: str

    def body(self, kind: str, choices: Sequence[Body], usage: Body | None = None) -> Body:
        counted = {} if usage is None else {"usage": usage}
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "choices": list(choices),
            **counted,
        }


def usage(prompts: Sequence[Prompt], new_tokens: int) -> Body:
    """Token counts; word counts for a generator without tokens."""
    read = sum(len(prompt.tokens) or len(prompt.text.split()) for prompt in prompts)
    return {"prompt_tokens": read, "completion_tokens": new_tokens, "total_tokens": read + new_tokens}


def error_body(message: str, kind: str, code: str | None = None) -> Body:
    """The format of every error."""
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def chat_choice(index: int, delta: Delta, *, scored: bool) -> Body:
    """A complete reply."""
    return {
        "index": index,
        "message": {"role": "assistant", "content": delta.text, "refusal": None},
        "logprobs": _chat_logprobs(delta) if scored else None,
        "finish_reason": delta.finish,
    }


def chat_piece(index: int, delta: Delta, *, first: bool, scored: bool) -> Body:
    """A piece of a streamed reply."""
    content = {"content": delta.text} if delta.text or first else {}
    return {
        "index": index,
        "delta": {**({"role": "assistant"} if first else {}), **content},
        "logprobs": _chat_logprobs(delta) if scored and delta.tokens else None,
        "finish_reason": delta.finish,
    }


def _chat_logprobs(delta: Delta) -> Body:
    def described(text: str, logprob: float | None) -> Body:
        return {"token": text, "logprob": logprob, "bytes": list(text.encode())}

    return {
        "content": [
            {
                **described(token.text, token.logprob),
                "top_logprobs": [described(text, logprob) for text, logprob in token.top],
            }
            for token in delta.tokens
        ]
    }


def text_choice(index: int, delta: Delta, *, echo: str, offset: int, scored: bool) -> Body:
    """A completion or a piece of one; `echo` is the prompt if it is to be repeated, `offset` the piece's position."""
    tokens = (*delta.prompt_tokens, *delta.tokens)
    return {
        "index": index,
        "text": echo + delta.text,
        "logprobs": _text_logprobs(tokens, offset) if scored else None,
        "finish_reason": delta.finish,
    }


def _text_logprobs(tokens: Sequence[ScoredToken], offset: int) -> Body:
    offsets = []
    for token in tokens:
        offsets.append(offset)
        offset += len(token.text)
    return {
        "tokens": [token.text for token in tokens],
        "token_logprobs": [token.logprob for token in tokens],
        "top_logprobs": [None if token.logprob is None else dict(token.top) for token in tokens],
        "text_offset": offsets,
    }
