"""The arguments of a generation worker: what determines the data, and what it is made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from core.config.options.base import Natural, Options, Texts
from core.config.options.generate import GenerationOptions
from core.config.options.serve import BackendOptions
from core.config.worker_arguments import parse
from core.errors import LabtopError
from core.serving.tls.client import ClientTls, client_tls
from core.taxonomy.format.leaf import Leaf
from core.tokens import TOKENS_PER_WORD

SYSTEM_PROMPT = "You are a knowledgeable assistant who answers carefully, truthfully and to the point."
"""The first turn of every record, unless the student has its own; an empty one leaves the turn out."""

SKILLS_PER_LEAF = 30
"""Records of each skill in the mix, so that one with many does not outweigh the others."""


class MixOptions(Options):
    """What the training files are mixed from."""

    document_rows: bool = True
    """Questions with their chunk, or with several chunks, in the user's turn."""
    closed_book: bool = False
    """Each question also without any document."""
    document_text: bool = False
    """Rows of the documents' own text."""
    skills_per_leaf: Natural = SKILLS_PER_LEAF

    def switches(self) -> dict[str, bool]:
        """What differs from the default mix, for the recipe."""
        switches = {name: True for name in ("closed_book", "document_text") if getattr(self, name)}
        return switches if self.document_rows else {**switches, "document_rows": False}


class GenerateSource(GenerationOptions):
    """What data is made from, and by which teacher."""

    endpoint_url: Texts = ()
    """Endpoints that serve the model; without any, the job serves it itself."""
    model: str
    """The name that is sent to the endpoint."""
    leaves: tuple[Leaf, ...] | None = None
    """What to generate from; else the changed leaves of a taxonomy."""
    taxonomy_path: Path | None = None
    system_prompt: str = SYSTEM_PROMPT
    mix: MixOptions = MixOptions()
    serving: BackendOptions = BackendOptions()
    """How a teacher without endpoints is served."""
    fresh: bool | str = False
    """Start over in the folder. A text does so once: with the same text again, that run is resumed."""

    def tls(self, password: str | None) -> ClientTls:
        """How endpoints are connected to."""
        return client_tls(self, password)

    @property
    def chunk_tokens(self) -> int:
        """Maximum number of tokens in a chunk."""
        return round(self.chunk_word_count * TOKENS_PER_WORD)


class GenerateJob(GenerateSource):
    """What a job is started with."""

    output_dir: Path
    exclude_questions: tuple[str, ...] = ()

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """The options of a job or a worker. Raises LabtopError for options that contradict each other."""
        options = parse(cls, data, "Generation")
        options.check()
        return options

    def check(self) -> None:
        if not (self.mix.document_rows or self.mix.closed_book or self.mix.document_text):
            raise LabtopError(
                "The mix contains nothing from knowledge leaves.",
                hint="Leave document_rows on, or turn closed_book on.",
            )
        if self.leaves is None and self.taxonomy_path is None:
            raise LabtopError("There is nothing to generate from.", hint="Give --taxonomy-path.")

    def inputs(self, leaves: Sequence[Leaf], pipeline_digests: Mapping[str, str]) -> dict[str, Any]:
        """Everything that the files of a run depend on, by name: not where it runs, nor how fast."""
        return {
            "leaves": [leaf.to_data() for leaf in leaves],
            "pipelines": dict(pipeline_digests),
            "mix": self.mix.model_dump(),
            "exclude_questions": self.exclude_questions,
            "model": self.model,
            "scale": self.sdg_scale_factor,
            "chunk_tokens": self.chunk_tokens,
            "max_tokens": self.max_num_tokens,
            "seed": self.seed,
            "system_prompt": self.system_prompt,
        }

    def fingerprint(self, leaves: Sequence[Leaf], pipeline_digests: Mapping[str, str]) -> str:
        """The same for two runs that must give the same files."""
        return hashlib.sha256(json.dumps(self.inputs(leaves, pipeline_digests), sort_keys=True).encode()).hexdigest()


class GenerateArguments(GenerateJob):
    """The arguments of `core.sdg.worker:generate`."""

    endpoint_url: Texts
