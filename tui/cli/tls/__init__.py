"""The commands of `labtop tls`."""
