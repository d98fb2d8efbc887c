"""Logs: many lines, searched and followed."""
