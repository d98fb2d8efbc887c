"""`labtop model chat`: the command, its conversation in the terminal, and the server that it may start."""
