"""Questions about a fact, in several wordings."""
