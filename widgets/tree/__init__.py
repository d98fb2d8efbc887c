"""The tree of a taxonomy's leaves."""
