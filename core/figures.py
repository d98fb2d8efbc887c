"""Formatting numbers for users."""

from __future__ import annotations


def duration(seconds: float | None) -> str:
    """Seconds as 8 s, 3:05 or 2:10:00; empty for None."""
    if seconds is None:
        return ""
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def size(count: float | None) -> str:
    """Bytes in powers of 1,000; empty for None."""
    if count is None:
        return ""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def quantity(value: float) -> str:
    """A number with three significant digits, and without decimals from 100 on."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def memory(count: float | None) -> str:
    """Bytes of memory in GiB; empty for None."""
    return "" if count is None else f"{count / 2**30:.1f} GiB"


def binary_size(count: float | None) -> str:
    """Bytes in powers of 1,024 with two or three digits, such as 54 GiB or 1.4 GiB; empty for None."""
    if count is None:
        return ""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 999.5:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 9.95 else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.0f} TiB" if count >= 9.95 else f"{count:.1f} TiB"
