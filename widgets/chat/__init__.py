"""The turns of a conversation and the line to type in."""
