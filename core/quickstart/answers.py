"""A worker that asks several served models the same questions."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from core.events import Reporter
from core.quickstart.arguments import AnswersArguments
from core.serving.completions.reply_events import EmptyReplyError
from core.serving.completions.streaming import stream_reply

MAX_TOKENS = 64
"""Maximum length of a shown answer; the documents' sentences are half as long."""


def ask(arguments: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Ask each endpoint each question, with greedy decoding.

    The arguments are those of AnswersArguments. Returns {replies: [{name: reply}]}, in the order of the questions.
    """
    asked = AnswersArguments.from_data(arguments)
    return {"replies": asyncio.run(_ask(asked.endpoints, asked.questions, reporter))}


async def _ask(endpoints: Mapping[str, str], questions: Sequence[str], reporter: Reporter) -> list[dict[str, str]]:
    replies = []
    for question in questions:
        reply = {name: await _reply(url, name, question) for name, url in endpoints.items()}
        replies.append(reply)
        reporter.sample("answer", {"question": question, **reply})
        reporter.progress(len(replies), len(questions), "answers")
    return replies


async def _reply(url: str, model: str, question: str) -> str:
    messages = [{"role": "user", "content": question}]
    pieces = stream_reply(url, model, messages, temperature=0.0, max_tokens=MAX_TOKENS)
    try:
        return "".join([piece async for piece in pieces]).strip()
    except EmptyReplyError:  # a student that has learnt nothing may say nothing
        return ""
