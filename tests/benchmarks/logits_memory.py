"""Memory of the loss for each token that it counts, with a vocabulary of 262,144.

Prints one JSON line: the growth of the peak memory of a forward and backward pass from few to many loss tokens, over
their number. Each pass runs in a process of its own, since a peak is never forgotten.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
from concurrent.futures import ProcessPoolExecutor

VOCABULARY = 262_144
FEW, MANY = 64, 2048


def peak(tokens: int) -> int:
    """Bytes at the peak of a pass with so many loss tokens."""
    import torch
    from transformers import GraniteConfig, GraniteForCausalLM

    from core.training.engine.model import LossModule

    torch.set_num_threads(1)
    config = GraniteConfig(
        vocab_size=VOCABULARY,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        tie_word_embeddings=True,
    )
    module = LossModule(GraniteForCausalLM(config).train())
    ids = torch.randint(0, VOCABULARY, (1, tokens + 1))
    loss = module(ids, torch.arange(tokens), ids[0, 1:], module.chunks(tokens))
    torch.autograd.backward(loss / tokens)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    peaks = {}
    for tokens in (FEW, MANY):
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
            peaks[tokens] = process.submit(peak, tokens).result()
    print(
        json.dumps(
            {
                "benchmark": "logits_memory",
                "vocabulary": VOCABULARY,
                "loss_tokens": MANY,
                "mb_per_loss_token": round((peaks[MANY] - peaks[FEW]) / (MANY - FEW) / 1e6, 3),
                "peak_mb": round(peaks[MANY] / 1e6),
            }
        )
    )


if __name__ == "__main__":
    main()
