"""Models as rows and lines: what is here, what runs, and the catalog."""
