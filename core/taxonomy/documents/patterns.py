"""Glob patterns over the paths of a documents' repository."""

from __future__ import annotations

from fnmatch import fnmatchcase


def matches(path: str, pattern: str) -> bool:
    """Whether a path matches a glob pattern. `**` matches any folders; a leading dot must be in the pattern too."""
    names = path.split("/")
    reached = {0}  # how many of the names the pattern's segments so far may have matched
    for segment in pattern.removeprefix("./").split("/"):
        if segment == "**":
            for start in list(reached):
                for end in range(start, len(names)):
                    if names[end].startswith("."):
                        break
                    reached.add(end + 1)
        else:
            reached = {
                used + 1
                for used in reached
                if used < len(names)
                and fnmatchcase(names[used], segment)
                and (segment.startswith(".") or not names[used].startswith("."))
            }
    return len(names) in reached


def covers(wide: str, narrow: str) -> bool:
    """Whether two patterns alone show that one matches every file of the other."""
    return matches(narrow.removeprefix("./"), wide)
