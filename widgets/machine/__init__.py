"""Host and GPU figures as text."""
