"""A case as plain numbers, for engines that want bars, signals and settings and nothing else.

In its file a case has numbers as text, so that every bit survives; here they are floats, with what
the settings leave out filled in by the defaults of Fillproof.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from fillproof.specs import SpecFields

from ..case_keys import clock_us
from ..scripted import to_number
from .authoring import Skip

__all__ = ["Bar", "PlainCase", "Quote", "Signal", "read_case"]

_POLICY: dict[str, Any] = {
    "preset": "canonical",
    "market_fill": "close",
    "intrabar": "worst",
    "gap_fill": "open",
    "on_marketable": "fill",
    "on_crossed": "warn",
    "below_min": "reject",
    "close_at_end": False,
    "max_positions": None,
    "max_positions_symbol": None,
    "limit_through_pips": 0.0,
    "exit_buffer_pips": 0.0,
}
_FEES = ("per_lot", "per_million", "percent", "minimum")
_DIRECTIONS = {"buy": "long", "long": "long", "sell": "short", "short": "short"}


@dataclass(frozen=True)
class Quote:
    """One side of a bar."""

    open: float
    high: float
    low: float
    close: float


@dataclass(frozen=True)
class Bar:
    """One bar: its place, its opening time in microseconds since 1970 (UTC), both sides."""

    index: int
    time_us: int
    bid: Quote
    ask: Quote


@dataclass(frozen=True)
class Signal:
    """One order that the strategy gives at the end of bar `bar`; None where a level is absent.

    `order_id` counts all signals from 1, in the order in which they are given.
    """

    order_id: int
    bar: int
    direction: str
    type: str
    entry: float | None
    sl: float | None
    tp: float | None
    raw: dict[str, Any] = field(repr=False, compare=False, default_factory=dict)

    @property
    def sign(self) -> int:
        """1 for long, -1 for short."""
        return 1 if self.direction == "long" else -1


@dataclass(frozen=True)
class PlainCase:
    """A case of one symbol.

    Attributes
    ----------
    policy
        How fills are decided, complete.
    fees
        per_lot, per_million, percent, minimum.
    spec
        The symbol: pip_size, digits, contract_size and the rest, complete.
    asks_for
        Names of all that this case asks of an engine beyond market orders of fixed lots with stop
        and target: `limit orders`, `commands`, `intrabar=best` and so on.
    config
        The settings as the case has them.
    """

    id: str
    symbol: str
    timeframe: str
    start_bar: int
    initial_balance: float
    fixed_lots: float | None
    slippage_pips: float
    bars: tuple[Bar, ...]
    signals: tuple[Signal, ...]
    policy: dict[str, Any]
    fees: dict[str, float]
    spec: SpecFields
    asks_for: tuple[str, ...]
    config: dict[str, Any] = field(repr=False)

    @property
    def unit_value(self) -> float:
        """Account currency gained by one lot for one unit of price (rule P2.unit_value)."""
        if self.spec.tick_size is not None and self.spec.tick_value is not None:
            return self.spec.tick_value / self.spec.tick_size
        return self.spec.contract_size

    def signals_at(self, bar: int) -> Iterator[Signal]:
        """Yield the signals of one bar, in order."""
        return (signal for signal in self.signals if signal.bar == bar)

    def only(self, *features: str) -> None:
        """Decline a case that asks for more than `features`.

        Raises
        ------
        Skip
            The first thing that the engine does not have.
        """
        for asked in self.asks_for:
            if asked not in features:
                raise Skip(f"asks for {asked}")


def read_case(case: dict[str, Any]) -> PlainCase:
    """Read a case of one symbol as plain numbers.

    Raises
    ------
    Skip
        The case is of several symbols, of another kind, or has bars that are no numbers: there is
        nothing that this form could show.

    Examples
    --------
    >>> plain = read_case(
    ...     {
    ...         "id": "tiny",
    ...         "config": {
    ...             "symbol": "EURUSD",
    ...             "timeframe": "M1",
    ...             "initial_balance": "10000",
    ...             "sizing": {"fixed_lots": "0.1"},
    ...             "spec": {"symbol": "EURUSD", "pip_size": "0.0001", "digits": 5},
    ...         },
    ...         "bars": [["2024-01-02T00:00:00Z", *["1.1"] * 8]],
    ...         "signals": [{"bar": 0, "direction": "buy", "sl": "1.09", "type": "limit"}],
    ...     }
    ... )
    >>> plain.bars[0].ask.close, plain.signals[0].direction, plain.fixed_lots
    (1.1, 'long', 0.1)
    >>> plain.asks_for
    ('limit orders',)
    """
    if case.get("kind", "run") != "run" or "bars" not in case:
        raise Skip("asks for something else than one symbol's bars and signals")
    config = case["config"]
    spec = config.get("spec") or {"symbol": config["symbol"], "pip_size": "0.0001"}
    known = {name: value for name, value in spec.items() if name in SpecFields._fields}
    words = ("symbol", "base_currency", "quote_currency", "swap_triple")
    try:
        bars = tuple(_bars(case))
        signals = tuple(_signals(case))
        return PlainCase(
            id=case["id"],
            symbol=config["symbol"],
            timeframe=config["timeframe"],
            start_bar=config.get("start_bar", 0),
            initial_balance=float(config["initial_balance"]),
            fixed_lots=_number(config["sizing"].get("fixed_lots")),
            slippage_pips=float(config.get("slippage_pips", "0")),
            bars=bars,
            signals=signals,
            policy={**_POLICY, **_numbers(config.get("policy") or {})},
            fees={name: float((config.get("fees") or {}).get(name, "0")) for name in _FEES},
            spec=SpecFields(**{k: v if k in words else to_number(v) for k, v in known.items()}),
            asks_for=tuple(_asked(case, signals)),
            config=config,
        )
    except (TypeError, ValueError, KeyError) as error:
        raise Skip(f"asks for something that is no number: {error}") from error


def _bars(case: dict[str, Any]) -> Iterator[Bar]:
    for index, (row, time_us) in enumerate(zip(case["bars"], clock_us(case), strict=True)):
        prices = [float(value) for value in row[1:9]]
        yield Bar(index, time_us, Quote(*prices[:4]), Quote(*prices[4:]))


def _signals(case: dict[str, Any]) -> Iterator[Signal]:
    given = sorted(case.get("signals", []), key=lambda signal: int(signal["bar"]))
    for number, raw in enumerate(given, 1):
        yield Signal(
            order_id=number,
            bar=raw["bar"],
            direction=_DIRECTIONS[raw["direction"]],
            type=raw.get("type", "market"),
            entry=_number(raw.get("entry")),
            sl=_number(raw.get("sl")),
            tp=_number(raw.get("tp")),
            raw=raw,
        )


def _asked(case: dict[str, Any], signals: tuple[Signal, ...]) -> Iterator[str]:
    config = case["config"]
    kinds = {signal.type for signal in signals}
    yield from (f"{kind} orders" for kind in ("limit", "stop") if kind in kinds)
    if "strategy" in case:
        yield "a strategy of Fillproof"
    if case.get("commands"):
        yield "commands"
    if any(signal.raw.get("symbol", config["symbol"]) != config["symbol"] for signal in signals):
        yield "other symbols"
    for name, feature in _FEATURES.items():
        if any(name in signal.raw for signal in signals):
            yield feature
    yield from _asked_by_settings(config)


def _asked_by_settings(config: dict[str, Any]) -> Iterator[str]:
    ((sizing, _),) = config["sizing"].items()
    if sizing != "fixed_lots":
        yield f"sizing by {sizing}"
    if config.get("spec") is None:
        yield "a symbol without specification"
    yield from (name for name in _OF_CONFIG if config.get(name))
    if to_number(config.get("slippage_pips", "0")) != 0.0:
        yield "slippage"
    if any(to_number(value) for value in (config.get("fees") or {}).values()):
        yield "fees"
    for name, value in (config.get("policy") or {}).items():
        if to_number(value) != _POLICY[name]:
            yield f"{name}={value}"


_FEATURES = {"expires_at": "expiry", "max_bars": "expiry", "oco": "oco"}
_OF_CONFIG = (
    "strict", "random_pips", "session", "manager", "more_specs", "rates", "margin", "wrapper",
    "portfolio", "start", "start_key", "lower",
)  # fmt: skip


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _numbers(given: dict[str, Any]) -> dict[str, Any]:
    return {
        name: float(value) if isinstance(_POLICY.get(name), float) else value
        for name, value in given.items()
    }
