"""A user's folder for the tests: a strategy with helpers, and few candles."""

from __future__ import annotations

from pathlib import Path

import pytest

from fillproof import backends, golden
from fillproof.conformance.jobs import Job, read_job

__all__ = ["BARS", "another_backend", "job_in", "write_user"]

BARS = 240
STRATEGY = '''
from helper import levels


class Breakout:
    """Buy the highest close of some bars."""

    def __init__(self, length=6):
        self.length = length

    def on_data(self, slice_map):
        view = slice_map["EURUSD"]
        day = view.history("H1", "bid", self.length)
        bid, ask = view.latest("H1", "bid"), view.latest("H1", "ask")
        if len(day) < self.length or bid.close < max(bar.high for bar in day[:-1]):
            return None
        return levels(bid, ask)
'''
HELPER = """
import importlib

STOP = 0.0020


def levels(bid, ask):
    late = importlib.import_module("pips" + "_late")
    return {"direction": "buy", "sl": bid.close - STOP, "tp": ask.close + late.TARGET}
"""


def another_backend() -> str:
    """Name a backend beside python that works here; the quicker one to start."""
    for name in ("cython", "rust"):
        if backends.status(name).ok:
            return name
    pytest.skip("neither cython nor rust is there")


def write_user(folder: Path) -> Path:
    """Write the strategy, its helpers, the candles and a configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "breakout.py").write_text(STRATEGY, encoding="utf-8")
    (folder / "helper.py").write_text(HELPER, encoding="utf-8")
    (folder / "pips_late.py").write_text("TARGET = 0.0015\n", encoding="utf-8")
    lines = (golden.FOLDER / "bars" / "eurusd-h1-2017-ask.csv").read_text("utf-8").splitlines()
    (folder / "ask.csv").write_text("\n".join(lines[: BARS + 1]) + "\n", encoding="utf-8")
    (folder / "job.toml").write_text(
        'strategy = "breakout:Breakout"\nsymbol = "EURUSD"\n'
        '[data]\nfile = "ask.csv"\nside = "ask"\nspread = 0.8\n[fees]\nper_lot = 3.5\n',
        encoding="utf-8",
    )
    return folder


def job_in(folder: Path) -> Job:
    """Read the job of such a folder."""
    return read_job(config=Path("job.toml"), folder=folder)
