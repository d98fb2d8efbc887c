"""Benchmarks whose answers a judge model rates: conversations of two turns, a taxonomy's skills, a user's questions."""
