"""The Jobs pane."""
