"""The frame of every pane: tabs, footer, scroll bars, output filters."""
