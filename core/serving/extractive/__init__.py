"""A teacher that needs no model: it writes, answers and judges by rule, from what stands in the prompt."""

from core.serving.extractive.teacher import reply

__all__ = ["reply"]
