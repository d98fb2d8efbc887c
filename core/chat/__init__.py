"""Talking to a served model: the conversation, and replies as they stream in."""
