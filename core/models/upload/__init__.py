"""Uploading models to Hugging Face and to OCI registries."""
