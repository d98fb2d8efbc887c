"""A small OpenAI-compatible server, for machines without a GPU and for the rule-based teacher.

Run as `python -m core.serving.embedded`. It serves a transformers model or the built-in
teacher. Unlike `transformers serve` it has log-probabilities (also of the prompt), served names, and continuous
batching.
"""
