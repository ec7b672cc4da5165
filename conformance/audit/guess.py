"""Guesses the clock of a trade list by its prices: in the right zone they lie in their bars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from fillproof.errors import ConfigError

from ..trade_logs import TradeList, Zone, parse_zone
from .market import Market

__all__ = ["Guess", "guess_zone"]

_ZONES = (
    "UTC",
    *(f"UTC{hours:+d}" for hours in (*range(1, 15), *range(-1, -13, -1))),
    "Europe/London",
    "Europe/Berlin",
    "Europe/Athens",
    "America/New_York",
    "America/New_York+7",
)
# Fewer fills could lie in their bars by chance.
_LEAST = 20
_SHARE = 0.9
_HOUR_US = 3_600_000_000
# What a clock shows has no zone yet.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class Guess:
    """The zone in which most fills lie in their bars, and in how many of them they do."""

    zone: Zone
    inside: int
    fills: int

    def note(self) -> str:
        """Say what was guessed and how well it fits."""
        return (
            f"GUESSED: the list's clock is {self.zone.text}; {self.inside} of {self.fills} prices "
            "lie in their bars so; state it with --zone"
        )


def guess_zone(trades: TradeList, market: Market) -> Guess:
    """Try the zones that platforms show.

    Parameters
    ----------
    trades
        Read as if its clock were UTC.
    market
        The candles.

    Raises
    ------
    ConfigError
        ``OPTION_UNKNOWN``: too few fills, none that fits, or two zones that fit as well and put the
        trades in different bars.
    """
    fills = [
        (time, price)
        for trade in trades.trades
        for time, price in (
            (trade.entry_time_us, trade.entry_price),
            (trade.exit_time_us, trade.exit_price),
        )
        if time is not None and price is not None
    ]
    tried: list[tuple[int, Guess, tuple[int, ...]]] = []
    for name in _ZONES:
        zone = parse_zone(name)
        # A zone shifts all moments of an hour alike.
        shift = cache(lambda hour, zone=zone: zone.to_us(_EPOCH + timedelta(hours=hour)))
        times = tuple(shift(time // _HOUR_US) + time % _HOUR_US for time, _ in fills)
        inside = sum(
            _in_bar(market, time, price) for time, (_, price) in zip(times, fills, strict=True)
        )
        tried.append((inside, Guess(zone, inside, len(fills)), times))
    best = max(inside for inside, _, _ in tried)
    winners = [item for item in tried if item[0] == best]
    first = winners[0][1]
    if first.fills < _LEAST or best < _SHARE * first.fills:
        raise _refusal(f"{best} of {first.fills} prices lie in their bars in {first.zone.text}")
    if any(times != winners[0][2] for _, _, times in winners):
        names = " and ".join(guess.zone.text for _, guess, _ in winners)
        raise _refusal(f"{names} fit as well")
    return first


def _in_bar(market: Market, time_us: int, price: float) -> bool:
    bar = market.bar_at(time_us)
    if bar is None:
        return False
    hair = market.tick
    low, high = float(market.bid.low[bar]), float(market.ask.high[bar])
    return low - hair <= price <= high + hair


def _refusal(found: str) -> ConfigError:
    return ConfigError(
        f"zone cannot be guessed: {found}; expected --zone with the clock of the list",
        code="OPTION_UNKNOWN",
        field="zone",
        value=found,
        expected="--zone with the clock of the list",
    )
