"""The content of the settings file: the fields of each command's model that are settings."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from core.config.options.base import Options
from core.config.options.chat import ChatOptions
from core.config.options.evaluate import EvaluateOptions
from core.config.options.generate import GenerateOptions
from core.config.options.lint import LintOptions
from core.config.options.serve import ServeOptions
from core.config.options.train import TrainOptions
from core.config.options.workbench import WorkbenchOptions

SECTION_MODELS: dict[str, type[Options]] = {
    "chat": ChatOptions,
    "serve": ServeOptions,
    "generate": GenerateOptions,
    "lint": LintOptions,
    "train": TrainOptions,
    "evaluate": EvaluateOptions,
    "workbench": WorkbenchOptions,
}
"""The model of each section, in the order of the file."""


class Settings(Options):
    """The sections, each with the values of its command's model."""

    version: Literal[1] = 1
    """Version of the file's format."""
    chat: ChatOptions = Field(default_factory=ChatOptions)
    serve: ServeOptions = Field(default_factory=ServeOptions)
    generate: GenerateOptions = Field(default_factory=GenerateOptions)
    lint: LintOptions = Field(default_factory=LintOptions)
    train: TrainOptions = Field(default_factory=TrainOptions)
    evaluate: EvaluateOptions = Field(default_factory=EvaluateOptions)
    workbench: WorkbenchOptions = Field(default_factory=WorkbenchOptions)
