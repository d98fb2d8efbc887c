"""The whole LAB method as one job."""
