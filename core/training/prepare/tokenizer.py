"""Loading a tokenizer without torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.errors import LabtopError


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer of a model's folder, from its tokenizer.json. Raises LabtopError when it cannot be loaded.

    It gives the same tokens as transformers' AutoTokenizer, whose import takes seconds because it loads torch.
    """
    from transformers import PreTrainedTokenizerFast

    try:
        return PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # the library in Rust raises plain exceptions
        first = str(error).strip().partition("\n")[0]
        raise LabtopError(
            f"The tokenizer in {folder} cannot be loaded: {first}.", hint="Use a model with a valid tokenizer.json."
        ) from error
