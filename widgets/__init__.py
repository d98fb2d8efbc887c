"""Reusable pieces of the workbench. They show data; they start nothing."""
