"""Data that ships with the program: the sample that `labtop quickstart` trains on, and profiles."""
