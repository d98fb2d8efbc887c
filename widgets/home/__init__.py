"""Parts of the Home pane."""
