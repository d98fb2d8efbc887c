"""`labtop taxonomy`: write, check and compare leaves."""
