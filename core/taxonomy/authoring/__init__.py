"""Writing leaves: new ones, progress, overview, and checking their documents."""
