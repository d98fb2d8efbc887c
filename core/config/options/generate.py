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
    """The teacher, the taxonomy, and where results are written."""

    model: str = "builtin:extractive"
    """Teacher: a model's folder or name, builtin:extractive (rules, no model needed), or, with --endpoint-url, the
    model's name at the endpoint."""
    endpoint_url: Texts = ()
    """Base URL of an OpenAI-compatible server with the teacher; its API key is read from LABTOP_API_KEY. May be given
    several times: the endpoints share the work and must serve the model under the same name."""
    taxonomy_path: Folder | None = None
    """Folder of the taxonomy. Default: `taxonomy` in labtop's data folder."""
    output_dir: Folder | None = None
    """Folder for datasets, with a subfolder for each run. Default: `datasets` in labtop's data folder. On the command
    line, the folder of this run: an unfinished run in it is resumed."""


class GenerationOptions(Options):
    """What determines the generated data. These fields are passed to the worker unchanged."""

    taxonomy_base: str = "origin/main"
    """Git revision to compare with: data is generated from the leaves that changed since. `empty` takes every leaf."""
    pipeline: str = "full"
    """Pipeline that generates the data: the name of a built-in one, or a folder with your own."""
    sdg_scale_factor: Positive | None = None
    """Number of new questions for each seed example of a skill. Default: set by the pipeline (30)."""
    max_num_tokens: Annotated[Positive, option(unit="tokens")] = 4096
    """Maximum number of tokens in one reply of the teacher."""
    chunk_word_count: Annotated[Positive, option(unit="words")] = 375
    """Maximum number of words in one chunk of a document (375 words are about 500 tokens)."""
    concurrency: Annotated[Positive | None, once(unit="requests")] = None
    """Maximum number of requests in flight. Default: adaptive, starting at twice the server's slots, or at 64."""
    wait_minutes: Annotated[Rate, option(unit="minutes")] = 15.0
    """How long to wait for a server that has stopped answering."""
    yaml_rules: Annotated[File | None, once()] = None
    """yamllint configuration for the style of leaves, in place of InstructLab's rules."""
    strict: bool = False
    """Exit with status 1 if a leaf was left out because its documents are empty or cannot be fetched. Data is generated
    from the other leaves in any case."""
    seed: Annotated[Seed, once()] = 42
    """Random seed of sampling and mixing."""


class GenerateOptions(TeacherOptions, GenerationOptions, JobOptions):
    """All options of the command."""

    section: ClassVar[str | None] = "generate"

    fresh: Annotated[bool, once()] = False
    """Start over in the output folder, without reusing replies of the teacher."""

    def generation(self) -> dict[str, Any]:
        """The fields of GenerationOptions."""
        return {name: getattr(self, name) for name in GenerationOptions.model_fields}
