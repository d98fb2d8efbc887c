"""`labtop config`: create, show, edit and migrate the settings."""
