"""A teacher that needs no model: it writes, answers and judges by rule, from the text of the prompt."""

from core.quickstart.extractive.replies.teacher import reply

__all__ = ["reply"]
