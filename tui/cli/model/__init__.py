"""`labtop model`: the models on this machine, and what is done with one."""
