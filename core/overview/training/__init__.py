"""Trainings: their curves, position, checkpoints and scores, read from the events of their jobs."""
