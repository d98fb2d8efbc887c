"""All settings, with their units, defaults and reasons. Names are InstructLab's where it has one."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Positive = Annotated[int, Field(gt=0)]
Natural = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]

Level = Annotated[
    Literal["off", "warning", "error"],
    BeforeValidator(lambda value: "off" if value is False else value),  # YAML reads a bare `off` as false
]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, protected_namespaces=())


class ChatSettings(Section):
    endpoint_url: str = "http://127.0.0.1:8000/v1"
    """Where the chat finds a served model (OpenAI-compatible)."""
    model: str | None = None
    """Name of the model to talk to; without one, the one that is served."""
    temperature: Annotated[float, Field(ge=0, le=2)] = 1.0
    """0 always takes the likeliest token."""
    max_tokens: Positive | None = None
    """The most tokens of a reply; without one, the server decides."""


class ServeSettings(Section):
    model_path: str | None = None
    """Folder of the model to serve, or builtin:extractive."""
    host: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0 lets other machines in, without a password."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """Port to listen on; 0 takes a free one."""


class GenerateSettings(Section):
    model: str = "builtin:extractive"
    """The teacher: a model's folder, builtin:extractive, or with an endpoint the name to send."""
    endpoint_url: str | None = None
    """A teacher that is served already (OpenAI-compatible)."""
    taxonomy_path: str | None = None
    """Folder of the taxonomy; without one, `taxonomy` among labtop's data."""
    taxonomy_base: str = "origin/main"
    """The git revision that changes are counted from; `empty` takes every leaf."""
    pipeline: str = "full"
    """Name of a built-in pipeline, or a folder with one."""
    output_dir: str | None = None
    """Where runs are written; without one, `datasets` among labtop's data."""
    max_num_tokens: Positive = 4096
    """The most tokens of one answer of the teacher."""
    chunk_word_count: Positive = 375
    """The most words of a document's chunk (375 are about 500 tokens)."""


class LintSettings(Section):
    context_length: Level = "warning"
    """A context of more than max_context_words."""
    question_length: Level = "warning"
    """A question of more than max_question_words."""
    answer_length: Level = "warning"
    """An answer of more than max_answer_words."""
    pair_count: Level = "warning"
    """A context with more or fewer pairs than pairs_per_context."""
    comment_in_text: Level = "warning"
    """A comment behind a text without quotes, where it is mostly meant as text."""
    garbled_text: Level = "warning"
    """An anchor, a tag or an escape that takes away or changes a part of a text."""
    mixed_contexts: Level = "warning"
    """A skill in which only some seed examples have a context."""
    duplicate_question: Level = "warning"
    """A question that stands twice in a leaf."""
    similar_question: Level = "warning"
    """A question of the same words, in the same order, as another one of its leaf."""
    duplicate_context: Level = "warning"
    """A context that stands twice in a leaf."""
    similar_context: Level = "warning"
    """A context that shares similar_context_share with another one of its leaf."""
    duplicate_across: Level = "warning"
    """A question or a context that stands in another leaf too."""
    passage_reference: Level = "warning"
    """A question that speaks of 'the passage above'."""
    unsupported_answer: Level = "warning"
    """An answer of which less than min_answer_support, or a number or a name not, stands in its context."""
    context_not_in_document: Level = "warning"
    """A context of which less than min_context_match stands in the documents, when they are in the cache."""
    overlapping_patterns: Level = "warning"
    """Patterns that take the same files."""
    unmatched_pattern: Level = "warning"
    """A pattern that takes no file, when the documents are in the cache."""
    unsafe_source: Level = "warning"
    """An address or a pattern that no document is fetched by."""
    unusable_document: Level = "warning"
    """A document in the cache that cannot be read, or is not markdown."""
    context_markdown: Level = "warning"
    """Images, footnotes and HTML tables in a context."""
    document_markdown: Level = "warning"
    """Images, footnotes and HTML tables in a document, when it is in the cache."""
    name_collision: Level = "warning"
    """Leaves whose paths are the same once '/' is written as '_'."""
    attribution_missing: Level = "warning"
    """A leaf without attribution.txt beside it."""
    attribution_incomplete: Level = "warning"
    """An attribution.txt that does not say everything."""
    many_changes: Level = "warning"
    """More changed leaves than max_changed_leaves."""
    max_context_words: Positive = 500
    """Words, by white space; RHEL AI's documents set this limit and the next two."""
    max_question_words: Positive = 250
    max_answer_words: Positive = 250
    pairs_per_context: Positive = 3
    """The prompts show three pairs of each context to the teacher."""
    similar_context_share: Share = 0.8
    """Of the shorter context's runs of four words; 1 finds only a context within another."""
    min_answer_support: Share = 0.1
    """Of the words of an answer of seven or more; 0 finds only numbers and names that stand elsewhere."""
    min_context_match: Share = 0.75
    """Of a context's runs of four words; 1 allows no change of a word."""
    max_changed_leaves: Positive = 5
    """Leaves that should be taught at once."""


