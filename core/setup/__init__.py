"""Setting up this machine: the settings file, and a taxonomy."""
