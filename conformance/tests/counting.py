"""Counts what the interpreted reference does: lines of its own source that are executed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pyengine

FOLDER = str(Path(pyengine.__file__).parent)


def lines(work: Callable[[], Any]) -> int:
    """Return how many lines of the engine are executed, each pass of a loop anew.

    What runs in C without a line of ours, such as the copy of a list, counts as one.
    """
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        if not frame.f_code.co_filename.startswith(FOLDER):
            return None
        count += event in {"call", "line"}
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count
