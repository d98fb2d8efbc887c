"""The parts of the Train pane: charts, the state of a training, its checkpoints, and the list of trainings."""
