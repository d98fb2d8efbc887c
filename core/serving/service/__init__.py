"""`model serve` as a service of systemd's user manager: its unit, its installation, and its state."""
