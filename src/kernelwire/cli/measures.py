"""Quantities as people read them: bytes and seconds with a fitting unit."""

from __future__ import annotations

__all__ = ["in_bytes", "in_seconds"]


def in_bytes(count: float) -> str:
    """Write a number of bytes: 512 B, 3.1 kB, 104.9 MB."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count:.0f} B"


def in_seconds(seconds: float) -> str:
    """Write a duration: 85 us, 3.4 ms, 0.21 s, 2 min 05 s."""
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} us"
    if seconds < 0.1:
        return f"{seconds * 1e3:.1f} ms"
    if seconds < 60:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s"
