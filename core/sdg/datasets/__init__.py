"""Training files: records, mixing, exclusion of held-out questions."""
