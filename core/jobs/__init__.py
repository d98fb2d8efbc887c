"""Long tasks as detached jobs: each has a folder, an append-only event log, and a lock held while it lives."""
