"""Documents: reading Markdown and cutting it into chunks."""
