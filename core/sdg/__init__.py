"""Synthetic data generation: chunks of documents and seed examples in, training data out, a teacher asked between."""
