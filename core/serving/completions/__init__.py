"""One client for completions: complete replies through a pool of endpoints, and streamed ones."""
