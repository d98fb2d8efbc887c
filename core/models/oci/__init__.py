"""OCI registries: logins, requests, and unpacking layers of images."""
