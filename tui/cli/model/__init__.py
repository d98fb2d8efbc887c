"""`labtop model`: list, serve, chat, train, evaluate, compare, why."""
