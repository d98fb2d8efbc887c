"""Common failures of other programs, recognised in what they print, each as one sentence with what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from core.errors import LabtopError

Explain = Callable[[re.Match[str]], tuple[str, str, str]]
"""From a match to the sentence, the hint and the code."""

Failures = Sequence[tuple[re.Pattern[str], Explain]]
"""In order: the first pattern that is found counts, so what is a consequence of others comes last."""

MESSAGE_CHARACTERS = 400
"""Of a sentence, which may quote the program."""


def find_failure(text: str, failures: Failures) -> LabtopError | None:
    """The failure in a program's output, if it is a known one."""
    for pattern, sentence in failures:
        found = pattern.search(text)
        if found is not None:
            message, hint, code = sentence(found)
            return LabtopError(message[:MESSAGE_CHARACTERS], hint=hint, code=code)
    return None
