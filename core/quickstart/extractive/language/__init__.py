"""English: words, inflection, phrases and clauses."""
