"""What comes in from users, brought into the form that an engine takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from fillproof import built_in
from fillproof.candle_table import COLUMNS, CandleTable
from fillproof.errors import ConfigError, SignalError, SliceError

if TYPE_CHECKING:
    from fillproof.types import EvaluateFunction, Signals, SliceMap, StrategyEvaluator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SAMPLE = 10_000
#: Bar lengths in seconds and the letter of their names, longest first.
_LENGTHS = ((604_800, "W"), (86_400, "D"), (3_600, "H"), (60, "M"), (1, "S"))
#: Class of a value -> its fields in the order of the constructor.
VALUES = {
    "SymbolSpec": (
        "symbol",
        "pip_size",
        "digits",
        "contract_size",
        "volume_min",
        "volume_step",
        "volume_max",
        "base_currency",
        "quote_currency",
        "tick_size",
        "tick_value",
        "min_stop_distance",
        "swap_long",
        "swap_short",
        "swap_triple",
        "leverage",
    ),
    "ExecutionPolicy": (
        "market_fill",
        "close_at_end",
        "on_crossed",
        "intrabar",
        "gap_fill",
        "on_marketable",
        "limit_through_pips",
        "exit_buffer_pips",
        "below_min",
        "max_positions",
        "max_positions_symbol",
        "preset",
    ),
    "SlippageModel": ("fixed_pips", "random_pips", "seed"),
    "FeeModel": ("per_lot", "per_million", "percent", "minimum"),
    "Margin": ("leverage", "stop_out", "stop_out_price"),
    "FixedLots": ("lots",),
    "RiskAmount": ("amount",),
    "RiskFraction": ("fraction",),
    "Session": ("timeframe", "no_entry", "flat_at"),
    "BreakEven": ("after_r", "after_pips", "buffer_pips"),
    "Trailing": ("pips", "r", "atr", "period"),
    "Partial": ("fraction", "after_r", "after_pips"),
}
#: The fields of a PositionManager, by keyword.
MANAGER = (
    "session",
    "max_holding_bars",
    "max_holding_minutes",
    "break_even",
    "trailing",
    "partials",
    "symbol_specs",
)
#: The columns of a ColumnStrategy, in the order of the constructor.
COLUMN_FIELDS = ("direction", "entry", "stop", "target", "type")
_OF_COLUMNS = ("ColumnStrategy", "CrossColumnStrategy")
# How far the engine looks for a position manager (L3).
_LINKS = 8


def candles(source: Any, engine: Any) -> Any:
    """Bring candles of any form into one that the engine takes.

    Lists of candle objects stay what they are, since a strategy is handed its own objects back.
    """
    if isinstance(source, (list, tuple, engine.Candles)):
        return source
    if isinstance(source, CandleTable):
        return source.candles_of(engine)
    if hasattr(source, "places") and hasattr(source, "candles"):
        own = isinstance(source, engine.AlignedCandles)
        return (
            source if own else engine.AlignedCandles(candles(source.candles, engine), source.places)
        )
    if hasattr(source, "__arrow_c_stream__") or not hasattr(source, "time_us"):
        from fillproof.frames import shared_with

        return engine.Candles(*shared_with(source).columns())
    return engine.Candles(*(getattr(source, name) for name in COLUMNS))


def adopt(value: Any, engine: Any) -> Any:
    """Make a configuration value of another backend one of this engine's; others pass unchanged."""
    name = type(value).__name__
    if name == "Rates" and not isinstance(value, engine.Rates):
        pairs = {pair: _rate(rate, engine) for pair, rate in value.pairs.items()}
        return engine.Rates(
            value.account, pairs, hub=value.hub, max_age_minutes=value.max_age_minutes
        )
    own = getattr(engine, name, None) if name in VALUES else None
    if own is None or isinstance(value, own):
        return value
    return own(*(getattr(value, field) for field in VALUES[name]))


def _rate(rate: Any, engine: Any) -> Any:
    return engine.RateSeries(rate.end_us, rate.rates) if hasattr(rate, "end_us") else rate


def adopt_manager(value: Any, engine: Any) -> Any:
    """Make a PositionManager of another backend one of this engine's; others pass unchanged.

    A manager of another backend would take the positions for a stranger's, which pay no slippage
    when it closes them (M2.foreign).
    """
    if type(value).__name__ != "PositionManager" or isinstance(value, engine.PositionManager):
        return value
    settings = {name: adopt(getattr(value, name), engine) for name in MANAGER}
    settings["partials"] = [adopt(partial, engine) for partial in settings["partials"]]
    specs = settings["symbol_specs"]
    settings["symbol_specs"] = {symbol: adopt(spec, engine) for symbol, spec in specs.items()}
    return engine.PositionManager(**settings)


