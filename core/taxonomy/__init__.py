"""Leaves of a taxonomy: reading, lint, changes against a git base, and the knowledge documents they name."""
