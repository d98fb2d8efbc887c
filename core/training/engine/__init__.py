"""Training itself: the trainer, the model with its loss, and the back ends that spread it over ranks.

Runs in worker processes: its modules import torch.
"""
