"""The commands about models on disk and in registries."""
