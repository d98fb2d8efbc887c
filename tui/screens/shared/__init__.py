"""The base class of all panes, and the dialogs that any of them may open."""
