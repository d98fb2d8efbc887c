"""The YAML editor and its completion list."""
