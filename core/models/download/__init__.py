"""Downloading models from Hugging Face and OCI registries: resumable, verified, in place only when complete."""
