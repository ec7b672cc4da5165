"""A job: a user's own backtest, as the harness hands it to one process after another.

It is what `fillproof run` is told: strategy, candles, settings.  A job goes through a pipe as plain
values, and is read again on the other side; files are named by absolute paths.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from fillproof.cli_settings import Settings

__all__ = ["Job", "read_job"]

_PATHS = ("bid", "ask", "data", "lower_bid", "lower_ask", "lower_data")
# How a job is run is no part of it.
_NOT_OURS = ("backend",)


@dataclass(frozen=True)
class Job:
    """Strategy, candles and settings of one backtest.

    Attributes
    ----------
    settings
        As `fillproof run` reads them; `backend` is ignored.
    folder
        Where a strategy's module is looked for, absolute.

    Examples
    --------
    >>> job = read_job(strategy="ema-atr", folder=Path("/tmp"))
    >>> Job.from_plain(job.plain()) == job, job.label
    (True, 'ema-atr on EURUSD')
    """

    settings: Settings
    folder: Path

    def plain(self) -> dict[str, Any]:
        """Give the job as JSON values."""
        told: dict[str, Any] = {}
        for field in dataclasses.fields(self.settings):
            value = getattr(self.settings, field.name)
            if field.name in _NOT_OURS or value is None:
                continue
            if isinstance(value, Path):
                value = str(value)
            elif isinstance(value, datetime):
                value = value.isoformat()
            told[field.name] = value
        return {"settings": told, "folder": str(self.folder)}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Job:
        """Read what `plain` gave."""
        told = dict(plain["settings"])
        for name in _PATHS:
            if name in told:
                told[name] = Path(told[name])
        if "start" in told:
            told["start"] = datetime.fromisoformat(told["start"])
        return cls(Settings(**told), Path(plain["folder"]))

    @property
    def label(self) -> str:
        """Name strategy and symbol in a few words."""
        return f"{self.settings.strategy} on {self.settings.symbol or 'EURUSD'}"


def read_job(*, config: Path | None = None, folder: Path | None = None, **options: Any) -> Job:
    """Read a job as `fillproof run` reads its options.

    Parameters
    ----------
    config
        A TOML file; options go before it.
    folder
        Where a strategy's module and relative files are looked for; the current one by default.
    **options
        `strategy`, `bid`, `ask`, `data`, `side`, `spread`, `symbol`, `timeframe`; None: not given.

    Raises
    ------
    ConfigError, DataError
        As `fillproof.cli_settings.Settings` raises them.
    """
    where = (folder or Path.cwd()).absolute()
    settings = Settings() if config is None else Settings.read(where / config)
    settings.override(**options)
    for name in _PATHS:
        path = getattr(settings, name)
        if path is not None:
            setattr(settings, name, where / path)
    return Job(dataclasses.replace(settings, backend=None), where)
