"""The dialog with the options of a command."""
