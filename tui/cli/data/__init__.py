"""`labtop data`: generate training data, list it, show it."""
