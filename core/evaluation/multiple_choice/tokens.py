"""The tokens that are scored for each question, split as lm-eval does. Only worker processes import this."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import LabtopError
from core.evaluation.multiple_choice.prompts import Scored


@dataclass(frozen=True)
class TokenRequest:
    """One question: the tokens of its context, and those of each continuation."""

    context: tuple[int, ...]
    continuations: tuple[tuple[int, ...], ...]

    @property
    def longest(self) -> int:
        """Tokens of the context with the longest continuation."""
        return len(self.context) + max(map(len, self.continuations))


def encode(tokenizer: Any, texts: Sequence[Scored], model: str) -> list[TokenRequest]:
    """The tokens of texts. Raises LabtopError where a continuation has none.

    As in lm-eval (`_encode_pair`), white space at the end of a context belongs to the continuation, and a continuation
    has the tokens that follow the number of tokens of its context. An empty context is the token that begins texts.
    """
    contexts, wholes = [], []
    for text in texts:
        context = text.context.rstrip()
        space = text.context[len(context) :]
        contexts.append(context)
        wholes += [f"{context}{space}{continuation}" for continuation in text.continuations]
    own = _encoded(tokenizer, contexts)
    whole = iter(_encoded(tokenizer, wholes))
    requests = []
    for text, context, tokens in zip(texts, contexts, own, strict=True):
        rest = [next(whole) for _ in text.continuations]
        if context:
            request = TokenRequest(tuple(tokens), tuple(tuple(each[len(tokens) :]) for each in rest))
        else:
            start = _first_token(tokenizer)
            bare = tokenizer(list(text.continuations), add_special_tokens=False)["input_ids"]
            request = TokenRequest((start,), tuple(map(tuple, bare)))
        if not all(request.continuations):
            raise LabtopError(
                f"A choice of the question {context[-80:]!r} has no tokens for {model}.",
                hint="Write the choice in full, or leave the question out.",
            )
        requests.append(request)
    return requests


def _encoded(tokenizer: Any, texts: list[str]) -> list[list[int]]:
    """The tokens of texts, with those that begin every text unless the chat template has added them."""
    begins = tokenizer.decode(_first_token(tokenizer))
    added = [bool(begins) and text.startswith(begins) for text in texts]
    found: list[list[int]] = [[]] * len(texts)
    for special in (True, False):
        places = [place for place, has in enumerate(added) if has != special]
        if places:
            ids = tokenizer([texts[place] for place in places], add_special_tokens=special)["input_ids"]
            for place, tokens in zip(places, ids, strict=True):
                found[place] = tokens
    return found


def _first_token(tokenizer: Any) -> int:
    return int(tokenizer.eos_token_id if tokenizer.bos_token_id is None else tokenizer.bos_token_id)


def shared_prefix(requests: Sequence[TokenRequest]) -> int:
    """How many first tokens all contexts have in common, less than the shortest one has."""
    first = min(request.context for request in requests)
    last = max(request.context for request in requests)
    limit = min(len(request.context) for request in requests) - 1
    for place in range(limit):
        if first[place] != last[place]:
            return place
    return limit
