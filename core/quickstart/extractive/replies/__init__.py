"""Replies to the prompts of data generation."""
