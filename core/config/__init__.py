"""Settings: their definitions, the origin of each value, and the settings file."""
