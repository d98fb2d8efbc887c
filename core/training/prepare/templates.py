"""The chat template that a model is trained with: its own, that of its family, or one that fits its special tokens.

Where the model has none, the one chosen is saved with every checkpoint, so that it is served with the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.serving.templates import FOLDER, choose_template

CHATML = (
    "{%- for message in messages %}"
    "{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"
)
"""Of models with the tokens <|im_start|> and <|im_end|>, such as Qwen."""

TURNS = (
    "{{- bos_token }}"
    "{%- for message in messages %}"
    "{%- if message['role'] == 'system' %}{{- raise_exception('there is no system role') }}{%- endif %}"
    "{{- '<start_of_turn>' + ('model' if message['role'] == 'assistant' else message['role']) + '\\n'"
    " + message['content'] + '<end_of_turn>\\n' }}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<start_of_turn>model\\n' }}{%- endif %}"
)
"""Of models with the tokens <start_of_turn> and <end_of_turn>, such as Gemma, which has no system role."""

BY_TOKENS = {("<|im_start|>", "<|im_end|>"): CHATML, ("<start_of_turn>", "<end_of_turn>"): TURNS}


def add_template(tokenizer: Any, model: Path) -> str:
    """Give a tokenizer without a chat template one; returns a sentence about it, empty if it has its own.

    Raises LabtopError for a template in the model's folder that cannot be used.
    """
    if getattr(tokenizer, "chat_template", None):
        return ""
    family = choose_template(model, "auto", None)
    if family.file is not None:
        tokenizer.chat_template = family.file.read_text(encoding="utf-8")
        return family.note
    known = tokenizer.get_added_vocab()
    for tokens, template in BY_TOKENS.items():
        if all(token in known for token in tokens):
            tokenizer.chat_template = template
            return f"The model has no chat template of its own; it is trained with turns in {tokens[0]} … {tokens[1]}."
    if not tokenizer.eos_token:
        return ""
    tokenizer.chat_template = (FOLDER / "mixtral.jinja").read_text(encoding="utf-8")
    return "The model has no chat template of its own; it is trained with that of mixtral models ([INST] … [/INST])."
