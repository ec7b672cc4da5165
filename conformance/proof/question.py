"""A job as one question to all sides: the request, the candles around a bar, how to ask again."""

from __future__ import annotations

import hashlib
import shlex
from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from fillproof import cli_run

from ..jobs import Job
from ..replay_case import config_of

__all__ = ["Question"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PRICES = ("open", "high", "low", "close")
# Said by themselves in the report.
_TOLD = frozenset({"strategy", "bid", "ask", "data", "symbol", "timeframe", "start"})


class Question:
    """What is asked of every side.

    Parameters
    ----------
    job
        The user's own backtest; its candles are read at once.
    config
        The TOML file that it was read from, for the command that asks again.

    Raises
    ------
    FillproofError
        The candles cannot be read.
    """

    def __init__(self, job: Job, config: Path | None = None) -> None:
        self.job = job
        self.config = config
        self.pair = cli_run.candles(job.settings)

    @property
    def request(self) -> dict[str, Any]:
        """The request to a worker, by digest."""
        return {"do": "job", "job": self.job.plain()}

    @property
    def symbol(self) -> str:
        """Symbol of the candles."""
        return self.pair.symbol

    @property
    def digits(self) -> int | None:
        """Decimals of the symbol's prices."""
        found: int | None = self.job.settings.spec_fields(self.symbol).digits
        return found

    @cached_property
    def case(self) -> dict[str, Any]:
        """The job's configuration as a case has it, without bars and signals."""
        # Any backend serves: only what the settings mean is read, and nothing runs.
        from fillproof.backends import load

        executor = cli_run.make_executor(self.job.settings, load("python"), self.pair)
        run: Any = SimpleNamespace(
            executor=executor, portfolio=executor.portfolio, pair=self.pair, manager=None
        )
        return {"id": self.job.label, "kind": "run", "config": config_of(run, start_bar=0)}

    def bar_at(self, time_us: int) -> int | None:
        """Find the bar that opens at a time."""
        times = self.pair.bid.time_us
        bar = bisect_left(times, time_us)
        return bar if bar < len(times) and int(times[bar]) == time_us else None

    def bars_around(self, bar: int | None, around: int) -> list[dict[str, Any]]:
        """List the candles around a bar, as a divergence has them."""
        if bar is None:
            return []
        return [
            {
                "bar": index,
                "time": _iso(int(self.pair.bid.time_us[index])),
                "symbol": self.symbol,
                "bid": self._candle(self.pair.bid, index),
                "ask": self._candle(self.pair.ask, index),
            }
            for index in range(max(0, bar - around), min(len(self.pair.bid), bar + around + 1))
        ]

    def _candle(self, side: Any, index: int) -> list[str]:
        values = (float(getattr(side, name)[index]) for name in _PRICES)
        digits = self.digits
        # As quoted where that reads back as the same number.
        return [
            text if digits is not None and float(text := f"{value:.{digits}f}") == value
            else repr(value)
            for value in values
        ]  # fmt: skip

    def told(self) -> dict[str, Any]:
        """Describe the job for the report."""
        settings = self.job.settings
        config = self.job.plain()["settings"]
        return {
            "strategy": settings.strategy,
            "symbol": self.symbol,
            "timeframe": self.pair.timeframe,
            "bars": len(self.pair.bid),
            "start": None if settings.start is None else settings.start.isoformat(),
            "data": self._data(),
            "config": {name: value for name, value in config.items() if name not in _TOLD},
        }

    def _data(self) -> list[dict[str, str]]:
        settings = self.job.settings
        files = [path for path in (settings.bid, settings.ask, settings.data) if path is not None]
        lower = (settings.lower_bid, settings.lower_ask, settings.lower_data)
        below = [path for path in lower if path is not None]
        told = [{"path": str(path), "digest": _file_digest(path)} for path in (*files, *below)]
        if files:
            return told
        digest = hashlib.sha256()
        for side in (self.pair.bid, self.pair.ask):
            for name in ("time_us", *_PRICES):
                digest.update(getattr(side, name).tobytes())
        return [{"path": "embedded EURUSD H1 2017", "digest": digest.hexdigest()}, *told]

    def command(self, reference: str, *candidates: str) -> str:
        """Write the command that asks again, from the folder of the job."""
        settings = self.job.settings
        words = ["fillproof", "verify", "--strategy", settings.strategy]
        for name in ("bid", "ask", "data"):
            path = getattr(settings, name)
            words += [] if path is None else [f"--{name}", self._short(path)]
        if settings.data is not None:
            words += ["--side", settings.side]
        for name in ("spread", "symbol", "timeframe"):
            value = getattr(settings, name)
            words += [] if value is None else [f"--{name}", f"{value}"]
        if self.config is not None:
            words += ["--config", self._short(self.config)]
        words += ["--reference", reference]
        for candidate in candidates:
            words += ["--candidate", candidate]
        return shlex.join(words)

    def _short(self, path: Path) -> str:
        """Name a file from the folder of the job, where it lies in it."""
        folder = self.job.folder
        return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


def _file_digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _iso(time_us: int) -> str:
    return (_EPOCH + timedelta(microseconds=time_us)).isoformat().replace("+00:00", "Z")
