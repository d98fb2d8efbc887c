"""A small OpenAI-compatible server, for machines without a GPU and for the rule-based teacher.

Run as `python -m core.serving.embedded`. Two generators can stand behind it: a transformers model, and the built-in
teacher. It does what `transformers serve` does not: log-probabilities (also of the prompt), names of models, and
batches of whatever requests wait.
"""
