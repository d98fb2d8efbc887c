"""The workbench's panes, one file each, and its dialogs."""
