"""The parts of the System pane: graphs over time, GPUs, and processes."""
