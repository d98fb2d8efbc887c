"""The one kind of error that a user sees."""

from __future__ import annotations

import errno
import unicodedata


class LabtopError(Exception):
    """Something went wrong in a way we know: one plain sentence, and a hint that says what to do about it."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = _printable(message)
        self.hint = hint and _printable(hint)

    def to_data(self) -> dict[str, str | None]:
        """The error as the `error` field of an event."""
        return {"message": self.message, "hint": self.hint}


def _printable(text: str) -> str:
    """Without control characters: what a file or a server said must not steer the user's terminal."""
    return "".join(sign if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs") else "�" for sign in text)


def disk_error(error: OSError, doing: str) -> LabtopError:
    """The sentence for an operating-system error met while `doing` something, for example "writing data/x.jsonl"."""
    reason = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return LabtopError(
            f"The disk is full: {reason.lower()} while {doing}.",
            hint="Free some space (df -h shows where) and do it again; a job goes on with: labtop process resume ID",
        )
    return LabtopError(f"{reason} while {doing}.", hint="Check that the folder exists and that you may write there.")
