"""Secure endpoints: certificates, the user's trust store, and a TLS proxy for a model server."""
