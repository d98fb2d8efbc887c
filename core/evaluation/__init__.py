"""How good a model is: tasks, the harness that scores them, statistics and reports."""
