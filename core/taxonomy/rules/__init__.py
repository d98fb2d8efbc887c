"""The rules beyond the schema."""
