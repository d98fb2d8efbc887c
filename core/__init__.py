"""The engine of labtop: everything that works, and nothing that shows. Importing it costs nothing."""
