"""Scores of models, and the questions they were asked, as rows and lines."""
