"""The quickstart's student: a tiny Granite-shaped language model and its tokenizer, created from scratch.

Runs in a worker process: the functions import torch and transformers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import LabtopError

START_OF_ROLE = "<|start_of_role|>"
END_OF_ROLE = "<|end_of_role|>"
END_OF_TEXT = "<|end_of_text|>"

CHAT_TEMPLATE = (
    "{%- for message in messages %}"
    f"{{{{- '{START_OF_ROLE}' + message['role'] + '{END_OF_ROLE}' + message['content'] + '{END_OF_TEXT}\\n' }}}}"
    "{%- endfor %}"
    f"{{%- if add_generation_prompt %}}{{{{- '{START_OF_ROLE}assistant{END_OF_ROLE}' }}}}{{%- endif %}}"
)
"""The roles and turns of Granite 3, without its tools and documents."""

INITIAL_DEVIATION = 0.05
"""Standard deviation of the random weights."""

LOGITS_SCALING = 0.25
"""Granite divides its logits by this. With it and the deviation above 1,008 synthetic rows are learnt in 130 steps;
with transformers' defaults of 1 and 0.02 they take 500."""


@dataclass(frozen=True)
class StudentShape:
    """The size of the student. The default has about 0.77 million parameters."""

    vocabulary: int = 1024
    """Tokens, including special ones; fewer if the texts are too short for so many."""
    hidden: int = 128
    intermediate: int = 384
    layers: int = 3
    head_width: int = 32
    positions: int = 1024
    """Longest context, in tokens."""


def train_tokenizer(texts: Iterable[str], vocabulary: int) -> Any:
    """A byte-level BPE tokenizer with the chat template, trained on `texts`: any other text can be encoded, too.

    It keeps capitals. A lowercase one and one with a mark before each capital were measured: the first taught no
    better, the second worse.
    """
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        special_tokens=[END_OF_TEXT, START_OF_ROLE, END_OF_ROLE],
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=END_OF_TEXT,
        eos_token=END_OF_TEXT,
        pad_token=END_OF_TEXT,
        additional_special_tokens=[START_OF_ROLE, END_OF_ROLE],
        chat_template=CHAT_TEMPLATE,
        clean_up_tokenization_spaces=False,
    )


def make_student(folder: Path, texts: Iterable[str], *, seed: int, shape: StudentShape) -> tuple[int, int]:
    """Write a student with random weights into `folder`, reproducible by its seed.

    The tokenizer is learnt from `texts`, which should be what the student will be trained on. Returns the number of
    its parameters and of its tokens.
    """
    import torch
    from transformers import GraniteConfig, GraniteForCausalLM

    texts = [text for text in texts if text.strip()]
    if not texts:
        raise LabtopError(
            "There is no text to train the student's tokenizer on.", hint="Generate data first: labtop data generate"
        )
    tokenizer = train_tokenizer(texts, shape.vocabulary)
    config = GraniteConfig(
        vocab_size=-(-len(tokenizer) // 8) * 8,
        hidden_size=shape.hidden,
        intermediate_size=shape.intermediate,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.hidden // shape.head_width,
        num_key_value_heads=shape.hidden // shape.head_width,
        max_position_embeddings=shape.positions,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        initializer_range=INITIAL_DEVIATION,
        logits_scaling=LOGITS_SCALING,
        attention_multiplier=shape.head_width**-0.5,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = GraniteForCausalLM(config)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return model.num_parameters(), len(tokenizer)
