"""`model test`: answers to the questions of the seed examples."""
