"""Bars and digests that all benchmarks share, and the table at the end."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import pytest

from fillproof import backends

from .cases import Run
from .made_bars import made_bars
from .table import table


class Bars:
    """Made bars, as candles of each backend."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._sides = made_bars(count)
        self.candles = cache(self._candles)
        self.list_of_candles = cache(lambda: list(self.candles("python")[0]))

    def _candles(self, name: str) -> tuple[Any, ...]:
        return tuple(side.to_candles(name) for side in self._sides)


@pytest.fixture(scope="session")
def bars() -> Bars:
    return Bars(int(os.environ.get("FILLPROOF_BENCH_BARS", "1000000")))


@pytest.fixture(scope="session")
def reference(bars: Bars) -> Any:
    @cache
    def digest(case: str) -> str:
        run = Run(backends.load("python"), case, *bars.candles("python"))
        run.run()
        return run.digest()

    return digest


def pytest_benchmark_update_json(config: Any, output_json: Any) -> None:
    config.stash[_TABLE] = table(output_json)


_TABLE = pytest.StashKey[str]()


def pytest_terminal_summary(terminalreporter: Any, config: Any) -> None:
    text = config.stash.get(_TABLE, None)
    if text:
        terminalreporter.section("ns a bar, best round, equal digests")
        terminalreporter.write_line(text)
