"""Whether a server is alive, why it ended, and what it left in the GPUs."""
