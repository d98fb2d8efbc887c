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


def counted(number: float, word: str, plural: str = "") -> str:
    """A number with its word: 1 leaf, 2 leaves."""
    return f"{number:,.0f} {word if number == 1 else plural or f'{word}s'}"


def amount(done: float, total: float | None, unit: str) -> str:
    """Work done, such as `640/1,920 samples` or `1 request`; `unit` is a plural, or a symbol such as MB."""
    of = "" if total is None else f"/{total:,.0f}"
    return f"{done:,.0f}{of} {singular(unit) if (done if total is None else total) == 1 else unit}".rstrip()


def singular(unit: str) -> str:
    """The word for one of a unit."""
    return unit.removesuffix("s") if len(unit) > 2 else unit


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
