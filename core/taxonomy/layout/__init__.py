"""Where leaves are in a taxonomy's folders."""
