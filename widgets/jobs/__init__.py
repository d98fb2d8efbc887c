"""The details of one job."""
