"""Serving models: the embedded server, servers' lives, and what an endpoint says of itself."""
