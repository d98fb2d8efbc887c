"""Settings: what they are, where each value comes from, and the file they are kept in."""
