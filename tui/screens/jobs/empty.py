"""What the list of jobs says when it shows none."""

from __future__ import annotations

EMPTY = "No jobs yet. Press n for the quickstart: all five steps\non a small sample. Every long task is listed here."
NO_MATCH = "No job matches the filter; esc shows all."
NO_JOB_OF_KIND = "No jobs of these kinds yet. Press {start}, or 8 to see all jobs."
STARTS: dict[str, str] = {
    "generate": "g to generate data",
}
"""What starts a job, by the first kind that is shown."""
