"""The workbench's panes, a folder each, and the screens that they share."""
