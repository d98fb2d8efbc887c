"""Long tasks as detached jobs: a folder each, an append-only story, and a lock that says who lives."""
