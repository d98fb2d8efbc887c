"""The embedded server's generator in the precision of bfloat16 weights against the same weights in float32.

The model has 90 M random weights. Both answer the same requests in turn, so that a busy machine slows both. Prints one
JSON line: medians in seconds, and the ratios of float32's time to the chosen precision's. On a processor without
bfloat16 both are float32, and the ratios are 1.
"""

from __future__ import annotations

import json
import queue
import statistics
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

import torch
from transformers import GraniteConfig, GraniteForCausalLM

from core.models.weights import ModelSize
from core.serving.embedded import loading
from core.serving.embedded.generator import Delta, GenerationRequest, Prompt
from core.serving.embedded.transformers_generator import TransformersGenerator
from core.system.processor import processor_flags
from tests.core.serving.tiny_model import make_tiny_model

PROMPT_TOKENS = 1000
NEW_TOKENS = 33
ROUNDS = 5


def write_model(folder: Path) -> Path:
    """The tiny model's tokenizer with a larger model's weights."""
    make_tiny_model(folder)
    config = GraniteConfig.from_pretrained(folder)
    config.update(
        {
            "vocab_size": 32_000,
            "hidden_size": 768,
            "intermediate_size": 2048,
            "num_hidden_layers": 10,
            "num_attention_heads": 12,
            "num_key_value_heads": 6,
            "max_position_embeddings": 2048,
        }
    )
    torch.manual_seed(1)
    GraniteForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
    return folder


def seconds(generator: TransformersGenerator, prompt_tokens: int, new_tokens: int) -> float:
    """The time of one request that is alone."""
    replies: queue.Queue[Delta | Exception] = queue.Queue()
    prompt = generator.token_prompt([10 + place % 200 for place in range(prompt_tokens)])
    start = time.perf_counter()
    generator.start(GenerationRequest(Prompt("", prompt.tokens), new_tokens, temperature=0.0), replies.put)
    reply = replies.get()
    if isinstance(reply, Exception):
        raise reply
    return time.perf_counter() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        model = write_model(Path(folder))
        own = loading.load(model, 1)
        with patch.object(loading, "processor_flags", lambda: ""):
            plain = loading.load(model, 1)
    prefill: dict[str, list[float]] = {"own": [], "float32": []}
    decode: dict[str, list[float]] = {"own": [], "float32": []}
    for _ in range(ROUNDS):
        for name, generator in (("own", own), ("float32", plain)):
            prefill[name].append(seconds(generator, PROMPT_TOKENS, 1))
            decode[name].append((seconds(generator, 10, NEW_TOKENS) - seconds(generator, 10, 1)) / (NEW_TOKENS - 1))
    own.close()
    plain.close()
    medians = {
        f"{what}_{name}": statistics.median(times[name])
        for what, times in (("prefill", prefill), ("token", decode))
        for name in times
    }
    size = ModelSize(90_000_000, 0, "BF16")
    print(
        json.dumps(
            {
                "benchmark": "serving_precision",
                "precision": str(loading.computing_type(size, processor_flags())).removeprefix("torch."),
                **{name: round(value, 4) for name, value in medians.items()},
                "prefill_ratio": round(medians["prefill_float32"] / medians["prefill_own"], 2),
                "token_ratio": round(medians["token_float32"] / medians["token_own"], 2),
            }
        )
    )


if __name__ == "__main__":
    main()
