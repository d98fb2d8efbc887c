"""Facts from the prose of a document."""
