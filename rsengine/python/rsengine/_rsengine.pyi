# ruff: noqa: N802, N803, PYI021 - R and Q are what everybody calls them; the docs stand here
"""Types and documentation of the compiled module.

Read ``EventEngine`` first, then ``ExecutionSimulator`` and ``Portfolio``. Rule ids such as X1 or
L8 are those of ``golden/rules.toml``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Literal, final, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import disjoint_base

from fillproof.expressions.plan import Plan

__all__ = [
    "AlignedCandles",
    "Atr",
    "Bollinger",
    "BreakEven",
    "Breakout",
    "Candle",
    "Candles",
    "Choppiness",
    "ColumnStrategy",
    "CrossColumnStrategy",
    "CrossSymbolEventEngine",
    "Dmi",
    "Ema",
    "EmaAtr",
    "EmaCross",
    "EventEngine",
    "ExecutionPolicy",
    "ExecutionSimulator",
    "ExpressionStrategy",
    "FeeModel",
    "FixedLots",
    "Garch",
    "IndicatorBatch",
    "IndicatorCache",
    "KalmanGarchZscore",
    "KalmanMean",
    "KalmanZscore",
    "Macd",
    "Margin",
    "Mark",
    "MultiSymbolSlice",
    "PairSpread",
    "Partial",
    "Portfolio",
    "PortfolioPosition",
    "PositionManager",
    "RateSeries",
    "Rates",
    "Rejection",
    "RiskAmount",
    "RiskFraction",
    "Roc",
    "Rsi",
    "SeriesView",
    "Session",
    "SlippageModel",
    "Sma",
    "StrategyWrapper",
    "SymbolDataSlice",
    "SymbolSpec",
    "SymbolView",
    "Tracer",
    "TradeSignal",
    "Trailing",
    "ZScoreReversion",
    "Zscore",
    "_panic",
    "_sweep",
    "build_info",
    "ema",
    "precompute_indicators",
    "release_memory",
]

def build_info() -> dict[str, Any]:
    """Say how this module was built: backend, version, compiler, profile, source_hash, ..."""

def ema(values: ArrayLike, period: int) -> NDArray[np.float64]:
    """Return the EMA of a column, NaN before its first value (I.ema).

    Errors
    ------
    PERIOD_INVALID
    """

def precompute_indicators(candles: Any, wanted: Mapping[str, Any] | None = None) -> IndicatorBatch:
    """Compute indicators of all bars of one side before a run.

    Parameters
    ----------
    candles : Candles, other columns, or list of candles
        None where there is none.
    wanted : mapping, optional
        name -> method of `IndicatorCache`, alone or in a tuple with its settings:
        ``{"fast": ("ema", 10), "rsi": "rsi"}``. A method with several results gives a column for
        each: ``"bands": ("bollinger", 20, 2.0)`` gives ``bands_upper``, ``bands_mid`` and
        ``bands_lower``. By default each method once.

    Errors
    ------
    OPTION_UNKNOWN of a method that is none; else those of `IndicatorCache`.
    """

def release_memory() -> None:
    """Let go of what was kept for later runs: results of indicators, memory of long columns."""

def _panic(words: str) -> None:
    """Panic, as a defect would: for the test of the guard in run()."""

def _sweep(
    bid: Any,
    ask: Any,
    multi_candle_data: Any,
    symbol: str,
    start: datetime,
    initial_balance: float,
    strategies: list[Any],
    executors: list[ExecutionSimulator],
    config_of: list[int],
    workers: int,
    digests: bool,
    told: Callable[[int], None] | None = None,
) -> dict[str, Any] | None:
    """Run combinations in threads, for `fillproof.sweep`; None where one of them needs Python."""

@final
class Candle:
    """One bar of one side; a frozen value, valid after the run.

    Equal to any object with the same time_us, open, high, low, close and volume.

    Parameters
    ----------
    timestamp : datetime
        Open of the bar, aware (T1).
    open, high, low, close : float
    volume : float

    Errors
    ------
    TIME_TYPE, TIME_NAIVE, CANDLE_TYPE
    """

    def __new__(
        cls,
        timestamp: datetime,
        open: float,
        high: float,
        low: float,
        close: float,
        volume: float = 0.0,
    ) -> Candle: ...
    @property
    def timestamp(self) -> datetime: ...
    @property
    def time_us(self) -> int:
        """Open of the bar in microseconds since 1970 UTC."""
    @property
    def open(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def close(self) -> float: ...
    @property
    def volume(self) -> float: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Candles(Sequence[Candle]):
    """One side of a market as columns; a sequence of candles, made when asked for.

    Contiguous arrays of the right type are shared, not copied: do not change them while a run
    reads them.

    Parameters
    ----------
    time_us : array-like of int64, shape (n,)
        Opens of the bars, microseconds since 1970 UTC.
    open, high, low, close : array-like of float64, shape (n,)
    volume : array-like of float64, shape (n,), optional
        Zeros where absent.

    Errors
    ------
    CANDLE_TYPE, LENGTHS_DIFFER
    """

    def __new__(
        cls,
        time_us: ArrayLike,
        open: ArrayLike,
        high: ArrayLike,
        low: ArrayLike,
        close: ArrayLike,
        volume: ArrayLike | None = None,
    ) -> Candles: ...
    @staticmethod
    def from_candles(candles: Sequence[Any]) -> Candles:
        """Turn a list of candle-like objects into columns."""
    @property
    def time_us(self) -> NDArray[np.int64]: ...
    @property
    def open(self) -> NDArray[np.float64]: ...
    @property
    def high(self) -> NDArray[np.float64]: ...
    @property
    def low(self) -> NDArray[np.float64]: ...
    @property
    def close(self) -> NDArray[np.float64]: ...
    @property
    def volume(self) -> NDArray[np.float64]: ...
    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, index: int, /) -> Candle: ...
    @overload
    def __getitem__(self, index: slice, /) -> Candles: ...
    def __iter__(self) -> Iterator[Candle]: ...
    def index(self, value: Any, start: int = 0, stop: int | None = None) -> int: ...
    def count(self, value: Any) -> int: ...

@final
class AlignedCandles(Sequence[Any]):
    """A sequence as long as the run that shows at each bar one of fewer candles, or None.

    What `fillproof.timeframes.align` makes for ``multi_candle_data``: the candles are shared, and
    a bar costs four bytes. A slice of it is one, too.

    Parameters
    ----------
    candles : Candles or sequence of candle objects
    places : array-like of int, shape (bars,)
        Which of them is shown at each bar; -1 where none is.

    Errors
    ------
    CANDLE_TYPE, LENGTHS_DIFFER, INDEX_OUT_OF_RANGE
    """

    def __new__(cls, candles: Sequence[Any], places: ArrayLike) -> AlignedCandles: ...
    @property
    def candles(self) -> Sequence[Any]: ...
    @property
    def places(self) -> NDArray[np.int32]: ...
    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, index: int, /) -> Any: ...
    @overload
    def __getitem__(self, index: slice, /) -> AlignedCandles: ...
    def index(self, value: Any, start: int = 0, stop: int | None = None) -> int: ...
    def count(self, value: Any) -> int: ...

class _Value:
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class TradeSignal(_Value):
    """An order as a strategy wants it, normalised; stored as given, checked by the executor.

    Parameters
    ----------
    direction : {"long", "short"}
    entry_price : float or None
        Level of a limit or stop order. Of a market order recorded, and the price of the fill with
        market_fill="signal"; None: the opening side's close.
    stop_loss, take_profit : float or None
        Prices; None: without.
    symbol : str
    timestamp : datetime
        Open of the bar in which the signal was made (T1).
    type : {"market", "limit", "stop"}
    reason, tags, scenario
        Carried along, never interpreted.
    meta : mapping, optional
        The same, but for the options of an order: expires_at, max_bars, oco (S1.order_options).
    """

    def __new__(
        cls,
        direction: str,
        entry_price: float | None,
        stop_loss: float | None,
        take_profit: float | None,
        symbol: str,
        timestamp: datetime | None,
        type: str = "market",
        reason: str | None = None,
        tags: Sequence[str] = (),
        scenario: str | None = None,
        meta: Mapping[str, Any] | None = None,
    ) -> TradeSignal: ...
    @property
    def direction(self) -> str: ...
    @property
    def entry_price(self) -> float | None: ...
    @property
    def stop_loss(self) -> float | None: ...
    @property
    def take_profit(self) -> float | None: ...
    @property
    def symbol(self) -> str: ...
    @property
    def timestamp(self) -> datetime | None: ...
    @property
    def type(self) -> str: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def tags(self) -> tuple[str, ...]: ...
    @property
    def scenario(self) -> str | None: ...
    @property
    def meta(self) -> dict[str, Any]: ...

@final
class Rejection(_Value):
    """A signal or command that was not carried out, and the rule that says so (S3, L8)."""

    def __new__(
        cls,
        order_id: int,
        time_us: int,
        symbol: str,
        rule: str,
        field: str,
        value: Any,
        expected: str,
    ) -> Rejection: ...
    @property
    def order_id(self) -> int: ...
    @property
    def time_us(self) -> int: ...
    @property
    def time(self) -> datetime: ...
    @property
    def symbol(self) -> str: ...
    @property
    def rule(self) -> str: ...
    @property
    def field(self) -> str: ...
    @property
    def value(self) -> float | str | None: ...
    @property
    def expected(self) -> str: ...

@final
class SymbolSpec(_Value):
    """What one lot of a symbol is: pip, price grid, contract and volume grid.

    Parameters
    ----------
    symbol : str
    pip_size : float
        Price units of one pip, 0.0001 for EURUSD.
    digits : int, optional
        Decimals of a quoted price, 0 to 15; levels and slipped fills are snapped to them (N2).
    contract_size : float
        Units of the base currency in one lot.
    volume_min, volume_step, volume_max : float
        Volume grid in lots (E4).
    base_currency, quote_currency : str, optional
        Currencies of the pair. With a quote currency results are converted by the executor's rates
        (P5); the base currency is what margin is counted in (A1).
    tick_size, tick_value : float, optional
        Both given: one lot gains tick_value for each tick_size of price (P2.unit_value).
    min_stop_distance : float
        Least distance of stop and target from the price, in price units (S3.distance).
    swap_long, swap_short : float
        Points (10^-digits) that a lot gains for each night, negative: pays (P6.swap).
    swap_triple : {"Mon", "Tue", "Wed", "Thu", "Fri"}
        The night that counts for three.
    leverage : float, optional
        In place of that of Margin (A1.used).

    Errors
    ------
    SPEC_INVALID, NUMBER_INVALID, OPTION_UNKNOWN
    """

    def __new__(
        cls,
        symbol: str,
        pip_size: float,
        digits: int | None = None,
        contract_size: float = 100000.0,
        volume_min: float = 0.01,
        volume_step: float = 0.01,
        volume_max: float = 100.0,
        base_currency: str | None = None,
        quote_currency: str | None = None,
        tick_size: float | None = None,
        tick_value: float | None = None,
        min_stop_distance: float = 0.0,
        swap_long: float = 0.0,
        swap_short: float = 0.0,
        swap_triple: str = "Wed",
        leverage: float | None = None,
    ) -> SymbolSpec: ...
    @property
    def symbol(self) -> str: ...
    @property
    def pip_size(self) -> float: ...
    @property
    def digits(self) -> int | None: ...
    @property
    def contract_size(self) -> float: ...
    @property
    def volume_min(self) -> float: ...
    @property
    def volume_step(self) -> float: ...
    @property
    def volume_max(self) -> float: ...
    @property
    def base_currency(self) -> str | None: ...
    @property
    def quote_currency(self) -> str | None: ...
    @property
    def tick_size(self) -> float | None: ...
    @property
    def tick_value(self) -> float | None: ...
    @property
    def min_stop_distance(self) -> float: ...
    @property
    def swap_long(self) -> float: ...
    @property
    def swap_short(self) -> float: ...
    @property
    def swap_triple(self) -> str: ...
    @property
    def leverage(self) -> float | None: ...
    def swap_field(self) -> str | None:
        """Name the first swap that is not zero; None where holding costs nothing."""
    @property
    def unit_value(self) -> float:
        """Account currency gained by one lot per unit of price (P2.unit_value)."""

@final
class SlippageModel(_Value):
    """Adverse slippage of market fills and stops, in pips (E1, X2, N3).

    Parameters
    ----------
    fixed_pips : float
    random_pips : float
        Times a number from 0 to 1 that depends on seed, order and side alone (N3.random).
    seed : int
        0 to 2^64 - 1.

    Errors
    ------
    NUMBER_INVALID
    """

    def __new__(
        cls, fixed_pips: float = 0.0, random_pips: float = 0.0, seed: int = 0
    ) -> SlippageModel: ...
    @property
    def fixed_pips(self) -> float: ...
    @property
    def random_pips(self) -> float: ...
    @property
    def seed(self) -> int: ...

@final
class FeeModel(_Value):
    """Commission per side, all in account currency (P4.fee)."""

    def __new__(
        cls,
        per_lot: float = 0.0,
        per_million: float = 0.0,
        percent: float = 0.0,
        minimum: float = 0.0,
    ) -> FeeModel: ...
    @property
    def per_lot(self) -> float: ...
    @property
    def per_million(self) -> float: ...
    @property
    def percent(self) -> float: ...
    @property
    def minimum(self) -> float: ...

@final
class ExecutionPolicy(_Value):
    """How orders fill, which way a bar is read, and what happens at the edges of the data.

    Parameters
    ----------
    market_fill : {"close", "next_open", "signal"}
        When a market order fills (E1).
    close_at_end : bool
        Close what is open on the last bar (X5.close_at_end), else leave it marked.
    on_crossed : {"warn", "error"}
        What bars with an ask below the bid lead to (T2.crossed).
    intrabar : str
        Which level counts if a bar touches both: worst, worst_strict, best, the path ohlc, olhc,
        nearest_extreme, candle_color, or drilldown, the executor's lower_candles (X3, E5).
    gap_fill : {"open", "level"}
        Where a bar that opens beyond a level fills it (E2, X2).
    on_marketable : {"fill", "reject"}
        What becomes of a waiting order that could fill at once (S3.marketable).
    limit_through_pips : float
        How far the price has to go through a limit order's entry (E2.limit_inside).
    exit_buffer_pips : float
        How early stops and targets are touched (X1.buffer).
    below_min : {"reject", "clamp"}
        What a risk too small for the smallest volume leads to (S3.below_min, E4.clamped).
    max_positions, max_positions_symbol : int, optional
        So many orders and positions at most, of all symbols and of one (S3.max_positions).
    preset : {"canonical", "parity"}
        The law, or the system that the preset parity reproduces (R).

    Errors
    ------
    OPTION_UNKNOWN, NUMBER_INVALID, PRESET_OPTION
    """

    def __new__(
        cls,
        market_fill: Literal["close", "next_open", "signal"] = "close",
        close_at_end: bool = False,
        on_crossed: Literal["warn", "error"] = "warn",
        intrabar: Literal[
            "worst",
            "worst_strict",
            "best",
            "ohlc",
            "olhc",
            "nearest_extreme",
            "candle_color",
            "drilldown",
        ] = "worst",
        gap_fill: Literal["open", "level"] = "open",
        on_marketable: Literal["fill", "reject"] = "fill",
        limit_through_pips: float = 0.0,
        exit_buffer_pips: float = 0.0,
        below_min: Literal["reject", "clamp"] = "reject",
        max_positions: int | None = None,
        max_positions_symbol: int | None = None,
        preset: Literal["canonical", "parity"] = "canonical",
    ) -> ExecutionPolicy: ...
    @staticmethod
    def canonical() -> ExecutionPolicy:
        """Return the default policy."""
    @staticmethod
    def parity() -> ExecutionPolicy:
        """Return the policy of the preset parity (R)."""
    @property
    def market_fill(self) -> str: ...
    @property
    def close_at_end(self) -> bool: ...
    @property
    def on_crossed(self) -> str: ...
    @property
    def intrabar(self) -> str: ...
    @property
    def gap_fill(self) -> str: ...
    @property
    def on_marketable(self) -> str: ...
    @property
    def limit_through_pips(self) -> float: ...
    @property
    def exit_buffer_pips(self) -> float: ...
    @property
    def below_min(self) -> str: ...
    @property
    def max_positions(self) -> int | None: ...
    @property
    def max_positions_symbol(self) -> int | None: ...
    @property
    def preset(self) -> str: ...

@final
class Session(_Value):
    """When no position is opened, and when none is held; times in UTC.

    Parameters
    ----------
    timeframe : str
        Length of the run's bars: M5, H1, D1. A bar counts by its end.
    no_entry : iterable of pairs of str, optional
        Windows (start, end) in which signals are rejected, the start in, the end out; both
        "HH:MM" or both "Fri HH:MM"; may go over midnight or over the end of the week.
    flat_at : iterable of str, optional
        Times at which a PositionManager closes what was filled before.

    Errors
    ------
    TIMEFRAME_INVALID, SESSION_INVALID
    """

    def __new__(
        cls,
        timeframe: str,
        no_entry: Iterable[tuple[str, str]] = (),
        flat_at: Iterable[str] = (),
    ) -> Session: ...
    @property
    def timeframe(self) -> str: ...
    @property
    def no_entry(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def flat_at(self) -> tuple[str, ...]: ...

@final
class FixedLots(_Value):
    """The same volume for every order, not rounded (E4.fixed_lots)."""

    def __new__(cls, lots: float) -> FixedLots: ...
    @property
    def lots(self) -> float: ...

@final
class RiskAmount(_Value):
    """Volume such that the initial stop loses this much account currency (E4.risk_amount)."""

    def __new__(cls, amount: float) -> RiskAmount: ...
    @property
    def amount(self) -> float: ...

@final
class RiskFraction(_Value):
    """Volume such that the initial stop loses this fraction of equity (E4.risk_fraction)."""

    def __new__(cls, fraction: float) -> RiskFraction: ...
    @property
    def fraction(self) -> float: ...

@final
class Margin(_Value):
    """How much margin an account needs, and when it is stopped out (A1, A3).

    Parameters
    ----------
    leverage : float
        Of symbols whose spec names none of its own.
    stop_out : float, optional
        While worst equity / used margin is below it, positions are closed; a fraction. None: never.
    stop_out_price : {"worst", "close"}
        Whether they close at the mark that made it so (A3.stop_out) or at the close (A3.at_close).

    Errors
    ------
    NUMBER_INVALID, OPTION_UNKNOWN
    """

    def __new__(
        cls, leverage: float, stop_out: float | None = 0.5, stop_out_price: str = "worst"
    ) -> Margin: ...
    @property
    def leverage(self) -> float: ...
    @property
    def stop_out(self) -> float | None: ...
    @property
    def stop_out_price(self) -> str: ...

@final
class RateSeries(_Value):
    """The rates of a pair, each known from the end of its bar (P5.moment).

    Parameters
    ----------
    end_us : array-like of int64, shape (n,)
        Ends of the bars, microseconds since 1970 UTC, strictly ascending.
    rates : array-like of float64, shape (n,)
        Units of the second currency for one of the first, above 0.

    Errors
    ------
    RATES_INVALID
    """

    def __new__(cls, end_us: ArrayLike, rates: ArrayLike) -> RateSeries: ...
    @staticmethod
    def of(bid: Sequence[Any], ask: Sequence[Any], timeframe: str) -> RateSeries:
        """Make a series of the candles of a pair: the mid of both closes.

        Parameters
        ----------
        bid, ask : sequence of candles
        timeframe : str
            Length of the bars, such as H1.

        Errors
        ------
        TIMEFRAME_INVALID, and those of candles: LENGTHS_DIFFER, TIMES_DIFFER and so on
        """
    @property
    def end_us(self) -> NDArray[np.int64]: ...
    @property
    def rates(self) -> NDArray[np.float64]: ...
    def last(self, moment_us: int) -> tuple[float, int] | None:
        """Return the last rate known at a moment, and its age in microseconds; None before any."""
    def __len__(self) -> int: ...

@final
class Rates(_Value):
    """The account's currency, and rates to convert others into it (P5).

    Parameters
    ----------
    account : str
        Such as USD.
    pairs : mapping of str to float or RateSeries, optional
        Keys FROM/TO, such as EUR/USD; a number is known always, a series from the ends of its bars
        on.
    hub : str, optional
        Currency over which two others are converted where no pair joins them.
    max_age_minutes : float
        An order is rejected where its rate is older (S3.rate); afterwards it is only flagged.

    Errors
    ------
    RATES_INVALID, NUMBER_INVALID
    """

    def __new__(
        cls,
        account: str,
        pairs: Mapping[str, float | RateSeries] | None = None,
        *,
        hub: str | None = None,
        max_age_minutes: float = 5760.0,
    ) -> Rates: ...
    @property
    def account(self) -> str: ...
    @property
    def pairs(self) -> dict[str, float | RateSeries]:
        """Rates by pair; a copy."""
    @property
    def hub(self) -> str | None: ...
    @property
    def max_age_minutes(self) -> float: ...
    @property
    def has_series(self) -> bool:
        """Whether a pair is a series, for which moments have to be known."""
    def find(self, amount: float, base: str, quote: str, moment_us: int) -> Any | None:
        """Convert an amount at a moment: direct, inverse or hub, fresh before stale (P5.stale).

        Parameters
        ----------
        amount : float
        base, quote : str
            Two different currencies: from which, to which.
        moment_us : int

        Returns
        -------
        named tuple or None
            amount, route ("direct", "inverse" or "hub"), age_us (of the older rate; None where all
            are numbers), stale. None where no rate is known yet.
        """

@final
class Mark(_Value):
    """One thing about a trade that its candles do not tell (X4.ledger).

    Attributes
    ----------
    rule : str
        The rule that left it open.
    time_us : int
        Open of the bar, microseconds since 1970 UTC.
    other : {"stop", "target", "open", "unfilled"}
        The other reading: it left at its stop, at its target, stayed open over that bar (valued
        at the close), or never filled.
    price : float or None
        The price of the other reading, slippage included.
    result : float
        The result of the other reading in account currency, without fees.
    """

    def __new__(
        cls, rule: str, time_us: int, other: str, price: float | None, result: float
    ) -> Mark: ...
    @property
    def rule(self) -> str: ...
    @property
    def time_us(self) -> int: ...
    @property
    def other(self) -> str: ...
    @property
    def price(self) -> float | None: ...
    @property
    def result(self) -> float: ...

@final
class PortfolioPosition:
    """A waiting order or position, one live object for its whole life (M2).

    Writable: ``stop_loss``, ``take_profit`` (None removes the level; queued when written in ENTRY,
    L8), the dict ``metadata``, and any attribute of the user's own. The executor makes these; a
    user's own executor may build them.

    Parameters
    ----------
    entry_time : datetime
        Open of the signal's bar, aware.
    direction : {"long", "short"}
    symbol : str
    entry_price : float
    stop_loss, take_profit : float or None
    size : float
        Lots.
    risk_per_trade : float
        Account currency.
    initial_stop_loss, initial_take_profit : float, optional
        Taken from stop_loss and take_profit where None.
    order_type, status : str
    entry_fee : float
    metadata : mapping, optional

    Errors
    ------
    TIME_TYPE, TIME_NAIVE, OPTION_UNKNOWN, NUMBER_INVALID, LEVEL_TYPE, LEVEL_NOT_FINITE
    """

    stop_loss: float | None
    take_profit: float | None
    def __new__(
        cls,
        entry_time: datetime,
        direction: str,
        symbol: str,
        entry_price: float,
        stop_loss: float | None,
        take_profit: float | None,
        size: float,
        risk_per_trade: float = 100.0,
        initial_stop_loss: float | None = None,
        initial_take_profit: float | None = None,
        order_type: str = "market",
        status: str = "open",
        entry_fee: float = 0.0,
        metadata: Mapping[str, Any] | None = None,
    ) -> PortfolioPosition: ...
    @property
    def order_id(self) -> int:
        """Number of the process_signal call that made it, from 1; 0 for a user's own (L7)."""
    @property
    def symbol(self) -> str: ...
    @property
    def direction(self) -> str: ...
    @property
    def order_type(self) -> str: ...
    @property
    def status(self) -> str:
        """One of pending, open, closed, rejected, expired, cancelled."""
    @property
    def is_closed(self) -> bool: ...
    @property
    def entry_time_us(self) -> int: ...
    @property
    def trigger_time_us(self) -> int | None: ...
    @property
    def exit_time_us(self) -> int | None: ...
    @property
    def entry_time(self) -> datetime: ...
    @property
    def open_time(self) -> datetime: ...
    @property
    def trigger_time(self) -> datetime | None: ...
    @property
    def exit_time(self) -> datetime | None: ...
    @property
    def close_time(self) -> datetime | None: ...
    @property
    def reference(self) -> float:
        """Price that size, distances and 1R count from (E4.reference)."""
    @property
    def unit_value(self) -> float: ...
    @property
    def entry_price(self) -> float: ...
    @property
    def exit_price(self) -> float | None: ...
    @property
    def size(self) -> float: ...
    @property
    def initial_size(self) -> float:
        """Lots before any part was closed; 0.0 while an order of the preset parity waits."""
    @property
    def part(self) -> int:
        """Number of the partial exit that this is, from 1; 0 for a whole position."""
    @property
    def expires_at(self) -> datetime | None:
        """Time from which a waiting order is dead, UTC; None: good till cancelled (E3)."""
    @property
    def max_bars(self) -> int | None:
        """Bars in which a waiting order may trigger (E3.max_bars)."""
    @property
    def oco(self) -> str | None:
        """Name of the group whose orders cancel each other (S4)."""
    @property
    def risk_per_trade(self) -> float: ...
    @property
    def initial_stop_loss(self) -> float | None: ...
    @property
    def initial_take_profit(self) -> float | None: ...
    @property
    def entry_fee(self) -> float: ...
    @property
    def exit_fee(self) -> float: ...
    @property
    def result(self) -> float | None:
        """Gain in account currency without fees (P2.result)."""
    @property
    def swap(self) -> float:
        """Swap booked so far, account currency; positive gains (P6.swap)."""
    @property
    def net_result(self) -> float | None:
        """Gain in account currency with both fees and the swap (P2.result, P6.swap)."""
    @property
    def r_multiple(self) -> float | None: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def entry_rule(self) -> str | None: ...
    @property
    def exit_rule(self) -> str | None: ...
    @property
    def ambiguous(self) -> bool: ...
    @property
    def marks(self) -> tuple[Mark, ...]:
        """What the candles leave open, and what the other reading would make of it (X4)."""
    @property
    def metadata(self) -> dict[str, Any]:
        """The signal's meta; a live dict."""
    def close(self, time: datetime, price: float, reason: str) -> None:
        """Close the position at a price; give it to portfolio.register_exit afterwards (M2).

        Errors
        ------
        TIME_TYPE, TIME_NAIVE, LEVEL_TYPE, LEVEL_NOT_FINITE, REASON_UNKNOWN, ALREADY_CLOSED,
        CLOSE_IN_ENTRY
        """
    def close_part(
        self, time: datetime, price: float, size: float, reason: str = "partial_exit"
    ) -> PortfolioPosition:
        """Close a part at a price and return it; give it to portfolio.register_exit (M2).

        Parameters
        ----------
        time : datetime
            Open of the bar, aware.
        price : float
        size : float
            Lots, above 0 and below the position's size, which becomes smaller by it.
        reason : str
            One of X5's.

        Errors
        ------
        As for close; NUMBER_INVALID.
        """
    def to_dict(self) -> dict[str, Any]:
        """Return the public fields by name."""

