"""The samples of a training run: read from InstructLab's JSON Lines files, encoded, and filtered."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from core.config.options.train import SystemMessage
from core.errors import LabtopError, disk_error
from core.training.masking import Conversation, Masker, Message, Sample

ENCODE_AT_ONCE = 1000
"""Samples per call of the tokenizer, which encodes them in parallel."""

CHANGED = "changed by the chat template"
NOTHING_TO_LEARN = "nothing to learn"
"""Reasons for dropping a sample; the third is its length."""

LEGACY_ROLE = re.compile(
    r"<\|(system|user|assistant)\|>\n?|<\|start_of_role\|>(system|user|assistant)<\|end_of_role\|>"
)
"""Role headers inside the content of an older `pretraining` message."""

LEGACY_END = re.compile(r"(?:<\|endoftext\|>|<\|end_of_text\|>)?\n?\Z")
"""The end of a turn there."""


@dataclass(frozen=True)
class Dataset:
    """The samples to train on, and the number of dropped ones."""

    samples: tuple[Sample, ...]
    dropped: dict[str, int]
    """Reason → samples."""
    digest: str
    """Of the files' contents, in their order."""
    end_token: int | None = None
    """The token after an assistant's turn, which the loss covers."""


def load_dataset(
    paths: Sequence[Path], tokenizer: Any, max_seq_len: int, system_message: SystemMessage = "auto"
) -> Dataset:
    """Read and encode the samples of files. Raises LabtopError for an invalid line or when no sample is left."""
    masker = Masker(tokenizer, system_message)
    samples: list[Sample] = []
    dropped: Counter[str] = Counter()
    digest = hashlib.sha256()
    conversations = (each for path in paths for each in read_conversations(path, digest))
    while batch := list(islice(conversations, ENCODE_AT_ONCE)):
        for sample in masker.encode(batch):
            if sample is None:
                dropped[CHANGED] += 1
            elif len(sample) > max_seq_len:
                dropped[f"longer than {max_seq_len} tokens"] += 1
            elif not any(sample.loss_mask):
                dropped[NOTHING_TO_LEARN] += 1
            else:
                samples.append(sample)
    if not samples:
        names = ", ".join(str(path) for path in paths)
        reasons = "; ".join(f"{number} {reason}" for reason, number in dropped.items())
        raise LabtopError(
            f"No sample to train on in {names}" + (f": {reasons}." if reasons else ": it is empty."),
            hint=dropped_hint(dropped) if dropped else "Generate data first: labtop data generate",
        )
    end = tokenizer.convert_tokens_to_ids(masker.end) if masker.end else None
    return Dataset(tuple(samples), dict(dropped), digest.hexdigest(), end)


def dropped_hint(dropped: Iterable[str]) -> str:
    """What to do about samples dropped for the given reasons."""
    hints = {
        CHANGED: "The chat template truncates, repeats or rewrites some texts: correct it, or use another model.",
        NOTHING_TO_LEARN: "A sample needs a non-empty assistant turn.",
    }
    too_long = "To keep long samples, raise max_seq_len and max_batch_len, if the model's context allows it."
    return " ".join(dict.fromkeys(hints.get(reason, too_long) for reason in dropped))


def read_conversations(path: Path, digest: Any = None) -> Iterator[Conversation]:
    """The conversations of a JSON Lines file, whose bytes update `digest`. Errors name the line."""
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                if digest is not None:
                    digest.update(line)
                if line.strip():
                    yield _conversation(line, f"Line {number} of {path}")
    except OSError as error:
        raise disk_error(error, f"reading {path}") from error


def _conversation(line: bytes, place: str) -> Conversation:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise LabtopError(
            f"{place} is not valid JSON.", hint="Each line must be one JSON object; correct or delete that line."
        ) from None
    messages = record.get("messages") if isinstance(record, dict) else None
    if (
        not isinstance(messages, list)
        or not messages
        or not all(
            isinstance(message, dict)
            and isinstance(message.get("role"), str)
            and isinstance(message.get("content"), str)
            for message in messages
        )
    ):
        raise LabtopError(
            f"{place} is not a chat sample.",
            hint='It needs "messages": a list of objects with the texts "role" and "content".',
        )
    try:
        "".join(message["content"] for message in messages).encode()
    except UnicodeEncodeError:
        raise LabtopError(f"{place} contains an unpaired surrogate.", hint="Correct or delete that line.") from None
    plain = tuple({"role": message["role"], "content": message["content"]} for message in messages)
    if any(message["role"] == "pretraining" for message in plain):
        return replace(unroll_pretraining(plain), place=place)
    return Conversation(plain, unmask=record.get("unmask") is True, place=place)


def unroll_pretraining(messages: Sequence[Message]) -> Conversation:
    """A conversation with an older `pretraining` message, split into its inner turns; the loss covers all of them.

    Without role headers inside, its content is plain text.
    """
    turns: list[Message] = []
    for message in messages:
        if message["role"] != "pretraining":
            turns.append(message)
            continue
        content = message["content"]
        headers = list(LEGACY_ROLE.finditer(content))
        if not headers:
            return Conversation((), unmask=True, text=content)
        ends = [header.start() for header in headers[1:]] + [len(content)]
        for header, end in zip(headers, ends, strict=True):
            inner = LEGACY_END.sub("", content[header.end() : end], count=1)
            turns.append({"role": header[1] or header[2], "content": inner})
    return Conversation(tuple(turns), unmask=True)
