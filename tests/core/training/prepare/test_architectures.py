"""The architectures that users train, as tiny random models without a chat template or a padding token."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

from core.training.worker import train
from tests.core.training.conftest import ROWS, EventRecorder, write_rows

pytestmark = [pytest.mark.slow, pytest.mark.torch]

SHAPE: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 16,
    "max_position_embeddings": 256,
    "initializer_range": 0.1,
}

ARCHITECTURES: dict[str, tuple[str, dict[str, Any], list[str], str]] = {
    "granite": (
        "Granite",
        {"tie_word_embeddings": True},
        ["<|end_of_text|>", "<|start_of_role|>", "<|end_of_role|>"],
        "<|start_of_role|>assistant<|end_of_role|>",
    ),
    "llama": ("Llama", {"tie_word_embeddings": False}, ["</s>", "<s>"], "[/INST]"),
    "mistral": ("Mistral", {"sliding_window": 64}, ["</s>", "<s>"], "[/INST]"),
    "qwen": ("Qwen3", {"tie_word_embeddings": True}, ["<|endoftext|>", "<|im_start|>", "<|im_end|>"], "<|im_end|>"),
    "gemma": (
        "Gemma3",
        {"tie_word_embeddings": True, "vocab_size": 262_144, "sliding_window": 64},
        ["<eos>", "<bos>", "<start_of_turn>", "<end_of_turn>"],
        "<start_of_turn>model",
    ),
}
"""Class of transformers, configuration, special tokens (the end token first), and a part of its chat template."""


def make_model(folder: Path, name: str) -> Path:
    import torch
    import transformers

    kind, options, special, _ = ARCHITECTURES[name]
    bpe: Any = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator([text for row in ROWS for text in row], trainer)
    start = next((token for token in special if token in ("<s>", "<bos>")), None)
    if start is not None:
        bpe.post_processor = processors.TemplateProcessing(
            f"{start} $A", special_tokens=[(start, bpe.token_to_id(start))]
        )
    PreTrainedTokenizerFast(tokenizer_object=bpe, eos_token=special[0], bos_token=start).save_pretrained(folder)
    torch.manual_seed(5)
    config_type = getattr(transformers, "Gemma3TextConfig" if kind == "Gemma3" else f"{kind}Config")
    ids = {"eos_token_id": 0, "bos_token_id": bpe.token_to_id(start) if start else None, "pad_token_id": None}
    config = config_type(**{**SHAPE, "vocab_size": bpe.get_vocab_size(), **ids, **options})
    getattr(transformers, f"{kind}ForCausalLM")(config).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_architecture_is_trained(name: str, tmp_path: Path) -> None:
    model = make_model(tmp_path / name, name)
    data = write_rows(tmp_path / "data.jsonl")
    with data.open("a") as stream:
        stream.write(json.dumps({"messages": [{"role": "pretraining", "content": "Marl harbour lies in the north."}]}))
    recorder = EventRecorder()
    arguments = {
        "model_path": str(model),
        "data_path": str(data),
        "ckpt_output_dir": str(tmp_path / "out"),
        "effective_batch_size": 4,
        "learning_rate": 1e-2,
        "num_epochs": 3,
        "warmup_steps": 1,
    }
    result = train(arguments, recorder.reporter)
    losses = list(recorder.losses.values())
    assert losses[-1] < 0.8 * losses[0]
    assert "no chat template of its own" in recorder.notes
    checkpoint = Path(result["checkpoints"][-1]["path"])
    template = AutoTokenizer.from_pretrained(checkpoint).chat_template
    assert ARCHITECTURES[name][3].partition("assistant")[0] in template
    before, after = (
        AutoModelForCausalLM.from_pretrained(folder, dtype="float32").get_input_embeddings().weight
        for folder in (model, checkpoint)
    )
    assert before.shape == after.shape
    assert not before.equal(after)