@disjoint_base
class Portfolio:
    """An account in one currency (P1 to P3). May be derived from.

    Parameters
    ----------
    initial_balance : float
        Account currency.
    """

    def __init__(self, initial_balance: float = 10000.0) -> None: ...
    def attach_tracer(self, tracer: Tracer | None) -> None:
        """Record ledger and equity events from now on."""
    @property
    def initial_balance(self) -> float: ...
    @property
    def cash(self) -> float: ...
    @property
    def equity(self) -> float:
        """Equity of the last update row, the initial balance before the first."""
    @property
    def max_equity(self) -> float: ...
    @property
    def max_drawdown(self) -> float: ...
    @property
    def max_drawdown_worst(self) -> float: ...
    @property
    def initial_max_drawdown(self) -> float: ...
    @property
    def total_fees(self) -> float: ...
    @property
    def total_swap(self) -> float:
        """All swap booked; positive gains (P6.swap)."""
    @property
    def stale_rows(self) -> int:
        """Rows in which an open position was marked with an old candle or rate (P3.row_stale)."""
    @property
    def realised_only(self) -> bool: ...
    @property
    def open_positions(self) -> list[Any]: ...
    @property
    def closed_positions(self) -> list[Any]:
        """Closed positions in order of their exits, parts left out."""
    @property
    def expired_orders(self) -> list[Any]:
        """Waiting orders that never filled: expired or cancelled."""
    @property
    def partial_closed_positions(self) -> list[Any]:
        """Parts of positions closed on their own, in order of their exits (P3.partial)."""
    @property
    def exits(self) -> list[Any]:
        """Closed positions and parts together, in order of their exits."""
    @property
    def last_exit_time(self) -> datetime | None:
        """Time of the latest exit, of a whole position or a part; None before the first."""
    @property
    def fees_log(self) -> list[tuple[datetime, str, float, Any]]: ...
    @property
    def swaps_log(self) -> list[tuple[datetime, float, Any]]:
        """Swaps as (time, amount, position)."""
    @property
    def equity_curve(self) -> list[tuple[datetime, float, float, float, float]]: ...
    def equity_columns(self) -> dict[str, NDArray[Any]]:
        """Return the equity rows as columns: time_us int64, the rest float64."""
    def get_open_positions(self, symbol: str | None = None) -> list[Any]: ...
    def register_entry(self, position: Any) -> None: ...
    def register_exit(self, position: Any) -> None: ...
    def register_fee(self, amount: float, time: datetime, kind: str, position: Any) -> None: ...
    def register_swap(self, amount: float, time: datetime, position: Any) -> None:
        """Book a night's swap: amount in account currency, positive gains (P6.swap)."""
    def register_expired(self, position: Any) -> None: ...
    def use_ordinals(self) -> None:
        """Take times that are places, of a run with other keys than times (L4.ordinal)."""
    def appraise(self, time: datetime) -> tuple[float, float, dict[str, str]]:
        """Say what update would write now, and write nothing (A3.stop_out).

        Parameters
        ----------
        time : datetime
            Open of the bar, aware.

        Returns
        -------
        tuple
            Equity, worst equity, and by symbol whether the lows or the highs were the worst: "low"
            or "high".
        """
    def mark(self, symbol: str, bid: Any, ask: Any) -> None: ...
    def update(self, time: datetime) -> None: ...
    def get_summary(self) -> dict[str, float | int]: ...
    def ledger_state(self) -> dict[str, float | int]: ...

