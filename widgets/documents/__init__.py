"""A leaf's documents, for reading and for selecting passages."""
