"""Quantities as people read them."""

from __future__ import annotations

import pytest

from kernelwire.cli.measures import in_bytes, in_seconds


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (13_540, "13.5 kB"),
        (100_000_000, "100.0 MB"),
        (2.5e12, "2500.0 GB"),
    ],
    ids=["nothing", "bytes", "one kB", "kB", "MB", "GB"],
)
def test_bytes_come_in_the_unit_that_fits(count: float, text: str) -> None:
    assert in_bytes(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.000085, "85 us"),
        (0.0034, "3.4 ms"),
        (0.21, "0.21 s"),
        (125.4, "2 min 05 s"),
        (119.9, "2 min 00 s"),
    ],
    ids=["us", "ms", "s", "min", "rounded up"],
)
def test_durations_come_in_the_unit_that_fits(seconds: float, text: str) -> None:
    assert in_seconds(seconds) == text