@disjoint_base
class ExecutionSimulator:
    """Fills market, limit and stop orders and watches their stops and targets.

    May be derived from.

    Overridden or replaced methods are called wherever the engine calls them; without any the
    whole bar runs natively.

    Parameters
    ----------
    portfolio : Portfolio
        Ours or any object with register_entry, register_exit, register_fee, register_expired and,
        if it wants prices, mark; with swaps register_swap, with a stop-out appraise.
    risk_per_trade : float
        Account currency lost at the initial stop, where ``sizing`` is None.
    slippage_model : SlippageModel, optional
    fee_model : FeeModel, optional
    symbol_specs : mapping of str to SymbolSpec, optional
    policy : ExecutionPolicy, optional
    sizing : FixedLots, RiskAmount or RiskFraction, optional
    rates : Rates, optional
        Needed where a spec names a quote currency (P5).
    margin : Margin, optional
        What positions tie up, and when they are stopped out (A1, A3).
    session : Session, optional
        Hours without entries (S3.no_entry).
    timeframe : str, optional
        Length of the run's bars, such as H1; needed for series of rates and swaps.
    strict : bool
        Raise SIGNAL_REJECTED instead of recording a rejection (S3.strict).
    lower_candles : mapping, optional
        Bars of a lower timeframe, for ``intrabar="drilldown"`` (X3.drilldown): symbol ->
        ``{"bid": candles, "ask": candles}``, with a ``"timeframe"`` where their shortest step is
        not their length.
    """

    def __init__(
        self,
        portfolio: Any,
        risk_per_trade: float = 100.0,
        slippage_model: SlippageModel | None = None,
        fee_model: FeeModel | None = None,
        symbol_specs: Mapping[str, SymbolSpec] | None = None,
        *,
        policy: ExecutionPolicy | None = None,
        sizing: FixedLots | RiskAmount | RiskFraction | None = None,
        rates: Rates | None = None,
        margin: Margin | None = None,
        session: Session | None = None,
        timeframe: str | None = None,
        strict: bool = False,
        lower_candles: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None: ...
    def attach_tracer(self, tracer: Tracer | None) -> None: ...
    @property
    def portfolio(self) -> Any: ...
    @property
    def risk_per_trade(self) -> float: ...
    @property
    def slippage_model(self) -> SlippageModel: ...
    @property
    def fee_model(self) -> FeeModel: ...
    @property
    def symbol_specs(self) -> dict[str, SymbolSpec]: ...
    @property
    def policy(self) -> ExecutionPolicy: ...
    @property
    def sizing(self) -> Any: ...
    @property
    def rates(self) -> Rates | None: ...
    @property
    def margin(self) -> Margin | None: ...
    @property
    def session(self) -> Session | None: ...
    @property
    def timeframe(self) -> str | None: ...
    @property
    def lower_candles(self) -> dict[str, Any] | None:
        """The lower bars by symbol, as they were given (X3.drilldown); a copy of the mapping."""
    @property
    def drilldowns(self) -> dict[str, int]:
        """How many bars were asked of lower bars, how many those decided, how many had none."""
    def check_lower_candles(self, symbol: str, times: Sequence[int]) -> None:
        """Check the lower bars of a symbol against the bars of a run (X3.lower_times)."""
    @property
    def used_margin(self) -> float:
        """Margin that open positions tie up (A1.used); 0.0 without margin."""
    @property
    def free_margin(self) -> float:
        """Equity of the portfolio's last row less the margin in use (A1.used)."""
    @property
    def stale_rates(self) -> int:
        """How many conversions used a rate older than max_age_minutes (P5.stale)."""
    def use_ordinals(self) -> None:
        """Take bars whose times are places, of a run with other keys than times (L4.ordinal).

        Errors
        ------
        CLOCK_REQUIRED
        """
    @property
    def strict(self) -> bool: ...
    @property
    def active_positions(self) -> tuple[PortfolioPosition, ...]:
        """Waiting orders and open positions in order of acceptance (E2); a snapshot."""
    @property
    def rejected_signals(self) -> list[Rejection]: ...
    @property
    def refused_commands(self) -> list[Rejection]: ...
    def close(self, position: PortfolioPosition | int) -> None:
        """Close a position at a market price (X5.manual, X5.manual_open).

        Ordered in ENTRY it is queued for CLOSE; else it acts at once. With
        market_fill="next_open" it waits for the next bar's OPEN.

        Parameters
        ----------
        position : PortfolioPosition or int
            A position of this executor or its order id. What is no open position by then is
            recorded in refused_commands.

        Errors
        ------
        ORDER_UNKNOWN
        """
    def cancel(self, position: PortfolioPosition | int) -> None:
        """Cancel a waiting order (L8.cancelled); ordered in ENTRY it is queued for CLOSE.

        Errors
        ------
        ORDER_UNKNOWN
        """
    def modify(
        self,
        position: PortfolioPosition | int,
        *,
        sl: float | None = ...,
        tp: float | None = ...,
        expires_at: datetime | None = ...,
    ) -> None:
        """Change the levels or the expiry of an order; what is left out stays (L8.queued_write).

        Parameters
        ----------
        position : PortfolioPosition or int
        sl, tp : float or None
            None removes the level.
        expires_at : datetime or None
            Of a waiting order only; None: good till cancelled.

        Errors
        ------
        ORDER_UNKNOWN, LEVEL_TYPE, LEVEL_NOT_FINITE, TIME_TYPE, TIME_NAIVE
        """
    def open_bar(self, bid: Any, ask: Any, symbol: str | None = None) -> None: ...
    def process_signal(self, signal: Any) -> None: ...
    def evaluate_exits(self, bid: Any, ask: Any, symbol: str | None = None) -> None: ...
    def close_bar(self, timestamp: datetime, last: bool = False) -> None: ...
    def state(self) -> dict[str, Any]: ...
    def restore(self, state: dict[str, Any]) -> None:
        """Take over a state, for a run that goes on from the bar after it (L9.restore)."""
    def signal_columns(self) -> dict[str, list[Any]]: ...

@final
class SeriesView(Sequence[Any]):
    """Candles up to the bar at which the view was made; a read-only sequence, oldest first.

    Made by a slice. It shares the series; what is shown is fixed when it is made, so it does not
    grow with the run and stays valid after it. A slice of it is a list. Equal to any sequence with
    equal entries in the same order, text aside; not hashable, not pickled: ``list(view)`` is.
    """

    __hash__: ClassVar[None]  # type: ignore[assignment]
    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, index: int, /) -> Any: ...
    @overload
    def __getitem__(self, index: slice, /) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def index(self, value: Any, start: int = 0, stop: int | None = None) -> int: ...
    def count(self, value: Any) -> int: ...

