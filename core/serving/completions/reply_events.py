"""Reading a streamed reply from the bytes of a response, also from servers that deviate from OpenAI's protocol.

The protocol is server-sent events, each with a chunk of a chat completion, and `[DONE]` at the end. Read as well: a
whole chat completion as JSON, any kind of line end, comments, events of several lines, and chunks with `message` or
`text` instead of `delta`. All else is reported with a reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.errors import LabtopError
from core.serving.client import one_line
from core.serving.completions.replies import INCOMPLETE, positive_int
from core.serving.credentials import Mask, StreamMask

DONE = "[DONE]"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

MAX_EVENT_BYTES = 2**23
"""A longer line or event is not a piece of a reply."""

MAX_EVENT_LINES = 100
"""An event of more lines is not one; it would be parsed again with each line."""

MAX_REPLY_CHARACTERS = 1_000_000
"""A reply is ended here: about 250,000 tokens, more than any model's reply. Reasoning and empty pieces count, too."""

CHARACTERS_PER_EVENT = 4
"""An event counts at least as much, so that a stream of events without text ends, too."""


class EmptyReplyError(LabtopError):
    """The reply is complete but contains no text."""


class ReplyTooLongError(LabtopError):
    """The reply reached MAX_REPLY_CHARACTERS."""


class NotACompletionError(Exception):
    """The response is not a chat completion; the message says what it is instead."""


@dataclass
class ReplyInfo:
    """What a server reported about a reply, filled in while it streams."""

    pieces: int = 0
    """Events with text or reasoning: about one per token."""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    """As counted by the server; None if it does not report them."""
    finish_reason: str | None = None
    reasoning_characters: int = 0


