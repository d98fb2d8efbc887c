"""Lists of rows, diffs, and the filter line."""