@disjoint_base
class SymbolDataSlice:
    """The candles of one symbol up to the current bar. May be derived from.

    Parameters
    ----------
    multi_candle_data : mapping
        timeframe -> "bid" | "ask" -> candles aligned with the primary bars, None where there is
        none.
    symbol : str
    """

    @property
    def indicators(self) -> IndicatorCache:
        """Indicators of the same candles, up to the current bar."""
    def __init__(
        self, multi_candle_data: Mapping[str, Mapping[str, Sequence[Any]]], symbol: str
    ) -> None: ...
    @property
    def symbol(self) -> str: ...
    @property
    def index(self) -> int: ...
    @property
    def bid(self) -> Any: ...
    @property
    def ask(self) -> Any: ...
    def set_index(self, index: int) -> None:
        """Move to a bar: LOOK_AHEAD past the loop's, INDEX_OUT_OF_RANGE below 0."""
    def latest(self, timeframe: str, price_type: str = "bid") -> Any: ...
    def history(self, timeframe: str, price_type: str = "bid", length: int = 20) -> list[Any]: ...
    def series_ref(self, timeframe: str, price_type: str = "bid") -> SeriesView:
        """Return all candles up to the current bar, entry i that of bar i, None where absent."""
    def history_view(self, timeframe: str, price_type: str = "bid", length: int = 20) -> SeriesView:
        """Return what ``history`` returns as a view, without a copy of candles."""
    def __getitem__(self, timeframe: str, /) -> Mapping[str, SeriesView]:
        """Return the sides of a timeframe that are there, as ``series_ref`` returns them."""
    def __iter__(self) -> Iterator[str]: ...
    def __contains__(self, timeframe: object, /) -> bool: ...

@disjoint_base
class SymbolView(SymbolDataSlice):
    """The candles of one symbol along the keys of a run, up to the current key.

    Made by ``MultiSymbolSlice``. Its only timeframe is the primary one, which need not be named;
    entries are None where the symbol has no candle (L5.hole). May be derived from.

    Parameters
    ----------
    symbol, primary_tf : str
    bids, asks : sequence of candles or None
        As long as there are keys.
    """

    def __init__(
        self,
        symbol: str,
        primary_tf: str,
        bids: Sequence[Any],
        asks: Sequence[Any],
    ) -> None: ...
    @property
    def bid(self) -> Any: ...
    @property
    def ask(self) -> Any: ...
    @property
    def timestamp(self) -> Any:
        """The current key; None in a view that no MultiSymbolSlice made."""
    def latest(self, timeframe: str | None = None, price_type: str = "bid") -> Any: ...
    def history(
        self, timeframe: str | None = None, price_type: str = "bid", length: int = 20
    ) -> list[Any]: ...
    def series_ref(self, timeframe: str | None = None, price_type: str = "bid") -> SeriesView: ...
    def history_view(
        self, timeframe: str | None = None, price_type: str = "bid", length: int = 20
    ) -> SeriesView: ...

@disjoint_base
class MultiSymbolSlice:
    """The candles of several symbols up to the current key; a mapping of symbol to view.

    May be derived from.

    Parameters
    ----------
    candle_lookups : mapping
        symbol -> "bid" | "ask" -> key -> candle.
    common_timestamps : sequence
        Ascending keys: datetime, str, int or float.
    primary_tf : str
        Name of the bars, such as M1.
    """

    def __init__(
        self,
        candle_lookups: Mapping[str, Mapping[str, Mapping[Any, Any]]],
        common_timestamps: Sequence[Any],
        primary_tf: str,
    ) -> None: ...
    @property
    def primary_tf(self) -> str: ...
    @property
    def index(self) -> int:
        """Place of the current key, from 0."""
    @property
    def timestamp(self) -> Any:
        """The current key."""
    @property
    def time(self) -> datetime:
        """The clock's time of the current key, UTC (L4.ordinal)."""
    def key_at(self, index: int) -> Any:
        """Return a key by its place."""
    def set_timestamp(self, timestamp: Any) -> None:
        """Move to a key: KEY_UNKNOWN, LOOK_AHEAD past the loop's."""
    def set_index(self, index: int) -> None:
        """Move to a key by its place: INDEX_OUT_OF_RANGE, LOOK_AHEAD past the loop's."""
    def keys(self) -> list[str]:
        """Return the symbols, in their order."""
    def values(self) -> list[SymbolView]:
        """Return the views, in the order of the symbols."""
    def items(self) -> list[tuple[str, SymbolView]]:
        """Return symbols and views."""
    def get(self, symbol: str, default: Any = None) -> Any:
        """Return the view of a symbol, the same each time, or a default."""
    def is_covered(self, symbol: str) -> bool:
        """Tell whether a symbol has candles of both sides at the current key (L5.hole)."""
    def latest(self, symbol: str, price_type: str = "bid") -> Any:
        """Return the candle of a symbol and side at the current key, None where there is none."""
    def history(self, symbol: str, price_type: str = "bid", length: int = 20) -> list[Any]:
        """Return the last candles of a symbol up to the current key, oldest first."""
    def __getitem__(self, symbol: str, /) -> SymbolView: ...
    def __contains__(self, symbol: object, /) -> bool: ...
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...

