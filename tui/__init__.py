"""The two faces of labtop: the command line and the workbench."""
