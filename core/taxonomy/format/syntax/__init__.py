"""Explaining text that is not YAML, and the edits that would make it parse."""
