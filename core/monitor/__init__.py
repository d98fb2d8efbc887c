"""What labtop itself does on this machine: its processes with their jobs, and the disk that its trainings will need."""
