"""Parts of the options of `model train`."""
