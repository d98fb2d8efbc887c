"""The samples of a training run: read from InstructLab's JSON Lines files, encoded, and filtered."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

from core import paths
from core.config.options.train import SystemMessage, TrainingOptions
from core.errors import LabtopError, disk_error
from core.files import atomic_directory
from core.training.masking import Conversation, Masker, Sample
from core.training.prepare.cache import FORMAT, CachedSamples, EntryWriter, open_entry, remove_unused, waiting_lock
from core.training.prepare.progress import TokenisingProgress
from core.training.prepare.records import read_conversations
from core.training.prepare.split import SampleSubset, split_samples
from core.training.prepare.templates import add_template

ENCODE_AT_ONCE = 1000
"""Samples per call of the tokenizer, which encodes them in parallel."""

READ_BYTES = 1 << 20
"""Bytes of a file that are hashed at a time."""

MIN_TOKENS = 2
"""The first token is never predicted. InstructLab also leaves out what is shorter than 20 tokens."""

UNLIMITED = 1 << 30
"""The context of a model that states none, in tokens."""

CHANGED = "changed by the chat template"
NOTHING_TO_LEARN = "nothing to learn"
NO_END = "without an end token after the answer"
TOO_SHORT = f"shorter than {MIN_TOKENS} tokens"
"""Reasons for dropping a sample; the fifth is that it is too long."""


@dataclass(frozen=True)
class Dataset:
    """The samples to train on, and the number of dropped ones."""

    samples: CachedSamples | SampleSubset
    dropped: dict[str, int]
    """Reason → samples."""
    digest: str
    """Of the files' contents, in their order."""
    end_token: int | None = None
    """The token after an assistant's turn, which the loss covers."""
    examples: dict[str, str] = field(default_factory=dict)
    """Reason → the first sample dropped for it, as "line 3 of train.jsonl"."""
    largest_token: int = 0
    """The largest token id."""
    template_note: str = ""
    """A sentence about the chat template of a model that has none of its own."""
    reused: bool = False
    """Whether the samples were tokenised by an earlier run, or by another rank."""

    def split(self, share: float, seed: int) -> tuple[Dataset, SampleSubset | None]:
        """The dataset without the samples that are held out for validation, and those, if `share` is not 0."""
        if not share or isinstance(self.samples, SampleSubset):
            return self, None
        training, validation = split_samples(self.samples, share, seed)
        return replace(self, samples=training), validation


def load_dataset(
    files: Sequence[Path],
    tokenizer: Any,
    max_seq_len: int,
    system_message: SystemMessage = "auto",
    folder: Path | None = None,
    note: Callable[[str], object] | None = None,
) -> Dataset:
    """The samples of files, tokenised: read from an entry of the cache `folder`, or written there.

    All processes that ask for the same entry at the same time get the one that the first of them writes. `note`
    receives a sentence about the progress every few seconds. Raises LabtopError for an invalid line or when no sample
    is left.
    """
    template_note = add_template(tokenizer, Path(tokenizer.name_or_path))
    masker = Masker(tokenizer, system_message)
    digest, lines = _digest(files)
    folder = folder or paths.current().prepared_dir
    key = _key(files, digest, tokenizer, max_seq_len, masker)
    with waiting_lock(folder, key):
        entry = open_entry(folder / key)
        reused = entry is not None
        if entry is None:
            shutil.rmtree(folder / key, ignore_errors=True)
            with atomic_directory(folder / key) as partial:
                progress = TokenisingProgress(lines, note) if note else None
                _write_entry(partial, files, masker, max_seq_len, digest, progress)
            entry = open_entry(folder / key)
            remove_unused(folder, key)
    if entry is None:
        raise LabtopError(
            f"The tokenised samples in {folder / key} cannot be read back.",
            hint="Check the disk, or choose another folder: --data-output-dir.",
        )
    samples, known = entry
    end = tokenizer.convert_tokens_to_ids(masker.end) if masker.end else None
    return Dataset(samples, known.dropped, digest, end, known.examples, known.largest_token, template_note, reused)


def longest_sample(settings: TrainingOptions, config: Mapping[str, Any]) -> int:
    """The most tokens of a sample: by the settings, and by the context of the model with this config.json."""
    text = config.get("text_config")
    positions = (text if isinstance(text, dict) else config).get("max_position_embeddings")
    context = positions if isinstance(positions, int) and positions > 0 else UNLIMITED
    return min(settings.max_seq_len, settings.max_batch_len, context)