class TrainSettings(Section):
    profile: str | None = None
    """Training profile that sets what this section does not, for example A100_H100_x8.yaml."""
    model_path: str | None = None
    """Folder of the student to train."""
    device: Literal["cpu", "cuda"] = "cpu"
    """Where to train."""
    ckpt_output_dir: str | None = None
    """Where checkpoints are written; without one, `checkpoints` among labtop's data."""
    phased_base_dir: str | None = None
    """Where the phases are written; without one, `phased` among labtop's data."""
    nproc_per_node: Positive = 1
    """GPUs to train on."""
    max_seq_len: Positive = 4096
    """Longest sample, in tokens; longer ones are left out, and told."""
    max_batch_len: Positive = 5000
    """The most tokens of a micro-batch on one device."""
    num_epochs: Positive = 10
    """Times that every sample is seen."""
    effective_batch_size: Positive = 64
    """Samples of an optimizer step."""
    save_samples: Natural = 0
    """Write a checkpoint each time so many more samples were seen; 0 only at the end of epochs."""
    checkpoint_at_epoch: bool = True
    """Write a checkpoint at the end of each epoch."""
    learning_rate: Annotated[float, Field(gt=0)] = 2e-5
    """At its peak, after the warm-up."""
    warmup_steps: Natural = 25
    """Optimizer steps in which the learning rate rises."""
    random_seed: int = 42
    """Decides the order of samples."""
    deepspeed_cpu_offload_optimizer: bool = False
    """Keep the optimizer's state in the host's memory (GPU training)."""
    phased_phase1_num_epochs: Positive = 7
    """Epochs of phase 1, the knowledge."""
    phased_phase1_effective_batch_size: Positive = 128
    phased_phase1_learning_rate: Annotated[float, Field(gt=0)] = 2e-5
    phased_phase1_samples_per_save: Natural = 0
    phased_phase2_num_epochs: Positive = 10
    """Epochs of phase 2, the skills."""
    phased_phase2_effective_batch_size: Positive = 3840
    phased_phase2_learning_rate: Annotated[float, Field(gt=0)] = 6e-6
    phased_phase2_samples_per_save: Natural = 0


class EvaluateSettings(Section):
    model: str | None = None
    """Folder of the model to score."""
    base_model: str | None = None
    """Folder of the model to compare with."""
    tasks_dir: str | None = None
    """Folder with MMLU-branch tasks; without one, the newest run among labtop's datasets."""
    few_shots: Natural | None = None
    """Solved examples before each question; without a number, as many as the task says."""


class Settings(Section):
    """Everything that `config.yaml` may hold."""

    version: Literal[1] = 1
    """Of the file's layout."""
    chat: ChatSettings = Field(default_factory=ChatSettings)
    serve: ServeSettings = Field(default_factory=ServeSettings)
    generate: GenerateSettings = Field(default_factory=GenerateSettings)
    lint: LintSettings = Field(default_factory=LintSettings)
    train: TrainSettings = Field(default_factory=TrainSettings)
    evaluate: EvaluateSettings = Field(default_factory=EvaluateSettings)


def sections() -> dict[str, type[Section]]:
    """The model of each section, by name."""
    return {
        name: field.annotation
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section)
    }
