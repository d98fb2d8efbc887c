"""How a command starts a job, follows it and shows its result."""
