"""`labtop model`: list, serve, chat, train, evaluate, why."""
