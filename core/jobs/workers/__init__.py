"""Worker processes: how they are started, what runs in them, and the runner's handle on them."""
