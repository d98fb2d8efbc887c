"""What a generation run is asked to do, all of it, as it comes in a job's spec."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from core.errors import LabtopError
from core.sdg.chunking import CHUNK_TOKENS
from core.sdg.inputs import Leaf

SYSTEM_PROMPT = "You are a knowledgeable assistant who answers carefully, truthfully and to the point."
"""Stands first in every record, unless the student has one of its own; an empty one leaves the turn out."""

SKILLS_PER_LEAF = 30
"""Records that each skill gives to the mix, so that one with many does not drown the others."""


@dataclass(frozen=True)
class MixOptions:
    """What the training files are mixed of."""

    document_rows: bool = True
    """Questions with their chunk, or several, in the user's turn."""
    closed_book: bool = False
    """Each question also without any document."""
    document_text: bool = False
    """Rows of the documents' own text."""
    skills_per_leaf: int = SKILLS_PER_LEAF

    def switches(self) -> dict[str, bool]:
        """What differs from the usual mix, for the recipe."""
        switches = {name: True for name in ("closed_book", "document_text") if getattr(self, name)}
        return switches if self.document_rows else {**switches, "document_rows": False}


@dataclass(frozen=True)
class GenerateOptions:
    """The arguments of `core.sdg.worker:generate`."""

    output_dir: Path
    endpoint_url: str
    model: str
    """The name that is sent to the endpoint."""
    leaves: tuple[Leaf, ...] | None = None
    """What to generate from; else the changed leaves of a taxonomy."""
    taxonomy_path: Path | None = None
    taxonomy_base: str = "origin/main"
    """A git revision; leaves that have not changed since are left out. `empty` takes all."""
    pipeline: str = "full"
    """A built-in one's name, or a folder."""
    scale: int | None = None
    """New questions for each seed example of a skill; the pipeline says, if None."""
    chunk_tokens: int = CHUNK_TOKENS
    max_tokens: int | None = None
    """At most so many in each reply; the pipeline says, if None."""
    concurrency: int | None = None
    """Requests in flight; twice the server's slots, if None."""
    seed: int = 42
    system_prompt: str = SYSTEM_PROMPT
    mix: MixOptions = field(default_factory=MixOptions)
    exclude_questions: tuple[str, ...] = ()
    fresh: bool | str = False
    """Forget what the folder holds. A text does so once: the same text again goes on with what came of it."""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> GenerateOptions:
        """The options in a worker's arguments. Raises LabtopError for what makes no sense."""
        known = {item.name for item in fields(cls)}
        if unknown := sorted(data.keys() - known):
            raise LabtopError(f"Generation knows no option {unknown[0]}.")
        values = dict(data)
        try:
            values["output_dir"] = Path(values["output_dir"])
            if values.get("leaves") is not None:
                values["leaves"] = tuple(Leaf.from_data(leaf) for leaf in values["leaves"])
            if values.get("taxonomy_path") is not None:
                values["taxonomy_path"] = Path(values["taxonomy_path"])
            values["mix"] = MixOptions(**values.get("mix") or {})
            values["exclude_questions"] = tuple(values.get("exclude_questions") or ())
            options = cls(**values)
        except (KeyError, TypeError) as error:
            raise LabtopError(f"The options of generation are not complete: {error}.") from error
        options.check()
        return options

    def check(self) -> None:
        for name in ("scale", "chunk_tokens", "max_tokens", "concurrency"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise LabtopError(f"{name.replace('_', ' ')} must be 1 or more, not {value}.")
        if not (self.mix.document_rows or self.mix.closed_book or self.mix.document_text):
            raise LabtopError(
                "The mix leaves out everything of knowledge.", hint="Leave document_rows on, or turn closed_book on."
            )
        if self.leaves is None and self.taxonomy_path is None:
            raise LabtopError("There is nothing to generate from.", hint="Give --taxonomy-path.")

    def inputs(self, leaves: Sequence[Leaf], pipeline_digests: Mapping[str, str]) -> dict[str, Any]:
        """All that the files of a run depend on, by name. Where and how fast does not matter."""
        parts = {
            "leaves": [leaf.to_data() for leaf in leaves],
            "pipelines": dict(pipeline_digests),
            "mix": asdict(self.mix),
            "exclude_questions": self.exclude_questions,
        }
        for name in ("model", "scale", "chunk_tokens", "max_tokens", "seed", "system_prompt"):
            parts[name] = getattr(self, name)
        return parts

    def fingerprint(self, leaves: Sequence[Leaf], pipeline_digests: Mapping[str, str]) -> str:
        """The same for two runs that must give the same files."""
        return hashlib.sha256(json.dumps(self.inputs(leaves, pipeline_digests), sort_keys=True).encode()).hexdigest()
