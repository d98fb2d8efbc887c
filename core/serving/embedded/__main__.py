"""`python -m core.serving.embedded`: serve a model's folder with transformers."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from core.models.local import check_model_folder
from core.serving.embedded.generator import Generator
from core.serving.embedded.process import main, parser
from core.serving.names import served_names


def _options() -> argparse.Namespace:
    options = parser("python -m core.serving.embedded", __doc__ or "")
    options.add_argument("--model-path", required=True, help="a model's folder")
    options.add_argument("--threads", type=int, help="for computing; by default chosen by the model's size")
    options.add_argument("--context-tokens", type=int, help="of prompt and reply; by default the model's limit")
    options.add_argument("--chat-template", type=Path, help="a Jinja file; by default the model's own template")
    return options.parse_args()


def _load(options: argparse.Namespace) -> tuple[Generator, list[str]]:
    folder = check_model_folder(Path(options.model_path))
    # transformers imports scikit-learn if installed, for a decoding method not used here: 1.7 of 5 seconds.
    sys.modules.setdefault("sklearn", None)  # type: ignore[arg-type]

    from core.serving.embedded.loading import load

    generator = load(folder.path, options.threads, options.context_tokens, options.chat_template)
    return generator, served_names(options.model_path, options.served_model_name)


if __name__ == "__main__":
    main(_options(), _load)
