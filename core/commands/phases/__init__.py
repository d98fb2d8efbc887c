"""Training in phases, as a command asks for it."""
