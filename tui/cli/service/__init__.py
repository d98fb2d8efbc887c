"""Commands for the systemd service of `model serve`."""