@disjoint_base
class StrategyWrapper:
    """Calls a strategy and turns what it returns into signals; gives it rest after entries.

    Rules S1 and S2. May be derived from.

    Parameters
    ----------
    strategy : object
        With ``on_data(slice_map)``, or, where that is missing, ``check_entry(slice, index=i)``;
        over several symbols both are given the MultiSymbolSlice, and raw signals name a symbol;
        either returns None, a raw signal (dict), a TradeSignal, or a list or tuple of them.
        With ``get_primary_timeframe()`` (M5, H1, D1) it names the length of its bars.
    cooldown_candles : int
        Bars from one that returned signals to the next call (S2.cooldown).
    cooldown_minutes : float
        The same in minutes.
    cooldown_minutes_trade : float
        Minutes from the portfolio's latest exit to the next call.
    portfolio : Portfolio, optional
        Or any object with ``last_exit_time``; needed for cooldown_minutes_trade.
    entry_timestamp_mode : {"open", "close"}
        Whether a decision counts at its bar's open or at its end (S2.decision_time).

    Errors
    ------
    NUMBER_INVALID, OPTION_UNKNOWN
    STRATEGY_INVALID, TIMEFRAME_INVALID
        The strategy has neither method, or in mode close no timeframe (raised at the first bar).
    """

    strategy: Any
    def __init__(
        self,
        strategy: Any,
        cooldown_candles: int = 0,
        cooldown_minutes: float = 0,
        cooldown_minutes_trade: float = 0,
        portfolio: Any = None,
        entry_timestamp_mode: Literal["open", "close"] = "open",
    ) -> None: ...
    @property
    def cooldown_candles(self) -> int: ...
    @property
    def cooldown_minutes(self) -> float: ...
    @property
    def cooldown_minutes_trade(self) -> float: ...
    @property
    def portfolio(self) -> Any: ...
    @property
    def entry_timestamp_mode(self) -> str: ...
    def use_ordinals(self) -> None:
        """Take a run with other keys than times (L4.ordinal).

        Errors
        ------
        CLOCK_REQUIRED
        """
    def evaluate(self, index: int, slice_map: Any) -> list[Any] | None: ...

@final
class BreakEven(_Value):
    """Sets the stop to the fill once the position has gained enough (M1.break_even).

    Parameters
    ----------
    after_r, after_pips : float, optional
        The gain, in units of the initial risk or in pips; exactly one of them.
    buffer_pips : float
        How far beyond the fill.

    Errors
    ------
    OPTION_UNKNOWN, NUMBER_INVALID
    """

    def __new__(
        cls,
        after_r: float | None = None,
        after_pips: float | None = None,
        buffer_pips: float = 0.0,
    ) -> BreakEven: ...
    @property
    def after_r(self) -> float | None: ...
    @property
    def after_pips(self) -> float | None: ...
    @property
    def buffer_pips(self) -> float: ...

@final
class Trailing(_Value):
    """Lets the stop follow the close at a distance (M1.trailing).

    Parameters
    ----------
    pips, r, atr : float, optional
        The distance, in pips, in units of the initial risk, or in average true ranges of the
        bars of the side that closes the position, warm-up included; exactly one of them.
    period : int
        Bars of the average true range.

    Errors
    ------
    OPTION_UNKNOWN, NUMBER_INVALID, PERIOD_INVALID
    """

    def __new__(
        cls,
        pips: float | None = None,
        r: float | None = None,
        atr: float | None = None,
        period: int = 14,
    ) -> Trailing: ...
    @property
    def pips(self) -> float | None: ...
    @property
    def r(self) -> float | None: ...
    @property
    def atr(self) -> float | None: ...
    @property
    def period(self) -> int: ...

@final
class Partial(_Value):
    """Closes a part of the position once it has gained enough (M1.partial).

    Parameters
    ----------
    fraction : float
        Of the initial size, above 0 and at most 1.
    after_r, after_pips : float, optional
        As in BreakEven; exactly one of them.

    Errors
    ------
    OPTION_UNKNOWN, NUMBER_INVALID
    """

    def __new__(
        cls,
        fraction: float,
        after_r: float | None = None,
        after_pips: float | None = None,
    ) -> Partial: ...
    @property
    def fraction(self) -> float: ...
    @property
    def after_r(self) -> float | None: ...
    @property
    def after_pips(self) -> float | None: ...

@disjoint_base
class PositionManager:
    """Closes, tightens and takes parts by rules, at each close (M1). May be derived from.

    Parameters
    ----------
    portfolio : Portfolio, optional
        Told of what it closes of another maker's positions; the engine attaches its own.
    session : Session, optional
        Its flat_at closes what was filled before.
    max_holding_bars : int, optional
    max_holding_minutes : float, optional
    break_even : BreakEven, optional
    trailing : Trailing, optional
    partials : iterable of Partial
        Taken in this order.
    symbol_specs : mapping of str to SymbolSpec, optional
        For positions of other makers: pips, price grid, volumes. Our own know theirs.

    Errors
    ------
    OPTION_UNKNOWN, NUMBER_INVALID
    """

    def __init__(
        self,
        portfolio: Any = None,
        *,
        session: Session | None = None,
        max_holding_bars: int | None = None,
        max_holding_minutes: float | None = None,
        break_even: BreakEven | None = None,
        trailing: Trailing | None = None,
        partials: Iterable[Partial] = (),
        symbol_specs: Mapping[str, SymbolSpec] | None = None,
    ) -> None: ...
    @property
    def portfolio(self) -> Any: ...
    @property
    def session(self) -> Session | None: ...
    @property
    def max_holding_bars(self) -> int | None: ...
    @property
    def max_holding_minutes(self) -> float | None: ...
    @property
    def break_even(self) -> BreakEven | None: ...
    @property
    def trailing(self) -> Trailing | None: ...
    @property
    def partials(self) -> tuple[Partial, ...]: ...
    @property
    def symbol_specs(self) -> dict[str, SymbolSpec]: ...
    @property
    def refused(self) -> list[Rejection]:
        """Stops and parts that were not carried out, in order; a copy."""
    def use_ordinals(self) -> None:
        """Take bars whose times are places, of a run with other keys than times (L4.ordinal).

        Errors
        ------
        CLOCK_REQUIRED
        """
    def attach_portfolio(self, portfolio: Any) -> None:
        """Take the portfolio of a run."""
    def manage_positions(
        self,
        open_positions: Sequence[Any],
        symbol_slice: Any,
        bid_candle: Any,
        ask_candle: Any,
        all_positions: Iterable[Any],
    ) -> None:
        """Manage the open positions of a symbol at the end of a bar (M1.order).

        Errors
        ------
        SPEC_REQUIRED, CLOSE_IN_ENTRY
        """

@final
class Atr:
    """Streaming ATR after Wilder: ``y = ((y * (period - 1)) + TR) / period`` (I.atr).

    Errors
    ------
    PERIOD_INVALID
    """

    def __new__(cls, period: int) -> Atr: ...
    @property
    def period(self) -> int: ...
    @property
    def value(self) -> float:
        """Last value, NaN before the first."""
    def update(self, high: float, low: float, close: float) -> float:
        """Take the next bar in and return the average."""
    def restart(self) -> None:
        """Forget every bar."""

@final
class Ema:
    """Streaming EMA: ``y = (a * x) + (b * y)``, a = 2 / (period + 1), b = 1 - a, first y = x."""

    def __new__(cls, period: int) -> Ema: ...
    @property
    def period(self) -> int: ...
    @property
    def value(self) -> float: ...
    def update(self, x: float) -> float: ...
    def restart(self) -> None:
        """Forget all values."""

@final
class EmaCross:
    """Buy when the fast EMA crosses above the slow one, sell when it crosses below.

    Given to EventEngine bare, or in a StrategyWrapper, it runs without Python, as do `EmaAtr`,
    `ZScoreReversion` and `Breakout`.

    Parameters
    ----------
    timeframe : str
        Key of multi_candle_data, such as "H1".
    fast, slow : int
        Periods in bars.
    stop_pips, target_pips : float
    pip_size : float
        Price units of one pip.

    Errors
    ------
    PERIOD_INVALID, NUMBER_INVALID
    """

    def __new__(
        cls,
        timeframe: str,
        fast: int = 10,
        slow: int = 50,
        stop_pips: float = 10.0,
        target_pips: float = 20.0,
        pip_size: float = 0.0001,
    ) -> EmaCross: ...
    @property
    def timeframe(self) -> str: ...
    @property
    def fast(self) -> int: ...
    @property
    def slow(self) -> int: ...
    @property
    def stop_pips(self) -> float: ...
    @property
    def target_pips(self) -> float: ...
    @property
    def pip_size(self) -> float: ...
    def on_data(self, slice_map: Mapping[str, Any]) -> list[TradeSignal] | None: ...
    def evaluate(self, index: int, slice_map: Mapping[str, Any]) -> list[TradeSignal] | None: ...

@final
class ExpressionStrategy:
    """Buys and sells where conditions are true, with prices that are expressions.

    All expressions are computed from the first bar of the data on, warm-up included, and begin
    anew with each run; a signal is made at every bar of which a condition is true. Where both are,
    and where a price of the signal has no value, there is none.

    Parameters
    ----------
    long, short : condition, optional
        When to buy and when to sell; at least one of them.
    entry : expression, optional
        Price of limit and stop orders.
    stop, target : expression, pips, distance or r_multiple, optional
        A price, or how far from the entry: of market orders the opening side's close.
    type : {"market", "limit", "stop"}
    timeframe : str, optional
        Candles that are meant where an expression names none; None: the first timeframe there
        is, which with `run_backtest` is that of the bars.
    symbol : str, optional
        What is traded; needed where a run has several symbols.
    reason : str, optional
        Text recorded with each signal.

    Errors
    ------
    EXPRESSION_INVALID; PERIOD_INVALID, NUMBER_INVALID of settings; when a run starts
    SYMBOL_UNKNOWN, TIMEFRAME_UNKNOWN, SIDE_UNKNOWN, LENGTHS_DIFFER, and TIMEFRAME_INVALID where a
    condition looks at the clock and the timeframe is not the length of a bar.
    """

    def __new__(
        cls,
        long: Any = None,
        short: Any = None,
        *,
        entry: Any = None,
        stop: Any = None,
        target: Any = None,
        type: str = "market",
        timeframe: str | None = None,
        symbol: str | None = None,
        reason: str | None = None,
    ) -> ExpressionStrategy: ...
    @property
    def plan(self) -> Plan: ...
    @property
    def parameters(self) -> dict[str, float]: ...
    @classmethod
    def of(cls, plan: Plan) -> ExpressionStrategy: ...
    def bind(self, **values: float) -> ExpressionStrategy: ...
    def to_json(self) -> str: ...
    @classmethod
    def from_json(cls, text: str) -> ExpressionStrategy: ...
    def save(self, path: str | Path) -> Path: ...
    @classmethod
    def load(cls, path: str | Path) -> ExpressionStrategy: ...
    def use_ordinals(self) -> None: ...
    def on_data(self, slice_map: Mapping[str, Any]) -> list[TradeSignal] | None: ...
    def evaluate(self, index: int, slice_map: Mapping[str, Any]) -> list[TradeSignal] | None: ...

