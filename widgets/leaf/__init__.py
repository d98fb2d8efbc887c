"""Lint findings and progress of one leaf as text."""
