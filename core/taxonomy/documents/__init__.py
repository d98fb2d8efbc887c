"""The knowledge documents that leaves name: patterns, cache and fetching."""
