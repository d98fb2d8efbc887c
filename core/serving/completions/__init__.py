"""Asking for completions: one client for whole replies (a pool of endpoints) and for streams."""
