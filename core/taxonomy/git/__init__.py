"""The taxonomy's git repository, and git commands on repositories elsewhere."""