def _key(files: Sequence[Path], digest: str, tokenizer: Any, max_seq_len: int, masker: Masker) -> str:
    """Equal only for the same samples: of the data, the tokenizer, the template and what is dropped."""
    what = [FORMAT, version("tokenizers"), [str(file.absolute()) for file in files], digest, max_seq_len]
    key = hashlib.sha256(json.dumps([*what, tokenizer.chat_template, masker.system_message, masker.end]).encode())
    key.update(tokenizer.backend_tokenizer.to_str().encode("utf-8", "surrogatepass"))
    return key.hexdigest()[:32]


def _digest(files: Sequence[Path]) -> tuple[str, int]:
    """A hash of all files, and the number of their lines."""
    digest = hashlib.sha256()
    lines = 0
    for file in files:
        try:
            with file.open("rb") as stream:
                while block := stream.read(READ_BYTES):
                    digest.update(block)
                    lines += block.count(b"\n")
        except OSError as error:
            raise disk_error(error, f"reading {file}") from error
    return digest.hexdigest(), lines


def _write_entry(
    folder: Path,
    files: Sequence[Path],
    masker: Masker,
    max_seq_len: int,
    digest: str,
    progress: TokenisingProgress | None,
) -> None:
    """Tokenise all samples. Raises LabtopError when none is left, or when the files have changed since `digest`."""
    writer = EntryWriter(folder)
    kept = 0
    read = hashlib.sha256()
    try:
        conversations = (each for file in files for each in read_conversations(file, read))
        while batch := list(islice(conversations, ENCODE_AT_ONCE)):
            good = []
            for conversation, sample in zip(batch, masker.encode(batch), strict=True):
                reason = _reason_to_drop(masker, conversation, sample, max_seq_len)
                if reason is not None:
                    writer.drop(reason, conversation.place)
                elif sample is not None:
                    good.append(sample)
            writer.add(good)
            kept += len(good)
            if progress:
                progress.advance(len(batch))
    finally:
        writer.close(complete=kept > 0)
    dropped = writer.preparation.dropped
    if not kept:
        names = ", ".join(str(file) for file in files)
        reasons = reasons_text(dropped, writer.preparation.examples)
        raise LabtopError(
            f"No sample to train on in {names}" + (f": {reasons}." if reasons else ": it is empty."),
            hint=dropped_hint(dropped) if dropped else "Generate data first: labtop data generate",
        )
    if read.hexdigest() != digest:
        raise LabtopError("The training data changed while they were read.", hint="Start the training again.")


def _reason_to_drop(masker: Masker, conversation: Conversation, sample: Sample | None, max_seq_len: int) -> str | None:
    if sample is None:
        return CHANGED
    if len(sample) > max_seq_len:
        return f"longer than {max_seq_len} tokens"
    if len(sample) < MIN_TOKENS:
        return TOO_SHORT
    if not any(sample.loss_mask):
        return NOTHING_TO_LEARN
    return None if masker.has_end(conversation, sample) else NO_END


def reasons_text(dropped: Mapping[str, int], examples: Mapping[str, str]) -> str:
    """Such as `2 longer than 4096 tokens, 1 nothing to learn. The first: line 3 of train.jsonl; line 9 of …`."""
    text = ", ".join(f"{number} {reason}" for reason, number in dropped.items())
    first = "; ".join(examples[reason] for reason in dropped if reason in examples)
    return f"{text}. The first: {first}" if first else text


def dropped_hint(dropped: Iterable[str]) -> str:
    """What to do about samples dropped for the given reasons."""
    hints = {
        CHANGED: "The chat template truncates, repeats or rewrites some texts: correct it, or use another model.",
        NOTHING_TO_LEARN: "A sample needs a non-empty assistant turn.",
        NO_END: "The chat template must put an end token after an answer: a model without one does not learn to stop.",
        TOO_SHORT: "A sample needs a question and an answer.",
    }
    too_long = "To keep long samples, raise max_seq_len and max_batch_len, if the model's context allows it."
    return " ".join(dict.fromkeys(hints.get(reason, too_long) for reason in dropped))
