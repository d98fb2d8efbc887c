"""Pipelines: what a teacher is asked, and how its replies are read."""
