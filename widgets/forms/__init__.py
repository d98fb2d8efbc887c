"""Fields of a form: a label, a value to type or to choose, and where the value comes from."""
