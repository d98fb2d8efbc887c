"""Names under which the last blocks of a generation are counted."""

from __future__ import annotations

MIX = "mix"
"""The block under which removed duplicates and held-out questions are counted: what it keeps is the data."""

CHOICES = f"{MIX} choices"
"""The same for the multiple-choice questions."""
