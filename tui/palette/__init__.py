"""The command palette: every action of every pane, and everything that can be opened, by name."""
