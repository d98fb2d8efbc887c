"""The whole method on the user's own data: generate, train, evaluate, serve."""
