"""`python -m core.quickstart.extractive`: serve the rule-based teacher like a model."""

from __future__ import annotations

import argparse

from core.quickstart.extractive import reply
from core.quickstart.extractive.generator import BuiltinGenerator
from core.serving.embedded.generator import Generator
from core.serving.embedded.process import main, parser
from core.serving.names import BUILTIN_TEACHER


def _load(options: argparse.Namespace) -> tuple[Generator, list[str]]:
    return BuiltinGenerator(reply), [options.served_model_name or BUILTIN_TEACHER]


if __name__ == "__main__":
    main(parser("python -m core.quickstart.extractive", __doc__ or "").parse_args(), _load)
