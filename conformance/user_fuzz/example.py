"""One example: a window of the user's bars, changes to them, and changes to the settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from ..jobs import Job
from .market import CHANGES, Bars, change
from .settings import Change, draw_changes, with_changes
from .source import Source, write_candles

__all__ = ["Example", "draw_example"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LEAST, _MOST = 30, 400


@dataclass(frozen=True)
class Example:
    """What an example is made of; the same again at any time.

    Attributes
    ----------
    number
        Of the seed's examples.
    first, last
        Bars of the user's data, the last one not included.
    warm
        Bars before the start.
    market
        Names and seeds of changes to the bars, in order.
    settings
        Changes to the settings, in order.
    """

    number: int
    first: int
    last: int
    warm: int = 0
    market: tuple[tuple[str, int], ...] = ()
    settings: tuple[Change, ...] = ()

    def job(self, source: Source, folder: Path) -> Job:
        """Write the candles into a folder and make the job."""
        spec = source.spec
        window = slice(self.first, self.last)
        bars = Bars.of(source.bid[window], source.ask[window], spec.pip_size, spec.digits)
        for name, seed in self.market:
            change(bars, name, seed)
        tables = bars.tables()
        files = folder / "bid.csv", folder / "ask.csv"
        for path, table in zip(files, tables, strict=True):
            write_candles(path, table)
        settings = with_changes(source.job.settings, list(self.settings))
        if (bars.pip, bars.digits) != (spec.pip_size, spec.digits):
            known = settings.spec_fields(source.symbol)
            currencies = {
                name: getattr(known, name)
                for name in ("base_currency", "quote_currency")
                if getattr(known, name) is not None
            }
            pip = {"pip_size": bars.pip, "digits": bars.digits}
            settings.spec = {**currencies, **settings.spec, **pip}
        start = None
        if self.warm:
            place = min(self.warm, len(bars.time_us) - 1)
            start = _EPOCH + timedelta(microseconds=int(bars.time_us[place]))
        settings = replace(
            settings,
            bid=files[0],
            ask=files[1],
            data=None,
            spread=None,
            time_unit=None,
            symbol=source.symbol,
            timeframe=source.timeframe,
            start=start,
        )
        return Job(settings, source.job.folder)

    def smaller(self) -> Iterator[Example]:
        """Make examples that lack something, the largest things first."""
        length = self.last - self.first
        for part in (2, 4, 8):
            step = length // part
            if step and length - step >= 2:
                yield replace(self, last=self.last - step)
                yield replace(self, first=self.first + step, warm=max(0, self.warm - step))
        if length > 2:
            yield replace(self, last=self.last - 1)
            yield replace(self, first=self.first + 1, warm=max(0, self.warm - 1))
        for place in range(len(self.market)):
            yield replace(self, market=self.market[:place] + self.market[place + 1 :])
        for place in range(len(self.settings)):
            yield replace(self, settings=self.settings[:place] + self.settings[place + 1 :])
        if self.warm:
            yield replace(self, warm=0)


def draw_example(source: Source, seed: int, number: int) -> Example:
    """Draw example `number` of a seed.

    Examples
    --------
    >>> from fillproof.conformance.jobs import read_job
    >>> source = Source.of(read_job(strategy="ema-cross"))
    >>> draw_example(source, 1, 5) == draw_example(source, 1, 5)
    True
    """
    random = Random(f"{seed}/{number}")  # noqa: S311 - repeatable, not secret
    length = min(len(source), random.randint(_LEAST, _MOST))
    first = random.randint(0, len(source) - length)
    names = random.sample(sorted(CHANGES), random.choice((0, 1, 1, 2, 2, 3, 4)))
    if "pips" in names:
        # First, since the others count in pips.
        names.sort(key=lambda name: name != "pips")
    market = tuple((name, random.randrange(2**31)) for name in names)
    changes = draw_changes(random, source.job.settings, source.symbol)
    warm = random.choice((0, 0, 0, length // 3))
    return Example(number, first, first + length, warm, market, tuple(changes))
