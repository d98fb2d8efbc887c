"""From a command's options to the job that it starts: what the command line and the workbench's forms share."""