class ReplyEvents:
    """Reads the response of one request, and records how the reply ended."""

    def __init__(self, url: str, mask: Mask, info: ReplyInfo | None = None) -> None:
        self.done = False
        """Whether the server has sent the end marker."""
        self.info = info or ReplyInfo()
        self._url = url
        self._mask = mask
        self._shown = StreamMask(mask)
        self._rest = bytearray()
        """The beginning of an incomplete line; of a response that is not a stream, all of it."""
        self._event: list[str] = []
        """The lines of an incomplete event."""
        self._is_stream: bool | None = None
        """Whether these are server-sent events; None until the first character."""
        self._text = 0
        self._read = 0
        self._tools: list[str] = []

    def feed(self, data: bytes) -> Iterator[str]:
        """The texts that a part of the response adds to the reply.

        Raises LabtopError for an error that the server reports, and NotACompletionError.
        """
        if self._is_stream is None:
            data = bytes(self._rest + data).removeprefix(BYTE_ORDER_MARK).lstrip()
            self._rest.clear()
            self._is_stream = not data.startswith((b"{", b"[", b"<", b'"')) if data else None
        if not self._is_stream:
            self._rest += data
            self._check_size(len(self._rest))
            return
        *lines, rest = data.split(b"\n")
        if lines:
            lines[0] = bytes(self._rest) + lines[0]
            self._rest.clear()
        self._rest += rest
        for line in lines:
            # Only a line feed or a carriage return ends a line: JSON may contain other separators unescaped.
            for part in line.removesuffix(b"\r").split(b"\r"):
                yield from self._line(part)
                if self.done:
                    return
        self._check_size(len(self._rest))

    def finish(self) -> Iterator[str]:
        """The texts at the end of the response."""
        rest = bytes(self._rest)
        self._rest.clear()
        if not self.done and self._is_stream:
            for part in rest.split(b"\r"):
                yield from self._line(part)
            yield from self._line(b"")
        elif not self.done and rest.strip():
            yield from self._whole(rest)
        if held := self._shown.finish():
            yield held

    def _check_size(self, size: int) -> None:
        if size > MAX_EVENT_BYTES:
            raise NotACompletionError(f"a piece of more than {MAX_EVENT_BYTES // 2**20} MB")

    def _line(self, line: bytes) -> Iterator[str]:
        if not line:
            if self._event:
                raise NotACompletionError("a piece that is not JSON")
            return
        field, _, value = line.partition(b":")
        if field != b"data":
            return  # a comment, or a field without use here
        data = value.decode(errors="replace").strip()
        if data.startswith(DONE):
            self.done = True
            return
        if not data:
            return
        self._event.append(data)
        try:
            event = json.loads("\n".join(self._event))
        except (ValueError, RecursionError):
            self._check_size(sum(map(len, self._event)))
            if len(self._event) >= MAX_EVENT_LINES:
                raise NotACompletionError("a piece that is not JSON") from None
            return
        self._event.clear()
        if text := self._chunk(event):
            yield text

    def _whole(self, body: bytes) -> Iterator[str]:
        """A response that is not a stream."""
        try:
            document = json.loads(body.decode(errors="replace"))
        except (ValueError, RecursionError):
            start = body.lstrip()[:200].lower()
            what = "a web page" if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<")) else "text"
            raise NotACompletionError(f"{what} instead of JSON") from None
        text = self._chunk(document)
        self.done = True
        if text:
            yield text

    def _chunk(self, event: Any) -> str:
        if not isinstance(event, dict):
            raise NotACompletionError("JSON that is not an object")
        if error := event.get("error") or ("choices" not in event and event.get("detail")):
            message = error.get("message") if isinstance(error, dict) else error
            raise LabtopError(
                f"{self._url} answers: {self._mask(one_line(self._mask(str(message)))).rstrip('.')}.",
                hint="The server's log may say more.",
            )
        self._usage(event.get("usage"))
        choices = event.get("choices")
        if choices is None and event.get("object") == "error":  # vLLM's older form
            raise LabtopError(f"{self._url} answers: {self._mask(one_line(self._mask(str(event.get('message')))))}.")
        if not isinstance(choices, list):
            if "usage" in event:
                return ""
            raise NotACompletionError("JSON without choices")
        choice = choices[0] if choices else {}  # some servers end with a piece that has only the token counts
        if not isinstance(choice, dict):
            raise NotACompletionError("a choice that is not an object")
        ended = choice.get("finish_reason")
        self.info.finish_reason = ended if isinstance(ended, str) and ended else self.info.finish_reason
        delta = choice.get("delta") or choice.get("message") or {}
        if not isinstance(delta, dict):
            raise NotACompletionError("a delta that is not an object")
        reasoning = delta.get("reasoning_content") or delta.get("reasoning")
        reasoned = len(reasoning) if isinstance(reasoning, str) else 0
        text = delta.get("content", choice.get("text"))
        if isinstance(text, list) and all(isinstance(part, dict) for part in text):  # in parts, as in requests
            text = "".join(str(part.get("text") or "") for part in text)
        if not isinstance(text, str | None):
            raise NotACompletionError("content that is not text")
        text = text or ""
        if isinstance(calls := delta.get("tool_calls"), list):
            self._note_tools(calls)
        self.info.pieces += bool(text or reasoned)
        self.info.reasoning_characters += reasoned
        self._text += len(text.strip())
        self._read += max(len(text) + reasoned, CHARACTERS_PER_EVENT)
        if self._read > MAX_REPLY_CHARACTERS:
            text = text[: max(0, len(text) - (self._read - MAX_REPLY_CHARACTERS))]
            self.done = True
        # JSON can carry an unpaired surrogate, which cannot be written to a file.
        return self._shown.take(text.encode(errors="replace").decode())

    def _usage(self, usage: object) -> None:
        if isinstance(usage, dict):
            self.info.prompt_tokens = positive_int(usage.get("prompt_tokens")) or self.info.prompt_tokens
            self.info.completion_tokens = positive_int(usage.get("completion_tokens")) or self.info.completion_tokens

    def _note_tools(self, calls: list[Any]) -> None:
        for call in calls[:10]:
            function = call.get("function") if isinstance(call, dict) else None
            name = function.get("name") if isinstance(function, dict) else None
            if isinstance(name, str) and name and len(self._tools) < 10:
                self._tools.append(one_line(self._mask(name)))

    def check(self, max_tokens: int | None) -> None:
        """Raise LabtopError when the reply is empty or incomplete, with the amount received."""
        reasoned = self.info.reasoning_characters
        ended = self.info.finish_reason
        received = f"{reasoned:,} characters of reasoning" if reasoned else "nothing"
        if self._read > MAX_REPLY_CHARACTERS:
            raise ReplyTooLongError(
                f"The reply from {self._url} was ended after {MAX_REPLY_CHARACTERS:,} characters, labtop's limit.",
                hint="Limit replies with --max-tokens.",
            )
        if ended == "content_filter":
            raise LabtopError(
                f"The reply from {self._url} was withheld by its content filter.", hint="Ask in other words."
            )
        if ended in INCOMPLETE or (not self.done and ended is None):
            text = f"{self._text:,} characters of the answer" if self._text else received
            raise LabtopError(
                f"The reply from {self._url} ended before it was complete: received {text}.",
                hint="The server stopped early: its log may say why.",
            )
        if self._text:
            return
        if reasoned:
            cut = " before the token limit" if ended == "length" else ""
            raise EmptyReplyError(
                f"The reply from {self._url} has no answer: received only {received}{cut}.",
                hint=f"Allow more than {max_tokens} tokens (--max-tokens), or turn the model's reasoning off."
                if max_tokens
                else "Turn the model's reasoning off, or let its server return the answer as content.",
            )
        if self._tools:
            raise EmptyReplyError(
                f"The reply from {self._url} has no text: the model asks to call {', '.join(self._tools)}.",
                hint="labtop's chat has no tools: start the server without them.",
            )
        raise EmptyReplyError(f"The reply from {self._url} is empty.", hint="Ask again, or ask something else.")
