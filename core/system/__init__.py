"""What the machine has: host, GPUs, installed packages."""
