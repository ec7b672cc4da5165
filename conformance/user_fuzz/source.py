"""What a user's examples are made of."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fillproof import cli_run
from fillproof.candle_table import PRICES, CandleTable
from fillproof.specs import SpecFields

from ..jobs import Job

__all__ = ["Source", "write_candles"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Source:
    """A job with its candles, read once.

    Attributes
    ----------
    job
        The user's.
    symbol, timeframe
        Of the candles.
    bid, ask
        All of them.
    spec
        The symbol's.
    """

    job: Job
    symbol: str
    timeframe: str
    bid: CandleTable
    ask: CandleTable
    spec: SpecFields

    @classmethod
    def of(cls, job: Job) -> Source:
        """Read the candles of a job."""
        pair = cli_run.candles(job.settings)
        spec = job.settings.spec_fields(pair.symbol)
        return cls(job, pair.symbol, pair.timeframe, pair.bid, pair.ask, spec)

    def __len__(self) -> int:
        return len(self.bid)


def write_candles(path: Path, table: CandleTable) -> None:
    """Write one side as a CSV file that reads back bit for bit."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["timestamp", *PRICES, "volume"])
        columns = [getattr(table, name).tolist() for name in (*PRICES, "volume")]
        for time_us, *values in zip(table.time_us.tolist(), *columns, strict=True):
            moment = _EPOCH + timedelta(microseconds=time_us)
            writer.writerow([moment.isoformat(), *map(repr, values)])
