"""The options of `data generate`. Names are InstructLab's where it has one."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from annotated_types import Le

from core.config.options.base import (
    File,
    Folder,
    JobOptions,
    Natural,
    Positive,
    Rate,
    Seed,
    Texts,
    once,
    option,
    refused_model_id,
    unneeded,
)
from core.config.options.tls import TlsOptions, TlsPasswordOptions

INSTRUCTLAB_PIPELINES = {
    "simple": "it judges what the teacher writes, which simple does not do",
    "llama": "it asks about the documents themselves, where llama also asks about summaries of them",
}
"""InstructLab's pipelines that labtop does not have, and how `full`, which is used for them, differs."""

Connections = Annotated[Positive, Le(65_535)]
"""Each request has a connection of its own, and an address has no more ports."""


class TeacherOptions(TlsPasswordOptions):
    """The teacher, the taxonomy, and where results are written."""

    model: str = "builtin:extractive"
    """Teacher: a model's folder or name, builtin:extractive (rules, no model needed), or, with --endpoint-url, the
    model's name at the endpoint."""
    endpoint_url: Texts = ()
    """Base URL of an OpenAI-compatible server with the teacher. May be given several times: the endpoints share the
    work and must serve the model under the same name."""
    api_key: Annotated[str | None, once(variable="LABTOP_API_KEY")] = None
    """API key of the endpoint. Prefer the environment variable: other users of the machine see command lines."""
    taxonomy_path: Folder | None = None
    """Folder of the taxonomy. Default: `taxonomy` in labtop's data folder."""
    output_dir: Folder | None = None
    """Folder for datasets, with a subfolder for each run. Default: `datasets` in labtop's data folder. On the command
    line, the folder of this run: an unfinished run in it is resumed."""


class ConnectionOptions(TlsOptions):
    """How the teacher is reached."""

    server_ctx_size: Annotated[Positive | None, once(unit="tokens")] = None
    """Context size of a teacher that labtop serves. Default: the model's own."""


class GenerationOptions(ConnectionOptions):
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
    concurrency: Annotated[Connections | None, once(unit="requests")] = None
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
    quiet: Annotated[bool, once()] = False
    """Show warnings and the result only, no progress."""
    enable_serving_output: Annotated[bool, once()] = False
    """Show the log of a teacher that labtop serves."""
    num_cpus: Annotated[
        Natural | None,
        unneeded("one process sends all requests, as many at a time as the server takes; --concurrency sets a number."),
    ] = None
    """Number of processes."""
    batch_size: Annotated[
        Natural | None, unneeded("each prompt is a request of its own, and the server batches them.")
    ] = None
    """Number of prompts in one request."""
    num_instructions: Annotated[int | None, unneeded("it is deprecated; use --sdg-scale-factor instead.")] = None
    """Number of new questions for each seed example."""
    model_family: Annotated[str | None, once()] = None
    """Family whose chat template is used for a teacher that labtop serves and that has none: granite or mixtral."""
    gpus: Annotated[Natural | None, once()] = None
    """Number of GPUs for a teacher that labtop serves. Default: serve.gpus."""
    student_model_id: Annotated[
        str | None,
        refused_model_id("Leave it out. `model train --model-path` takes the student's folder or name."),
    ] = None
    """Id of the student."""
    teacher_model_id: Annotated[str | None, refused_model_id("Use --model with the teacher's folder or name.")] = None
    """Id of the teacher."""

    def generation(self) -> dict[str, Any]:
        """The fields of GenerationOptions."""
        return {name: getattr(self, name) for name in GenerationOptions.model_fields}
