"""The options of `data generate`. Names are InstructLab's where it has one."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from core.config.options.base import (
    File,
    Folder,
    JobOptions,
    Options,
    Positive,
    Rate,
    Seed,
    Texts,
    once,
    option,
)


class TeacherOptions(Options):
    """Who is asked, about what, and where the results go."""

    model: str = "builtin:extractive"
    """The teacher: a model's folder or name, builtin:extractive (rules, no model needed), or with an endpoint the name
    to send."""
    endpoint_url: Texts = ()
    """A teacher that is served already (OpenAI-compatible); its key is taken from LABTOP_API_KEY. Given several times,
    all endpoints share the work; they must serve the model under one name."""
    taxonomy_path: Folder | None = None
    """Folder of the taxonomy; without one, `taxonomy` among labtop's data."""
    output_dir: Folder | None = None
    """Where runs are written; without one, `datasets` among labtop's data. On the command line, the folder of this run:
    an unfinished one in it is resumed."""


class GenerationOptions(Options):
    """What decides which data come out: these reach the generation as they are."""

    taxonomy_base: str = "origin/main"
    """The git revision that changes are counted from; `empty` takes every leaf."""
    pipeline: str = "full"
    """What the teacher is asked: a built-in pipeline's name, or a folder with one."""
    sdg_scale_factor: Positive | None = None
    """New questions for each seed example of a skill; without a number as the pipeline says, 30."""
    max_num_tokens: Annotated[Positive, option(unit="tokens")] = 4096
    """The most tokens of one reply of the teacher."""
    chunk_word_count: Annotated[Positive, option(unit="words")] = 375
    """The most words of a document's chunk (375 are about 500 tokens)."""
    concurrency: Annotated[Positive | None, once(unit="requests")] = None
    """Requests in flight. Without a number it begins with twice the server's slots, or 64, and follows what the server
    takes."""
    wait_minutes: Annotated[Rate, option(unit="minutes")] = 15.0
    """How long a server that stops answering is waited for."""
    yaml_rules: Annotated[File | None, once()] = None
    """A yamllint configuration to check the leaves' style by, instead of InstructLab's rules."""
    strict: bool = False
    """End with status 1 when a leaf was left out because its documents are empty or cannot be fetched; the others are
    done all the same."""
    seed: Annotated[Seed, once()] = 42
    """Of sampling and mixing."""


class GenerateOptions(TeacherOptions, GenerationOptions, JobOptions):
    """The whole command."""

    section: ClassVar[str | None] = "generate"

    fresh: Annotated[bool, once()] = False
    """Start over in the output folder: ask the teacher everything again."""

    def generation(self) -> dict[str, Any]:
        """The fields of GenerationOptions."""
        return {name: getattr(self, name) for name in GenerationOptions.model_fields}
