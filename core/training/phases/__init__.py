"""Training in LAB's two phases."""