@final
class Breakout:
    """Wait above the highest high and below the lowest low; the one that fills cancels the other.

    Every ``max_bars`` bars, which is when none of its last orders waits any more, a stop order to
    buy at the highest high of the ask and one to sell at the lowest low of the bid, over the last
    ``length`` bars, this one included. The two are a group (S4) and wait for ``max_bars`` bars.
    The strategy sees no positions: the executor's max_positions keeps trades apart.

    Parameters
    ----------
    timeframe : str
        Key of multi_candle_data, such as "H1".
    length : int
        Bars whose highest high and lowest low are taken.
    max_bars : int
        Bars in which the orders may trigger, and from one pair of orders to the next.
    stop, target : float
        Distances from the entry, in units.
    unit : {"atr", "pips"}
        Average true ranges of the bid at the bar of the order, or pips.
    period : int
        Bars of the average true range; before its first value there are no orders.
    pip_size : float
        Price units of one pip.

    Errors
    ------
    PERIOD_INVALID, NUMBER_INVALID, OPTION_UNKNOWN
    """

    def __new__(
        cls,
        timeframe: str,
        length: int = 20,
        max_bars: int = 10,
        stop: float = 1.5,
        target: float = 3.0,
        unit: str = "atr",
        period: int = 14,
        pip_size: float = 0.0001,
    ) -> Breakout: ...
    @property
    def timeframe(self) -> str: ...
    @property
    def length(self) -> int: ...
    @property
    def max_bars(self) -> int: ...
    @property
    def stop(self) -> float: ...
    @property
    def target(self) -> float: ...
    @property
    def unit(self) -> str: ...
    @property
    def period(self) -> int: ...
    @property
    def pip_size(self) -> float: ...
    def on_data(self, slice_map: Mapping[str, Any]) -> list[TradeSignal] | None: ...
    def evaluate(self, index: int, slice_map: Mapping[str, Any]) -> list[TradeSignal] | None: ...

@final
class EmaAtr:
    """Buy and sell as `EmaCross` does, with stop and target at multiples of the ATR.

    All three read the bid, from the first bar of the data on, and begin anew when the bars do not
    follow each other, as in a second run. The distances are those of the bar of the cross and are
    counted from the opening side's close.

    Parameters
    ----------
    timeframe : str
        Key of multi_candle_data, such as "H1".
    fast, slow : int
        Periods of the averages in bars.
    period : int
        Bars of the average true range; a cross before its first value gives no signal.
    stop_atr, target_atr : float
        Distances in average true ranges.

    Errors
    ------
    PERIOD_INVALID, NUMBER_INVALID
    """

    def __new__(
        cls,
        timeframe: str,
        fast: int = 10,
        slow: int = 50,
        period: int = 14,
        stop_atr: float = 1.5,
        target_atr: float = 3.0,
    ) -> EmaAtr: ...
    @property
    def timeframe(self) -> str: ...
    @property
    def fast(self) -> int: ...
    @property
    def slow(self) -> int: ...
    @property
    def period(self) -> int: ...
    @property
    def stop_atr(self) -> float: ...
    @property
    def target_atr(self) -> float: ...
    def on_data(self, slice_map: Mapping[str, Any]) -> list[TradeSignal] | None: ...
    def evaluate(self, index: int, slice_map: Mapping[str, Any]) -> list[TradeSignal] | None: ...

@final
class ColumnStrategy:
    """Signals that are known before the run: direction, prices and type of each bar (I.columns).

    Row i is what the strategy says at bar i, at most one signal. Columns are numpy or Arrow arrays
    or lists; prices are read where they lie, without a copy where they are float64 in one piece.

    Parameters
    ----------
    direction : array-like of int, shape (n,)
        One row for each bar, warm-up included: 1 long, -1 short, 0 (or absent) no signal.
    entry : array-like of float64, optional
        Levels of limit and stop orders; of market orders recorded, the opening side's close where
        absent. NaN is absent, here and below.
    stop, target : array-like of float64, optional
        Prices.
    type : {"market", "limit", "stop"} or array-like of int, optional
        Of all orders, or row by row: 0 market, 1 limit, 2 stop; by default all are market orders.
    reason : str, optional
        Carried along with each signal.

    Errors
    ------
    LENGTHS_DIFFER
        Columns of different lengths; at the start of a run, another number of rows than bars.
    DIRECTION_UNKNOWN, TYPE_UNKNOWN
        Another code, naming its row.
    SIGNAL_NOT_UNDERSTOOD
        No column of numbers.
    """

    def __new__(
        cls,
        direction: ArrayLike,
        entry: ArrayLike | None = None,
        stop: ArrayLike | None = None,
        target: ArrayLike | None = None,
        type: Literal["market", "limit", "stop"] | ArrayLike | None = None,
        *,
        reason: str | None = None,
    ) -> ColumnStrategy: ...
    @property
    def direction(self) -> NDArray[np.int8]: ...
    @property
    def entry(self) -> NDArray[np.float64] | None: ...
    @property
    def stop(self) -> NDArray[np.float64] | None: ...
    @property
    def target(self) -> NDArray[np.float64] | None: ...
    @property
    def type(self) -> str | NDArray[np.int8]: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def ignored(self) -> int: ...
    def use_bars(self, start: int, total: int) -> None: ...
    def on_data(self, slice_map: Mapping[str, Any]) -> list[TradeSignal] | None: ...
    def evaluate(self, index: int, slice_map: Mapping[str, Any]) -> list[TradeSignal] | None: ...
    def __len__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class CrossColumnStrategy:
    """Signal columns for the symbols of one account: at each key theirs, in this order (I.columns).

    For `CrossSymbolEventEngine`; row i is for the i-th of its common_timestamps.

    Parameters
    ----------
    columns : mapping of str to ColumnStrategy

    Errors
    ------
    LENGTHS_DIFFER
        Two symbols with different numbers of rows; at the start of a run, another number of rows
        than keys.
    SIGNAL_NOT_UNDERSTOOD
        No mapping of symbols to `ColumnStrategy`, or an empty one.
    """

    def __new__(cls, columns: Mapping[str, ColumnStrategy]) -> CrossColumnStrategy: ...
    @property
    def columns(self) -> dict[str, ColumnStrategy]: ...
    @property
    def ignored(self) -> int: ...
    def use_bars(self, start: int, total: int) -> None: ...
    def on_data(self, multi_slice: MultiSymbolSlice) -> list[TradeSignal] | None: ...
    def evaluate(self, index: int, multi_slice: MultiSymbolSlice) -> list[TradeSignal] | None: ...
    def __len__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class PairSpread:
    """Trade two symbols against each other when their spread leaves its band, for a way back.

    The spread is ``mid_a - (hedge * mid_b)`` of the closes. When its z-score falls below -entry,
    buy a and sell b, when it rises above entry sell a and buy b, in one key. Each leg has a stop
    and a target in its own average true ranges, counted from its opening side's close; how large
    a leg is, is the sizing's affair. For `CrossSymbolEventEngine`: keys where a candle of the
    four is missing are left out. It starts at the first key of the data, warm-up included, and
    begins anew when the keys do not follow each other, as in a second run.

    Parameters
    ----------
    symbol_a, symbol_b : str
    hedge : float
        Units of b's price against one of a's; above 0.
    window : int
        Keys of the mean, and of the deviation from it (as `Zscore`).
    entry : float
        Deviations from the mean.
    period : int
        Keys of both average true ranges.
    stop_atr, target_atr : float
        Distances in average true ranges of the leg's bid.
    rest : int
        Keys from a pair of signals to the next at the earliest; 1: the very next one.

    Errors
    ------
    OPTION_UNKNOWN, PERIOD_INVALID, NUMBER_INVALID
    """

    def __new__(
        cls,
        symbol_a: str,
        symbol_b: str,
        hedge: float = 1.0,
        window: int = 100,
        entry: float = 2.0,
        period: int = 14,
        stop_atr: float = 2.0,
        target_atr: float = 2.0,
        rest: int = 10,
    ) -> PairSpread: ...
    @property
    def symbol_a(self) -> str: ...
    @property
    def symbol_b(self) -> str: ...
    @property
    def hedge(self) -> float: ...
    @property
    def window(self) -> int: ...
    @property
    def entry(self) -> float: ...
    @property
    def period(self) -> int: ...
    @property
    def stop_atr(self) -> float: ...
    @property
    def target_atr(self) -> float: ...
    @property
    def rest(self) -> int: ...
    def on_data(self, multi_slice: Any) -> list[TradeSignal] | None: ...
    def evaluate(self, index: int, multi_slice: Any) -> list[TradeSignal] | None: ...

@final
class ZScoreReversion:
    """Buy when the z-score of the bid close falls below -entry, sell when it rises above entry.

    The target is the mean of the bar of the signal, the stop a multiple of the ATR away from the
    opening side's close. A long signal whose mean the ask has reached already is left out. The
    strategy sees no positions: what keeps trades apart is ``rest``, and the executor's
    max_positions. It reads the bid, from the first bar of the data on, and begins anew when the
    bars do not follow each other, as in a second run.

    Parameters
    ----------
    timeframe : str
        Key of multi_candle_data, such as "H1".
    window : int
        Bars of the mean, and of the deviation from it (as `Zscore`).
    entry : float
        Deviations from the mean.
    period : int
        Bars of the average true range.
    stop_atr : float
        Distance of the stop in average true ranges.
    rest : int
        Bars of the bid from a signal to the next at the earliest; 1: the very next one.

    Errors
    ------
    PERIOD_INVALID, NUMBER_INVALID
    """

    def __new__(
        cls,
        timeframe: str,
        window: int = 100,
        entry: float = 2.0,
        period: int = 14,
        stop_atr: float = 2.0,
        rest: int = 10,
    ) -> ZScoreReversion: ...
    @property
    def timeframe(self) -> str: ...
    @property
    def window(self) -> int: ...
    @property
    def entry(self) -> float: ...
    @property
    def period(self) -> int: ...
    @property
    def stop_atr(self) -> float: ...
    @property
    def rest(self) -> int: ...
    def on_data(self, slice_map: Mapping[str, Any]) -> list[TradeSignal] | None: ...
    def evaluate(self, index: int, slice_map: Mapping[str, Any]) -> list[TradeSignal] | None: ...

