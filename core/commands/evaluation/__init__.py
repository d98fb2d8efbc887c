"""The job of `model evaluate`, prepared for each kind of benchmark."""
