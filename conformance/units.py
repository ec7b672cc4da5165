"""What a unit of price is worth at a moment, by the text of rule P5 and by nothing of an engine.

The state of a position names the value that its gains are counted with.  No event tells of it, as
it follows from the rates of the case, which are therefore read here a second time.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .case_keys import EPOCH, rows_of
from .scripted import parse_time, to_number

__all__ = ["Known", "Units", "units_of"]

_MINUTE_US = 60_000_000
_LENGTHS = {"S": 1, "M": 60, "H": 3600, "D": 86_400, "W": 604_800}


@dataclass(frozen=True)
class Known:
    """An amount after one step of a conversion.

    Attributes
    ----------
    amount
        In the currency reached.
    stale
        A rate older than allowed was used.
    """

    amount: float
    stale: bool


@dataclass(frozen=True)
class Units:
    """Values of a unit of price by symbol and moment.

    Attributes
    ----------
    sizes
        Contract sizes by symbol.
    quotes
        Quote currencies by symbol, of those that are converted.
    account, hub
        Currencies.
    pairs
        Ends of bars, microseconds since 1970, and rates, by pair; a rate that holds always has no
        ends.
    max_age_us
        Age from which a rate is stale.
    length_us
        Length of the run's bars.
    """

    sizes: dict[str, float]
    quotes: dict[str, str]
    account: str
    hub: str | None
    pairs: dict[str, tuple[list[int], list[float]]]
    max_age_us: float
    length_us: int

    def before_close(self, symbol: str, time_us: int) -> float | None:
        """Value in OPEN and EXITS of a bar; None where the symbol is not converted."""
        return self._value(symbol, time_us)

    def at_close(self, symbol: str, time_us: int) -> float | None:
        """Value in CLOSE, MANAGE and PORTFOLIO of a bar."""
        return self._value(symbol, time_us + self.length_us)

    def _value(self, symbol: str, moment_us: int) -> float | None:
        quote = self.quotes.get(symbol)
        if quote is None:
            return None
        found = self._convert(self.sizes[symbol], quote, moment_us)
        return None if found is None else found.amount

    def _convert(self, amount: float, quote: str, moment_us: int) -> Known | None:
        """Take the first fresh way, else the first of all."""
        ways = [
            self._leg(amount, quote, self.account, moment_us, inverse=inverse)
            for inverse in (False, True)
        ]
        if self.hub is not None and self.hub not in {quote, self.account}:
            ways.append(self._over(self.hub, amount, quote, moment_us))
        return _best(ways)

    def _over(self, hub: str, amount: float, quote: str, moment_us: int) -> Known | None:
        first = self._either(amount, quote, hub, moment_us)
        second = first and self._either(first.amount, hub, self.account, moment_us)
        if first is None or second is None:
            return None
        return Known(second.amount, first.stale or second.stale)

    def _either(self, amount: float, source: str, target: str, moment_us: int) -> Known | None:
        return _best(
            [
                self._leg(amount, source, target, moment_us, inverse=inverse)
                for inverse in (False, True)
            ]
        )

    def _leg(
        self, amount: float, source: str, target: str, moment_us: int, *, inverse: bool
    ) -> Known | None:
        ends, rates = self.pairs.get(
            f"{target}/{source}" if inverse else f"{source}/{target}", ([], [])
        )
        place = bisect_right(ends, moment_us) - 1
        if not rates or (ends and place < 0):
            return None
        rate = rates[place] if ends else rates[0]
        stale = bool(ends) and moment_us - ends[place] > self.max_age_us
        return Known(amount / rate if inverse else amount * rate, stale)


def units_of(case: dict[str, Any]) -> Units | None:
    """Read a case; None where no position has a value of its own by the schema of the state.

    Examples
    --------
    >>> spec = {"symbol": "USDJPY", "quote_currency": "JPY"}
    >>> rates = {"account": "USD", "pairs": {"USD/JPY": "160"}}
    >>> units = units_of({"config": {"timeframe": "M1", "spec": spec, "rates": rates}})
    >>> units.at_close("USDJPY", 0), units.at_close("EURUSD", 0)
    (625.0, None)
    """
    config = case["config"]
    specs = [config.get("spec") or {}, *config.get("more_specs", [])]
    swaps = any(
        to_number(spec.get(name, "0")) != 0.0
        for spec in specs
        for name in ("swap_long", "swap_short")
    )
    rates = config.get("rates")
    if rates is None and "margin" not in config and not swaps:
        return None
    account = rates["account"] if rates else ""
    parity = config.get("policy", {}).get("preset") == "parity"
    return Units(
        sizes={
            spec["symbol"]: to_number(spec.get("contract_size", "100000"))
            for spec in specs
            if "symbol" in spec
        },
        # The preset parity keeps to the value of the order.
        quotes={
            spec["symbol"]: spec["quote_currency"]
            for spec in specs
            if spec.get("quote_currency") not in {None, account} and not parity
        },
        account=account,
        hub=(rates or {}).get("hub"),
        pairs={
            pair: _series(case, rate) for pair, rate in ((rates or {}).get("pairs") or {}).items()
        },
        max_age_us=to_number((rates or {}).get("max_age_minutes", "5760")) * _MINUTE_US,
        length_us=_length_us(config["timeframe"]),
    )


def _best(ways: list[Known | None]) -> Known | None:
    there = [way for way in ways if way is not None]
    return next((way for way in there if not way.stale), there[0] if there else None)


def _series(case: dict[str, Any], asked: Any) -> tuple[list[int], list[float]]:
    if not isinstance(asked, dict):
        return [], [to_number(asked)]
    if "end_us" in asked:
        return list(asked["end_us"]), [to_number(rate) for rate in asked["rates"]]
    if "bars_of" in asked:
        timeframe = case["config"]["timeframe"]
        bid, ask = (dict(side) for side in rows_of(case, asked["bars_of"]))
        rows = [(key, bid[key][3], ask[key][3]) for key in sorted(bid) if key in ask]
    else:
        timeframe = asked["timeframe"]
        rows = [(parse_time(row[0]), row[4], row[8]) for row in asked["bars"]]
    length = _length_us(timeframe)
    return (
        [_microseconds(time) + length for time, _, _ in rows],
        [(to_number(bid) + to_number(ask)) / 2.0 for _, bid, ask in rows],
    )


def _length_us(timeframe: str) -> int:
    return _LENGTHS.get(timeframe[0], 0) * int(timeframe[1:]) * 1_000_000


def _microseconds(moment: datetime) -> int:
    return int((moment - EPOCH).total_seconds()) * 1_000_000 + moment.microsecond