@final
class Tracer:
    """Collects the events of a run, in order (schema: event.schema.json)."""

    def __new__(cls) -> Tracer: ...
    @property
    def events(self) -> list[dict[str, Any]]: ...
    def clear(self) -> None: ...
    def begin_bar(self, bar: int | None, time_us: int | None) -> None: ...
    def begin_phase(self, phase: str | None) -> None: ...
    def emit(self, kind: str, rule: str, **values: Any) -> None: ...

class EventEngine:
    """Runs a strategy bar by bar over the candles of one symbol (L1 to L3). May be derived from.

    Parameters
    ----------
    bid_candles, ask_candles : sequence of candles
        Equally long, ascending; checked in run(), not before (T4).
    strategy : object
        With ``evaluate(index, slice_map)``.
    executor : ExecutionSimulator
        Or any object with process_signal, evaluate_exits and active_positions.
    portfolio : Portfolio
        Or any object with update and get_open_positions.
    multi_candle_data : mapping
        timeframe -> side -> candles aligned with the primary bars.
    symbol : str
    on_progress : callable, optional
        Called with (current, total), 1-based, after each bar, or after every
        so many if it has an attribute ``every``.
    original_start_dt : datetime
        First bar that is evaluated; earlier ones are warm-up (L1).
    tracer : Tracer, optional
    """

    bid_candles: Any
    ask_candles: Any
    strategy: Any
    executor: Any
    portfolio: Any
    multi_candle_data: Any
    symbol: str
    on_progress: Callable[[int, int], Any] | None
    original_start_dt: datetime | None
    tracer: Any
    crossed_bars: int
    def __init__(
        self,
        bid_candles: Sequence[Any],
        ask_candles: Sequence[Any],
        strategy: Any,
        executor: Any,
        portfolio: Any,
        multi_candle_data: Mapping[str, Mapping[str, Sequence[Any]]],
        symbol: str,
        on_progress: Callable[[int, int], Any] | None = None,
        original_start_dt: datetime | None = None,
        *,
        tracer: Any = None,
    ) -> None: ...
    def run(self) -> None:
        """Run the loop: entry, exits, close, management, portfolio, progress for each bar (L2).

        What callbacks raise passes unchanged. ENGINE_PANIC tells of a defect of the engine.
        """

class CrossSymbolEventEngine:
    """Runs a strategy key by key over the candles of several symbols (L4, L5). May be derived from.

    Parameters
    ----------
    candle_lookups : mapping
        symbol -> "bid" | "ask" -> key -> candle; the order of the symbols is that of the phases.
    common_timestamps : sequence
        Ascending keys of one type: datetime, str, int or float (L4).
    strategy : object
        With ``evaluate(index, multi_slice)``.
    executor, portfolio : object
        As for EventEngine.
    primary_tf : str
        Name of the bars, such as M1.
    on_progress : callable, optional
        Called with (current, total), 1-based, after each key, or after every
        so many if it has an attribute ``every``.
    original_start_dt : key, optional
        First key that is evaluated; None: the first of all (L4.start).
    coverage : {"gaps", "strict"}
        Whether a symbol may lack a candle at a key (L5.hole, L5.coverage).
    tracer : Tracer, optional
    """

    candle_lookups: Any
    common_timestamps: Any
    strategy: Any
    executor: Any
    portfolio: Any
    primary_tf: str
    on_progress: Callable[[int, int], Any] | None
    original_start_dt: Any
    coverage: str
    tracer: Any
    holes: dict[str, int]
    crossed_bars: int
    ordinal: bool
    def __init__(
        self,
        candle_lookups: Mapping[str, Mapping[str, Mapping[Any, Any]]],
        common_timestamps: Sequence[Any],
        strategy: Any,
        executor: Any,
        portfolio: Any,
        primary_tf: str,
        on_progress: Callable[[int, int], Any] | None = None,
        original_start_dt: Any = None,
        *,
        coverage: str = "gaps",
        tracer: Any = None,
    ) -> None: ...
    def run(self) -> None:
        """Run the loop: open, entry, exits, close, management, portfolio, progress by key (L5).

        Errors
        ------
        OPTION_UNKNOWN, NO_BARS, KEY_TYPE, TIME_NAIVE, KEYS_NOT_ASCENDING, KEY_EMPTY,
        COVERAGE_MISSING, TIMES_DIFFER, CANDLE_TYPE, PRICE_NOT_FINITE, PRICE_NOT_POSITIVE,
        HIGH_TOO_LOW, LOW_TOO_HIGH, BARS_CROSSED, START_NOT_FOUND, CLOCK_REQUIRED; what callbacks
        raise passes unchanged.
        """

@final
class Sma:
    """Streaming mean of the last ``period`` values, NaN while one of them is missing (I.sma).

    Parameters
    ----------
    period : int
        Bars, at least 1.

    Errors
    ------
    PERIOD_INVALID
    """

    def __new__(cls, period: int) -> Sma: ...
    @property
    def period(self) -> int: ...
    @property
    def value(self) -> float:
        """Last value, NaN where there is none."""
    def update(self, x: float) -> float:
        """Take the next value in and return the mean."""
    def restart(self) -> None:
        """Forget every value."""

@final
class Bollinger:
    """Streaming bands: the mean and ``std_factor`` sample deviations about it (I.bollinger).

    Parameters
    ----------
    period : int
        Bars, at least 1.
    std_factor : float

    Errors
    ------
    PERIOD_INVALID, NUMBER_INVALID
    """

    def __new__(cls, period: int = 20, std_factor: float = 2.0) -> Bollinger: ...
    @property
    def period(self) -> int: ...
    @property
    def std_factor(self) -> float: ...
    @property
    def value(self) -> tuple[float, float, float]:
        """Last upper band, mean and lower band, NaN where there are none."""
    def update(self, x: float) -> tuple[float, float, float]:
        """Take the next value in and return upper band, mean and lower band."""
    def restart(self) -> None:
        """Forget every value."""

@final
class Zscore:
    """Streaming distance from a mean, in sample deviations of that distance (I.zscore).

    Parameters
    ----------
    window : int
        Bars of the deviation, and of the mean where that is ``"rolling"``; at least 1.
    mean_source : {"rolling", "ema"}
    ema_period : int, optional
        Bars of the exponential mean; needed for ``"ema"``.

    Errors
    ------
    PERIOD_INVALID, OPTION_UNKNOWN
    """

    def __new__(
        cls, window: int = 100, mean_source: str = "rolling", ema_period: int | None = None
    ) -> Zscore: ...
    @property
    def window(self) -> int: ...
    @property
    def mean_source(self) -> str: ...
    @property
    def ema_period(self) -> int | None: ...
    @property
    def value(self) -> float:
        """Last value, NaN where there is none."""
    def update(self, x: float) -> float:
        """Take the next value in and return the score."""
    def restart(self) -> None:
        """Forget every value."""

@final
class Rsi:
    """Streaming relative strength after Wilder (I.rsi).

    A change to or from a missing value is missing: the value repeats, and ages as a mean does.

    Parameters
    ----------
    period : int
        Bars, at least 1.

    Errors
    ------
    PERIOD_INVALID
    """

    def __new__(cls, period: int = 14) -> Rsi: ...
    @property
    def period(self) -> int: ...
    @property
    def value(self) -> float:
        """Last value, NaN where there is none."""
    def update(self, x: float) -> float:
        """Take the next value in and return the strength, 0 to 100."""
    def restart(self) -> None:
        """Forget every value."""

@final
class Macd:
    """Streaming difference of two exponential means, and the exponential mean of it (I.macd).

    Parameters
    ----------
    fast_period, slow_period, signal_period : int
        Bars, at least 1.

    Errors
    ------
    PERIOD_INVALID
    """

    def __new__(
        cls, fast_period: int = 12, slow_period: int = 26, signal_period: int = 9
    ) -> Macd: ...
    @property
    def fast_period(self) -> int: ...
    @property
    def slow_period(self) -> int: ...
    @property
    def signal_period(self) -> int: ...
    @property
    def value(self) -> tuple[float, float]:
        """Last difference and its mean, NaN before the first."""
    def update(self, x: float) -> tuple[float, float]:
        """Take the next value in and return the difference and its mean."""
    def restart(self) -> None:
        """Forget every value."""

@final
class Roc:
    """Streaming change over ``period`` bars, in percent (I.roc).

    Parameters
    ----------
    period : int
        Bars, at least 1.

    Errors
    ------
    PERIOD_INVALID
    """

    def __new__(cls, period: int = 14) -> Roc: ...
    @property
    def period(self) -> int: ...
    @property
    def value(self) -> float:
        """Last value, NaN where there is none."""
    def update(self, x: float) -> float:
        """Take the next value in and return the change."""
    def restart(self) -> None:
        """Forget every value."""

@final
class Dmi:
    """Streaming directional movement: +DI, -DI and ADX after Wilder (I.dmi).

    Parameters
    ----------
    period : int
        Bars, at least 1.

    Errors
    ------
    PERIOD_INVALID
    """

    def __new__(cls, period: int = 14) -> Dmi: ...
    @property
    def period(self) -> int: ...
    @property
    def value(self) -> tuple[float, float, float]:
        """Last +DI, -DI and ADX, NaN where there are none."""
    def update(self, high: float, low: float, close: float) -> tuple[float, float, float]:
        """Take the next bar in and return +DI, -DI and ADX."""
    def restart(self) -> None:
        """Forget every bar."""

@final
class Choppiness:
    """Streaming choppiness: 100 where the bars go nowhere, towards 0 in a straight line.

    Rule I.choppiness.

    Parameters
    ----------
    period : int
        Bars, at least 1; of a period of 1 there is no value.

    Errors
    ------
    PERIOD_INVALID
    """

    def __new__(cls, period: int = 14) -> Choppiness: ...
    @property
    def period(self) -> int: ...
    @property
    def value(self) -> float:
        """Last value, NaN where there is none."""
    def update(self, high: float, low: float, close: float) -> float:
        """Take the next bar in and return the choppiness."""
    def restart(self) -> None:
        """Forget every bar."""

@final
class KalmanMean:
    """Streaming Kalman filter of a level that wanders (I.kalman_mean).

    A missing value has none, and the filter goes on from its last state.

    Parameters
    ----------
    R : float
        Variance of a measurement, above 0.
    Q : float
        Variance by which the level wanders from bar to bar.

    Errors
    ------
    NUMBER_INVALID
    """

    def __new__(cls, R: float = 0.01, Q: float = 1.0) -> KalmanMean: ...
    @property
    def R(self) -> float: ...
    @property
    def Q(self) -> float: ...
    @property
    def value(self) -> float:
        """Last value, NaN where there is none."""
    def update(self, x: float) -> float:
        """Take the next value in and return the mean."""
    def restart(self) -> None:
        """Forget every value."""

