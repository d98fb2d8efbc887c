"""Multiple choice: wrong choices that need knowledge to reject, and what scores the choices."""
