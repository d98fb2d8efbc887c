"""The leaf's format: YAML text to values with positions, the schema, style, and what a leaf holds."""
