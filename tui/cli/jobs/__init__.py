"""`labtop process` and what all commands share that start jobs: start, follow, show the result."""
