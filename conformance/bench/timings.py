"""The file that pytest runs for `fillproof bench`: each timing of the plan, by pytest-benchmark."""

from __future__ import annotations

from typing import Any


def test_timing(benchmark: Any, timing: Any) -> None:
    """Compare digests, then take the time; the fixture `timing` is the plan's."""
    timing.take(benchmark)
