"""A model of a hundred thousand random weights with a tokenizer of plain words, made on the spot."""

from __future__ import annotations

import json
import shutil
import string
from pathlib import Path
from typing import Any

TEMPLATE = (
    "{%- for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{%- endfor %}"
    "{%- if add_generation_prompt %}{{ '<|assistant|>' }}{%- endif %}"
)

TEXT = "the dome of an observatory turns slowly at night while its mirror cools and the keeper writes in a book\n"

CONTEXT_LENGTH = 256


def make_tiny_model(
    folder: Path, *, seed: int = 7, chat: bool = True, width: int = 64, context: int = CONTEXT_LENGTH
) -> Path:
    """Write the model into `folder` in the Hugging Face layout. Every token is ASCII, so any output is whole text.

    It has four attention heads; `width` is the size of all of them.
    """
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import GraniteConfig, GraniteForCausalLM, PreTrainedTokenizerFast

    bpe: Any = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    specials = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=specials, show_progress=False)
    bpe.train_from_iterator([TEXT * 3, string.ascii_letters, string.digits + " " + string.punctuation], trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe, eos_token="<|end|>", pad_token="<|end|>", chat_template=TEMPLATE if chat else None
    )
    torch.manual_seed(seed)
    config = GraniteConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=context,
        initializer_range=0.2,
        embedding_multiplier=4.0,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
        tie_word_embeddings=True,
    )
    GraniteForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_adapter(folder: Path, model: Path, *, rank: int = 4) -> Path:
    """Write a LoRA adapter of a tiny model into `folder`, in PEFT's layout; its weights are large enough to matter."""
    import torch
    from safetensors.torch import save_file

    config = json.loads((model / "config.json").read_text())
    width, heads, pairs = (config[key] for key in ("hidden_size", "num_attention_heads", "num_key_value_heads"))
    sizes = {"q_proj": width, "v_proj": width // heads * pairs}
    torch.manual_seed(3)
    weights = {}
    for layer in range(config["num_hidden_layers"]):
        for name, size in sizes.items():
            prefix = f"base_model.model.model.layers.{layer}.self_attn.{name}"
            weights[f"{prefix}.lora_A.weight"] = torch.randn(rank, width)
            weights[f"{prefix}.lora_B.weight"] = torch.randn(size, rank)
    folder.mkdir(parents=True)
    save_file(weights, folder / "adapter_model.safetensors")
    settings = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": rank, "lora_alpha": 2 * rank, "bias": "none"}
    settings |= {"target_modules": sorted(sizes), "base_model_name_or_path": str(model)}
    (folder / "adapter_config.json").write_text(json.dumps(settings))
    return folder


def copy_for_vllm(model: Path, folder: Path) -> Path:
    """A copy whose config.json says that its attention heads have a size that vLLM supports."""
    shutil.copytree(model, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "head_dim": 32}))
    return folder
