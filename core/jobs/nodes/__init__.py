"""A job on several nodes: node rank 0 owns it, and the other nodes follow it through a folder that all of them see."""
