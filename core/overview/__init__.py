"""The state of the LAB method's five steps on this machine, and the next step."""
