"""Where the metrics of a training go: events, a JSON Lines file, TensorBoard. Runs in worker processes."""
