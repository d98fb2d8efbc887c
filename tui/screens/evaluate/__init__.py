"""The Evaluate pane."""
