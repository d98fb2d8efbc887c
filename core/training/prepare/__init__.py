"""From a dataset's lines to tokens and loss masks in files, once, before a training starts."""
