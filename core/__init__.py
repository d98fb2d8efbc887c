"""The engine of labtop: all of the work, without any user interface. Importing it costs nothing."""
