"""What each command can be asked: one model per command, one field per option.

A field's name, default, docstring and type are all there is to write: the settings file, the LABTOP_… variables, the
options on the command line and the arguments of the worker process are derived from it. After a change,
`python -m core.config.generate` writes the table that `--help` is made from.
"""
