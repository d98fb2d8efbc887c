"""The options of the commands in the group `system`."""

from __future__ import annotations

from typing import Annotated

from core.config.options.base import JsonOptions, Positive, follows, once


class SystemInfoOptions(JsonOptions):
    """All options of the command."""

    json_output: Annotated[bool, once("--json")] = False
    """Print one JSON document, with sizes in bytes."""


class SystemEstimateOptions(JsonOptions):
    """All options of the command."""

    samples: Annotated[Positive | None, once(required=True, unit="samples")] = None
    """Number of training samples."""
    gpus: Annotated[Positive | None, follows("train.nproc_per_node")] = None
    """Number of GPUs to train on. Default: train.nproc_per_node."""
    epochs: Annotated[Positive | None, follows("train.num_epochs")] = None
    """Number of passes over the data. Default: train.num_epochs."""
    model: Annotated[str | None, once()] = None
    """Model to train, its folder or name: also estimates memory and disk."""
    json_output: Annotated[bool, once("--json")] = False
    """Print one JSON document, with sizes in bytes."""
