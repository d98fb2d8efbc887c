"""Applying fixes to a leaf's text and files."""
