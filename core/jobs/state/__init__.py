"""The state of a job, reduced from its events."""
