"""The System pane."""
