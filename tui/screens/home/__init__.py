"""The Home pane."""
