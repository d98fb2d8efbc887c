"""The options of `model list`, `model catalog`, `model remove`, `model why`, `model compare` and `model test`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Le

from core.config.options.base import File, Folder, JobOptions, JsonOptions, PathKind, Positive, follows, once, unneeded


class ListModelsOptions(JsonOptions):
    """All options of the command."""

    model_dirs: Annotated[tuple[Path, ...], PathKind("folder"), once()] = ()
    """Folder to search; may be given several times. [default: labtop's models]"""
    list_checkpoints: Annotated[bool, once("--list-checkpoints", "--checkpoints")] = False
    """List checkpoints of trainings, too."""


class CatalogOptions(JsonOptions):
    """All options of `model catalog`."""

    release: Annotated[Literal["1.1", "1.5"] | None, once()] = None
    """Show only the models of this generation: 1.1 has Granite 7B, 1.5 has Granite 3.1."""
    missing: Annotated[bool, once()] = False
    """Show only models that are not on this machine."""


class RemoveModelsOptions(JsonOptions):
    """All options of `model remove`."""

    models: Annotated[tuple[str, ...], once("--model", "-m", metavar="NAME")] = ()
    """Model to delete, as InstructLab spells it; the same as a NAME."""
    models_dir: Annotated[Folder | None, once("--model-dir", "-md")] = None
    """Folder that the model is in. Default: labtop's models."""
    force: Annotated[bool, once("--force", "-f")] = False
    """Do not ask for confirmation."""
    json_output: Annotated[bool, once("--json")] = False
    """Print what was deleted as one JSON document."""


class WhyOptions(JsonOptions):
    """All options of `model why`; the question is an argument."""

    dataset: Annotated[tuple[Path, ...], PathKind("file"), once()] = ()
    """Training data (JSON Lines) to search; may be given several times. [default: the newest generated data]"""
    limit: Annotated[Positive, Le(1000), once()] = 3
    """Number of records to show."""
    taxonomy_path: Annotated[Folder | None, follows("generate.taxonomy_path")] = None
    """Folder of the taxonomy that has the leaves. [default: the configured taxonomy]"""


class CompareOptions(JsonOptions):
    """All options of `model compare`; the models are arguments."""

    benchmarks: Annotated[tuple[str, ...], once("--benchmark")] = ()
    """Show only this benchmark; may be given several times. [default: all]"""


class ModelTestOptions(JobOptions):
    """All options of the command. Names are InstructLab's where it has one."""

    model: Annotated[str | None, once("--model", "--model-dir", "-m")] = None
    """Trained model: its folder, or the name of a model on this machine. Default: the best model of the newest
    training."""
    base_model: Annotated[str | None, follows("evaluate.base_model")] = None
    """Model before training, which answers the same questions first. Default: none."""
    test_file: Annotated[File | None, once("--test_file", "--test-file", "-t")] = None
    """File of questions (JSON Lines of `user` and `assistant`). Default: the newest `test_<time>.jsonl` of a data
    generation."""
    data_dir: Annotated[Folder | None, once("--data-dir")] = None
    """Folder whose newest file of questions is used. Default: labtop's datasets."""
    limit: Annotated[Positive, once(unit="questions")] = 20
    """Number of questions, spread over the file."""
    adapter_file: Annotated[
        Path | None, unneeded("an adapter is part of the model's folder, or was merged into it.")
    ] = None
    """File of an adapter."""
    api_key: Annotated[str | None, unneeded("models answer on this machine, without an endpoint.")] = None
    """API key of an endpoint."""
    model_family: Annotated[str | None, unneeded("a model's own chat template is used.")] = None
    """Family of the model."""
