"""What a run is configured with: costs, sizing, policy. Values, checked when made."""

from __future__ import annotations

from .errors import make_error
from .settings import Settings, choice, flag, number, whole

SEED_MOST = 2**64 - 1
COUNT_MOST = 2**31 - 1


class SlippageModel(Settings):
    """Adverse slippage of market fills and stops, in pips (E1, X2, N3).

    Parameters
    ----------
    fixed_pips : float
    random_pips : float
        Times a number from 0 to 1 that depends on seed, order and side alone (N3.random).
    seed : int
        0 to 2^64 - 1.

    Examples
    --------
    >>> SlippageModel(fixed_pips=0.2)
    SlippageModel(fixed_pips=0.2, random_pips=0.0, seed=0)
    """

    _fields = ("fixed_pips", "random_pips", "seed")
    fixed_pips: float
    random_pips: float
    seed: int

    def __init__(self, fixed_pips: float = 0.0, random_pips: float = 0.0, seed: int = 0) -> None:
        self._set(
            fixed_pips=number(fixed_pips, "fixed_pips", least=0.0),
            random_pips=number(random_pips, "random_pips", least=0.0),
            seed=whole(seed, "seed", least=0, most=SEED_MOST),
        )


class FeeModel(Settings):
    """Commission per side, all in account currency (P4.fee).

    Parameters
    ----------
    per_lot : float
        For each lot.
    per_million : float
        For each million of notional.
    percent : float
        Percent of notional.
    minimum : float
        At least this for each side.

    Examples
    --------
    >>> FeeModel(per_lot=3.5).per_lot
    3.5
    """

    _fields = ("per_lot", "per_million", "percent", "minimum")
    per_lot: float
    per_million: float
    percent: float
    minimum: float

    def __init__(
        self,
        per_lot: float = 0.0,
        per_million: float = 0.0,
        percent: float = 0.0,
        minimum: float = 0.0,
    ) -> None:
        self._set(
            per_lot=number(per_lot, "per_lot", least=0.0),
            per_million=number(per_million, "per_million", least=0.0),
            percent=number(percent, "percent", least=0.0),
            minimum=number(minimum, "minimum", least=0.0),
        )


class FixedLots(Settings):
    """The same volume for every order, not rounded (E4.fixed_lots).

    >>> FixedLots(0.1).lots
    0.1
    """

    _fields = ("lots",)
    lots: float

    def __init__(self, lots: float) -> None:
        self._set(lots=number(lots, "lots", least=0.0, above=True))


class RiskAmount(Settings):
    """Volume such that the initial stop loses this much account currency (E4.risk_amount).

    >>> RiskAmount(100).amount
    100.0
    """

    _fields = ("amount",)
    amount: float

    def __init__(self, amount: float) -> None:
        self._set(amount=number(amount, "amount", least=0.0, above=True))


class RiskFraction(Settings):
    """Volume such that the initial stop loses this fraction of equity (E4.risk_fraction).

    >>> RiskFraction(0.01).fraction
    0.01
    """

    _fields = ("fraction",)
    fraction: float

    def __init__(self, fraction: float) -> None:
        self._set(fraction=number(fraction, "fraction", least=0.0, above=True))


class ExecutionPolicy(Settings):
    """How orders fill, which way a bar is read, and what happens at the edges of the data.

    Parameters
    ----------
    market_fill : {"close", "next_open", "signal"}
        A market order fills at the close of the signal's bar (E1.close), at the next bar's open
        (E1.next_open; the better choice for daily or gappy data) or at its own entry price
        (E1.signal).
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

    Examples
    --------
    >>> ExecutionPolicy.canonical().market_fill
    'close'
    >>> ExecutionPolicy.parity().exit_buffer_pips
    0.5
    """

    _fields = (
        "market_fill", "close_at_end", "on_crossed", "intrabar", "gap_fill", "on_marketable",
        "limit_through_pips", "exit_buffer_pips", "below_min", "max_positions",
        "max_positions_symbol", "preset",
    )  # fmt: skip
    market_fill: str
    close_at_end: bool
    on_crossed: str
    intrabar: str
    gap_fill: str
    on_marketable: str
    limit_through_pips: float
    exit_buffer_pips: float
    below_min: str
    max_positions: int | None
    max_positions_symbol: int | None
    preset: str

    def __init__(
        self,
        market_fill: str = "close",
        close_at_end: bool = False,
        on_crossed: str = "warn",
        intrabar: str = "worst",
        gap_fill: str = "open",
        on_marketable: str = "fill",
        limit_through_pips: float = 0.0,
        exit_buffer_pips: float = 0.0,
        below_min: str = "reject",
        max_positions: int | None = None,
        max_positions_symbol: int | None = None,
        preset: str = "canonical",
    ) -> None:
        self._set(
            market_fill=choice(market_fill, "market_fill", MARKET_FILLS),
            close_at_end=flag(close_at_end, "close_at_end"),
            on_crossed=choice(on_crossed, "on_crossed", ("warn", "error")),
            intrabar=choice(intrabar, "intrabar", INTRABARS),
            gap_fill=choice(gap_fill, "gap_fill", ("open", "level")),
            on_marketable=choice(on_marketable, "on_marketable", ("fill", "reject")),
            limit_through_pips=number(limit_through_pips, "limit_through_pips", least=0.0),
            exit_buffer_pips=number(exit_buffer_pips, "exit_buffer_pips", least=0.0),
            below_min=choice(below_min, "below_min", ("reject", "clamp")),
            max_positions=_count(max_positions, "max_positions"),
            max_positions_symbol=_count(max_positions_symbol, "max_positions_symbol"),
            preset=choice(preset, "preset", ("canonical", "parity")),
        )
        if preset == "parity":
            self._check_parity()

    def _check_parity(self) -> None:
        """Refuse what the preset parity would ignore (R6.options)."""
        for field, only in PARITY_ONLY:
            value = getattr(self, field)
            if value != only:
                raise make_error("PRESET_OPTION", field=field, value=value, expected=repr(only))

    @classmethod
    def canonical(cls) -> ExecutionPolicy:
        """Return the default policy."""
        return cls()

    @classmethod
    def parity(cls) -> ExecutionPolicy:
        """Return the policy of the preset parity (R)."""
        return cls(
            market_fill="signal", gap_fill="level", exit_buffer_pips=0.5, preset="parity"
        )  # fmt: skip


MARKET_FILLS = ("close", "next_open", "signal")
INTRABARS = (
    "worst", "worst_strict", "best", "ohlc", "olhc", "nearest_extreme", "candle_color",
    "drilldown",
)  # fmt: skip
PARITY_ONLY = (
    ("market_fill", "signal"), ("intrabar", "worst"), ("gap_fill", "level"),
    ("on_marketable", "fill"), ("limit_through_pips", 0.0), ("below_min", "reject"),
    ("max_positions", None), ("max_positions_symbol", None),
)  # fmt: skip


def _count(value: object, field: str) -> int | None:
    return None if value is None else whole(value, field, least=1, most=COUNT_MOST)