@final
class KalmanZscore:
    """Streaming distance from the Kalman mean, in deviations of that distance (I.kalman_zscore).

    Parameters
    ----------
    window : int
        Bars of the deviation, at least 1.
    R, Q : float
        As of `KalmanMean`.

    Errors
    ------
    PERIOD_INVALID, NUMBER_INVALID
    """

    def __new__(cls, window: int = 100, R: float = 0.01, Q: float = 1.0) -> KalmanZscore: ...
    @property
    def window(self) -> int: ...
    @property
    def R(self) -> float: ...
    @property
    def Q(self) -> float: ...
    @property
    def value(self) -> float:
        """Last value, NaN where there is none."""
    def update(self, x: float) -> float:
        """Take the next value in and return the score."""
    def restart(self) -> None:
        """Forget every value."""

@final
class Garch:
    """Streaming GARCH(1, 1) volatility of the returns, as a fraction of the price.

    Rule I.garch_volatility. A missing return repeats the variance and changes nothing else.

    Parameters
    ----------
    alpha, beta : float
        Weights of the last squared return and of the last variance. With a sum of 1 or more there
        is no value.
    omega : float, optional
        Added to the variance at each bar; by default what makes it tend to where it began.
    use_log_returns : bool
        Logarithms of the ratio of two closes, otherwise the ratio less 1.
    scale : float
        Factor of the returns, above 0.
    min_periods : int
        Bars after the first return without a value.
    sigma_floor : float
        The scaled volatility is at least this.

    Errors
    ------
    NUMBER_INVALID, OPTION_UNKNOWN
    """

    def __new__(
        cls,
        alpha: float = 0.05,
        beta: float = 0.9,
        omega: float | None = None,
        use_log_returns: bool = True,
        scale: float = 100.0,
        min_periods: int = 50,
        sigma_floor: float = 1e-06,
    ) -> Garch: ...
    @property
    def alpha(self) -> float: ...
    @property
    def beta(self) -> float: ...
    @property
    def omega(self) -> float | None: ...
    @property
    def use_log_returns(self) -> bool: ...
    @property
    def scale(self) -> float: ...
    @property
    def min_periods(self) -> int: ...
    @property
    def sigma_floor(self) -> float: ...
    @property
    def value(self) -> float:
        """Last value, NaN where there is none."""
    def update(self, x: float) -> float:
        """Take the next close in and return the volatility."""
    def restart(self) -> None:
        """Forget every value."""

@final
class KalmanGarchZscore:
    """Streaming distance from the Kalman mean, in GARCH volatilities of the price.

    Rule I.kalman_garch_zscore.

    Parameters
    ----------
    R, Q : float
        As of `KalmanMean`.
    alpha, beta, omega, use_log_returns, scale, min_periods, sigma_floor
        As of `Garch`.

    Errors
    ------
    NUMBER_INVALID, OPTION_UNKNOWN
    """

    def __new__(
        cls,
        R: float = 0.01,
        Q: float = 1.0,
        alpha: float = 0.05,
        beta: float = 0.9,
        omega: float | None = None,
        use_log_returns: bool = True,
        scale: float = 100.0,
        min_periods: int = 50,
        sigma_floor: float = 1e-06,
    ) -> KalmanGarchZscore: ...
    @property
    def R(self) -> float: ...
    @property
    def Q(self) -> float: ...
    @property
    def alpha(self) -> float: ...
    @property
    def beta(self) -> float: ...
    @property
    def omega(self) -> float | None: ...
    @property
    def use_log_returns(self) -> bool: ...
    @property
    def scale(self) -> float: ...
    @property
    def min_periods(self) -> int: ...
    @property
    def sigma_floor(self) -> float: ...
    @property
    def value(self) -> float:
        """Last value, NaN where there is none."""
    def update(self, x: float) -> float:
        """Take the next close in and return the score."""
    def restart(self) -> None:
        """Forget every value."""

@final
class IndicatorCache:
    """Indicators over aligned candles; arrays as long as the list of their timeframe.

    A result is kept by method and arguments, but for the ``*_local`` ones. Arrays are read-only
    float64, NaN where there is no value. From a slice they end at its current bar.

    Parameters
    ----------
    multi_candle_data : mapping
        timeframe -> "bid" | "ask" -> candles aligned with the primary bars, None where there
        is none. Read once: what changes in it afterwards is not seen.

    Errors
    ------
    Of every method: TIMEFRAME_UNKNOWN, SIDE_UNKNOWN; PERIOD_INVALID, NUMBER_INVALID,
    OPTION_UNKNOWN of its settings; CANDLE_TYPE, TIME_TYPE, TIME_NAIVE of the candles.
    """

    def __new__(
        cls, multi_candle_data: Mapping[str, Mapping[str, Sequence[Any]]]
    ) -> IndicatorCache: ...
    def at(self, series: Any, index: int) -> float | None:
        """Return a value of an array as a float, None for NaN and outside the array."""
    def ema(self, tf: str, price_type: str, period: int) -> NDArray[np.float64]:
        """Exponential mean (I.ema, I.ema_gap)."""
    def sma(self, tf: str, price_type: str, period: int) -> NDArray[np.float64]:
        """Mean (I.sma)."""
    def rsi(self, tf: str, price_type: str, period: int = 14) -> NDArray[np.float64]:
        """Relative strength, 0 to 100 (I.rsi)."""
    def macd(
        self,
        tf: str,
        price_type: str,
        fast_period: int = 12,
        slow_period: int = 26,
        signal_period: int = 9,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Difference of two exponential means, and its exponential mean (I.macd)."""
    def roc(self, tf: str, price_type: str, period: int = 14) -> NDArray[np.float64]:
        """Change over some bars, in percent (I.roc)."""
    def dmi(
        self, tf: str, price_type: str, period: int = 14
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """+DI, -DI and ADX (I.dmi)."""
    def bollinger(
        self, tf: str, price_type: str, period: int = 20, std_factor: float = 2.0
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Upper band, mean and lower band (I.bollinger)."""
    def atr(self, tf: str, price_type: str, period: int = 14) -> NDArray[np.float64]:
        """Average true range (I.atr)."""
    def choppiness(self, tf: str, price_type: str, period: int = 14) -> NDArray[np.float64]:
        """Choppiness index (I.choppiness)."""
    def zscore(
        self,
        tf: str,
        price_type: str,
        window: int = 100,
        mean_source: str = "rolling",
        ema_period: int | None = None,
    ) -> NDArray[np.float64]:
        """Distance from a mean in deviations of that distance (I.zscore)."""
    def kalman_mean(
        self, tf: str, price_type: str, R: float = 0.01, Q: float = 1.0
    ) -> NDArray[np.float64]:
        """Kalman filter of the level (I.kalman_mean)."""
    def kalman_zscore(
        self, tf: str, price_type: str, window: int = 100, R: float = 0.01, Q: float = 1.0
    ) -> NDArray[np.float64]:
        """Distance from the Kalman mean in deviations of that distance (I.kalman_zscore)."""
    def garch_volatility(
        self,
        tf: str,
        price_type: str,
        alpha: float = 0.05,
        beta: float = 0.9,
        omega: float | None = None,
        use_log_returns: bool = True,
        scale: float = 100.0,
        min_periods: int = 50,
        sigma_floor: float = 1e-06,
    ) -> NDArray[np.float64]:
        """GARCH(1, 1) volatility as a fraction of the price (I.garch_volatility)."""
    def kalman_garch_zscore(
        self,
        tf: str,
        price_type: str,
        R: float = 0.01,
        Q: float = 1.0,
        alpha: float = 0.05,
        beta: float = 0.9,
        omega: float | None = None,
        use_log_returns: bool = True,
        scale: float = 100.0,
        min_periods: int = 50,
        sigma_floor: float = 1e-06,
    ) -> NDArray[np.float64]:
        """Distance from the Kalman mean in GARCH volatilities (I.kalman_garch_zscore)."""
    def garch_volatility_local(
        self,
        tf: str,
        price_type: str,
        idx: int,
        lookback: int = 400,
        alpha: float = 0.05,
        beta: float = 0.9,
        omega: float | None = None,
        use_log_returns: bool = True,
        scale: float = 100.0,
        min_periods: int = 50,
        sigma_floor: float = 1e-06,
    ) -> NDArray[np.float64]:
        """`garch_volatility` of the last bars up to idx alone (I.local)."""
    def kalman_garch_zscore_local(
        self,
        tf: str,
        price_type: str,
        idx: int,
        lookback: int = 400,
        R: float = 0.01,
        Q: float = 1.0,
        alpha: float = 0.05,
        beta: float = 0.9,
        omega: float | None = None,
        use_log_returns: bool = True,
        scale: float = 100.0,
        min_periods: int = 50,
        sigma_floor: float = 1e-06,
    ) -> float | None:
        """`kalman_garch_zscore` at idx, of the last bars up to it alone (I.local)."""
    def vol_cluster_series(
        self,
        tf: str,
        price_type: str,
        idx: int,
        feature: str,
        atr_length: int = 14,
        garch_lookback: int = 400,
        garch_alpha: float = 0.05,
        garch_beta: float = 0.9,
        garch_omega: float | None = None,
        garch_use_log_returns: bool = True,
        garch_scale: float = 100.0,
        garch_min_periods: int = 50,
        garch_sigma_floor: float = 1e-06,
    ) -> NDArray[np.float64]:
        """`atr` for the feature "atr_points", else `garch_volatility_local` (I.local)."""
    def ema_stepwise(self, tf: str, price_type: str, period: int) -> NDArray[np.float64]:
        """`ema` of the new candles alone, carried forward (I.stepwise)."""
    def bollinger_stepwise(
        self, tf: str, price_type: str, period: int = 20, std_factor: float = 2.0
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """`bollinger` of the new candles alone, carried forward (I.stepwise)."""
    def kalman_zscore_stepwise(
        self, tf: str, price_type: str, window: int = 100, R: float = 0.01, Q: float = 1.0
    ) -> NDArray[np.float64]:
        """`kalman_zscore` of the new candles alone, carried forward (I.stepwise)."""
    def get_df(self, tf: str, price_type: str) -> Any:
        """Open, high, low, close and volume as a pandas table, by time; needs pandas."""
    def get_closes(self, tf: str, price_type: str) -> Any:
        """Give the closes as a pandas series, by time; needs pandas."""

@final
class IndicatorBatch:
    """Columns of indicators; ``batch[i]`` is the row of bar i, a dict of name to float.

    NaN stands where there is no value. Made by :func:`precompute_indicators`.

    Attributes
    ----------
    columns : dict
        name -> read-only array.
    """

    @property
    def columns(self) -> dict[str, NDArray[np.float64]]:
        """Name -> read-only array."""
    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> dict[str, float]: ...