def fields_of(value: Any) -> dict[str, Any] | str | None:
    """Return a configuration value's class and fields as plain values."""
    if value is None:
        return None
    name = type(value).__name__
    if name == "PositionManager":
        return {"type": name, **{field: _plain(getattr(value, field)) for field in MANAGER}}
    if name == "Rates":
        return _rates(value)
    if name not in VALUES:
        return name
    return {"type": name, **{field: _plain(getattr(value, field)) for field in VALUES[name]}}


def _rates(value: Any) -> dict[str, Any]:
    """Describe rates; of a series its length, its ends and what its numbers hash to."""
    pairs: dict[str, Any] = {}
    for pair, rate in value.pairs.items():
        if hasattr(rate, "end_us"):
            columns = rate.end_us.tobytes() + rate.rates.tobytes()
            hashed = blake2b(columns, digest_size=16).hexdigest()
            pairs[pair] = {"type": "RateSeries", "rates": len(rate), "digest": hashed}
        else:
            pairs[pair] = rate
    return {
        "type": "Rates",
        "account": value.account,
        "pairs": pairs,
        "hub": value.hub,
        "max_age_minutes": value.max_age_minutes,
    }


def _plain(value: Any) -> Any:
    """Bring a field into the form in which JSON gives it back."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return fields_of(value) if type(value).__name__ in VALUES else value


class FunctionStrategy:
    """A plain function in place of a strategy object."""

    def __init__(self, function: EvaluateFunction) -> None:
        # On the instance, so that the engine calls the function itself and not a method around it.
        self.evaluate = function

    evaluate: EvaluateFunction


class ManagedStrategy:
    """A strategy beside which a position manager was given, as the engine looks for one (L3)."""

    def __init__(self, strategy: StrategyEvaluator, position_manager: Any) -> None:
        self.strategy = strategy
        self.position_manager = position_manager

    def evaluate(self, index: int, slice_map: SliceMap) -> Signals:
        """Ask the strategy."""
        return self.strategy.evaluate(index, slice_map)


def adopt_columns(value: Any, engine: Any) -> Any:
    """Make signal columns and expressions of another backend this engine's; others pass unchanged.

    A plan of expressions, which belongs to no backend, becomes a strategy of this one.
    """
    name = type(value).__name__
    if name == "Plan" and type(value).__module__.startswith("fillproof.expressions"):
        return engine.ExpressionStrategy.of(value)
    if name == "ExpressionStrategy" and not isinstance(value, engine.ExpressionStrategy):
        return _with_manager_of(value, engine.ExpressionStrategy.of(value.plan), engine)
    if name not in _OF_COLUMNS or isinstance(value, getattr(engine, name)):
        return value
    if name == "ColumnStrategy":
        columns = (getattr(value, column) for column in COLUMN_FIELDS)
        made = engine.ColumnStrategy(*columns, reason=value.reason)
    else:
        each = value.columns.items()
        made = engine.CrossColumnStrategy(
            {symbol: adopt_columns(columns, engine) for symbol, columns in each}
        )
    return _with_manager_of(value, made, engine)


def _with_manager_of(value: Any, made: Any, engine: Any) -> Any:
    manager = getattr(value, "position_manager", None)
    if manager is not None:
        made.position_manager = adopt_manager(manager, engine)
    return made


def notes_on(driven: Any) -> list[str]:
    """Say what a run left out of a strategy: signals of rows before its start."""
    notes = []
    link = driven
    for _ in range(_LINKS):
        if type(link).__name__ in _OF_COLUMNS and link.ignored:
            rows = "rows" if link.ignored > 1 else "row"
            notes.append(f"signals in {link.ignored} {rows} before the start are ignored (L1)")
        link = getattr(link, "strategy", None)
    return notes


def strategy(given: Any, engine: Any, position_manager: Any = None) -> Any:
    """Return an object with ``evaluate``; see `fillproof.run_backtest` for what may be given."""
    given = adopt_columns(given, engine)
    if hasattr(given, "evaluate"):
        driven = given
    elif hasattr(given, "on_data") or hasattr(given, "check_entry"):
        driven = engine.StrategyWrapper(given)
    elif callable(given) and not isinstance(given, type):
        driven = FunctionStrategy(given)
    else:
        raise SignalError(
            f"strategy is {given!r}; expected an object with evaluate, on_data or check_entry, or "
            "a function (index, slice_map)",
            code="STRATEGY_INVALID",
            field="strategy",
            value=type(given).__name__,
            expected="evaluate, on_data, check_entry or a function",
        )
    if position_manager is None:
        return driven
    _refuse_second_manager(driven, position_manager)
    if driven is given:
        # Nothing is left behind on the user's own object. In a wrapper an engine knows its own.
        if not built_in.is_own(given, engine):
            return ManagedStrategy(driven, position_manager)
        driven = engine.StrategyWrapper(given)
    driven.position_manager = position_manager
    return driven


def _refuse_second_manager(driven: Any, given: Any) -> None:
    link = driven
    for _ in range(_LINKS):
        if getattr(link, "position_manager", None) is not None:
            raise ConfigError(
                "position_manager is given, and the strategy has one, too; which of them is meant?",
                code="OPTION_UNKNOWN",
                field="position_manager",
                value=type(given).__name__,
                expected="one position manager",
            )
        link = getattr(link, "strategy", None)


def describe_strategy(given: Any, engine: Any) -> str:
    """Name a strategy: a built-in one with its settings, others as ``module:name``."""
    own = built_in.describe(given, engine)
    if own is not None:
        return own
    return name_of(given)


def name_of(given: Any) -> str:
    """Name a function, a class or the class of an object as ``module:name``."""
    named = given if hasattr(given, "__qualname__") else type(given)
    return f"{named.__module__}:{named.__qualname__}"


def module_of(given: Any, engine: Any) -> str:
    """Name the module that a strategy comes from; empty for a built-in one."""
    if built_in.describe(given, engine) is not None:
        return ""
    return name_of(given).partition(":")[0]


def time_of(series: Any, index: int) -> datetime:
    """Return the opening time of a bar, of columns or of a list of candles."""
    if hasattr(series, "time_us"):
        return _EPOCH + timedelta(microseconds=int(series.time_us[index]))
    time: datetime = series[index].timestamp
    return time


def start_of(series: Any, start: datetime | None) -> datetime:
    """Return when a run begins to trade: as given, else at the first bar."""
    if start is not None:
        return start
    # Without bars any start will do: the engine's own complaint about them is the clearer one.
    return time_of(series, 0) if len(series) else _EPOCH


def infer_timeframe(series: Any) -> str:
    """Name the most common spacing of the first bars: M1, H1, D1, S10 ...

    Parameters
    ----------
    series : candles

    Returns
    -------
    str
        The shorter one where two spacings are equally common; ``M1`` for no bars at all, since the
        engine refuses those by itself.

    Raises
    ------
    SliceError
        ``TIMEFRAME_UNKNOWN``: a single bar, or bars that are not whole seconds apart.

    Examples
    --------
    >>> import numpy as np
    >>> price, seconds = np.ones(3), np.array([0, 900, 1800])
    >>> infer_timeframe(CandleTable(seconds * 1_000_000, price, price, price, price))
    'M15'
    """
    if not len(series):
        return "M1"
    counts = _spacings(series)
    seconds, rest = divmod(min(counts, key=lambda s: (-counts[s], s), default=0), 1_000_000)
    if rest or seconds <= 0:
        raise SliceError(
            f"the timeframe cannot be seen from {len(series)} bars; pass timeframe=, such as 'M1'",
            code="TIMEFRAME_UNKNOWN",
            field="timeframe",
            expected="a name such as 'M1'",
        )
    for length, letter in _LENGTHS:
        if seconds % length == 0:
            return f"{letter}{seconds // length}"
    raise AssertionError("Invariant: every whole number of seconds has a name")


def _spacings(series: Any) -> dict[int, int]:
    """Count the first spacings of bars by their length."""
    if hasattr(series, "time_us"):
        times = np.asarray(series.time_us[:_SAMPLE])
    else:
        first = series[:_SAMPLE]
        times = np.array([(one.timestamp - _EPOCH) // timedelta(microseconds=1) for one in first])
    spacings = np.diff(times)
    if len(spacings) and (spacings == spacings[0]).all():
        return {int(spacings[0]): len(spacings)}
    lengths, counts = np.unique(spacings, return_counts=True)
    return dict(zip(lengths.tolist(), counts.tolist(), strict=True))
