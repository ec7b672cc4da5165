"""What a run is configured with: symbol, costs, sizing, policy. Values, checked when made."""

from __future__ import annotations

from .arithmetic import floor, is_finite
from .errors import make_error

LOT_UNIT = 1e8  # volumes are counted in whole hundred-millionths of a lot (E4)


def number(value: object, field: str, *, least: float, above: bool = False) -> float:
    """Read a setting as a finite float that is at least (or above) a bound.

    Errors
    ------
    NUMBER_INVALID
    """
    expected = f"a finite number {'>' if above else '>='} {least}"
    if isinstance(value, bool) or not (
        hasattr(type(value), "__float__") or hasattr(type(value), "__index__")
    ):
        raise make_error("NUMBER_INVALID", field=field, value=value, expected=expected)
    x = float(value)  # type: ignore[arg-type]
    if not is_finite(x) or x < least or (above and x == least):
        raise make_error("NUMBER_INVALID", field=field, value=value, expected=expected)
    return x + 0.0


def is_name(value: object) -> bool:
    """Tell whether a value is text that is not empty."""
    return isinstance(value, str) and value != ""


def is_whole(value: object) -> bool:
    """Tell whether a value is an int, True and False left out."""
    return isinstance(value, int) and not isinstance(value, bool)


class Settings:
    """A frozen value: its fields are named once, compared, shown and pickled by name."""

    _fields: tuple[str, ...] = ()

    def _values(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self._fields)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} is read-only")

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __eq__(self, other: object) -> bool:
        if type(other).__name__ != type(self).__name__:
            return NotImplemented
        return self._values() == tuple(getattr(other, name, None) for name in self._fields)

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._values()))

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._fields)
        return f"{type(self).__name__}({inside})"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), self._values()


class SymbolSpec(Settings):
    """What one lot of a symbol is: pip, price grid, contract and volume grid.

    Parameters
    ----------
    symbol : str
    pip_size : float
        Price units of one pip, 0.0001 for EURUSD.
    digits : int, optional
        Decimals of a quoted price, 0 to 15; levels and slipped fills are snapped to them
        (N2). None: nothing is snapped.
    contract_size : float
        Units of the base currency in one lot.
    volume_min, volume_step, volume_max : float
        Volume grid in lots (E4).
    tick_size, tick_value : float, optional
        Both given: one lot gains tick_value for each tick_size of price (P2.unit_value).
    min_stop_distance : float
        Least distance of stop and target from the price, in price units (S3.distance).

    Examples
    --------
    >>> SymbolSpec("EURUSD", 0.0001, 5).unit_value
    100000.0
    """

    _fields = (
        "symbol", "pip_size", "digits", "contract_size", "volume_min", "volume_step",
        "volume_max", "tick_size", "tick_value", "min_stop_distance",
    )  # fmt: skip

    symbol: str
    pip_size: float
    digits: int | None
    contract_size: float
    volume_min: float
    volume_step: float
    volume_max: float
    tick_size: float | None
    tick_value: float | None
    min_stop_distance: float

    def __init__(
        self,
        symbol: str,
        pip_size: float,
        digits: int | None = None,
        contract_size: float = 100000.0,
        volume_min: float = 0.01,
        volume_step: float = 0.01,
        volume_max: float = 100.0,
        tick_size: float | None = None,
        tick_value: float | None = None,
        min_stop_distance: float = 0.0,
    ) -> None:
        if not is_name(symbol):
            raise make_error("SPEC_INVALID", field="symbol", value=symbol, expected="a name")
        if digits is not None and not (is_whole(digits) and 0 <= digits <= 15):
            raise make_error(
                "SPEC_INVALID", symbol=symbol, field="digits", value=digits,
                expected="a whole number from 0 to 15, or None",
            )  # fmt: skip
        if (tick_size is None) != (tick_value is None):
            raise make_error(
                "SPEC_INVALID", symbol=symbol, field="tick_size, tick_value",
                value="tick_value alone" if tick_size is None else "tick_size alone",
                expected="both or neither",
            )  # fmt: skip
        self._set(
            symbol=symbol,
            pip_size=number(pip_size, "pip_size", least=0.0, above=True),
            digits=digits,
            contract_size=number(contract_size, "contract_size", least=0.0, above=True),
            volume_min=number(volume_min, "volume_min", least=1e-8),
            volume_step=number(volume_step, "volume_step", least=1e-8),
            volume_max=number(volume_max, "volume_max", least=1e-8),
            tick_size=None
            if tick_size is None
            else number(tick_size, "tick_size", least=0.0, above=True),
            tick_value=None
            if tick_value is None
            else number(tick_value, "tick_value", least=0.0, above=True),
            min_stop_distance=number(min_stop_distance, "min_stop_distance", least=0.0),
        )
        if self.volume_max < self.volume_min:
            raise make_error(
                "SPEC_INVALID", symbol=symbol, field="volume_max", value=volume_max,
                expected=f">= volume_min {self.volume_min}",
            )  # fmt: skip

    @property
    def unit_value(self) -> float:
        """Account currency gained by one lot per unit of price (P2.unit_value)."""
        if self.tick_size is not None and self.tick_value is not None:
            return self.tick_value / self.tick_size
        return self.contract_size

    def volume_units(self) -> tuple[float, float, float]:
        """Return volume_min, volume_step, volume_max in hundred-millionths of a lot (E4)."""
        return (
            floor((self.volume_min * LOT_UNIT) + 0.5),
            floor((self.volume_step * LOT_UNIT) + 0.5),
            floor((self.volume_max * LOT_UNIT) + 0.5),
        )


class SlippageModel(Settings):
    """Adverse slippage of market fills and stops, in pips (E1, X2).

    >>> SlippageModel(fixed_pips=0.2)
    SlippageModel(fixed_pips=0.2)
    """

    _fields = ("fixed_pips",)
    fixed_pips: float

    def __init__(self, fixed_pips: float = 0.0) -> None:
        self._set(fixed_pips=number(fixed_pips, "fixed_pips", least=0.0))


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


def choice(value: object, field: str, options: tuple[str, ...]) -> str:
    """Read a setting that is one of a few words.

    Errors
    ------
    OPTION_UNKNOWN
    """
    if not isinstance(value, str) or value not in options:
        raise make_error("OPTION_UNKNOWN", field=field, value=value, expected=" or ".join(options))
    return value


class ExecutionPolicy(Settings):
    """How orders fill and what happens at the edges of the data.

    Parameters
    ----------
    market_fill : {"close", "next_open"}
        A market order fills at the close of the signal's bar (E1.close) or at the next
        bar's open (E1.next_open; the better choice for daily or gappy data).
    close_at_end : bool
        Close what is open on the last bar (X5.close_at_end), else leave it marked.
    on_crossed : {"warn", "error"}
        What bars with an ask below the bid lead to (T2.crossed).

    Examples
    --------
    >>> ExecutionPolicy.canonical().market_fill
    'close'
    """

    _fields = ("market_fill", "close_at_end", "on_crossed")
    market_fill: str
    close_at_end: bool
    on_crossed: str

    def __init__(
        self,
        market_fill: str = "close",
        close_at_end: bool = False,
        on_crossed: str = "warn",
    ) -> None:
        if not isinstance(close_at_end, bool):
            raise make_error(
                "OPTION_UNKNOWN", field="close_at_end", value=close_at_end, expected="True or False"
            )
        self._set(
            market_fill=choice(market_fill, "market_fill", ("close", "next_open")),
            close_at_end=close_at_end,
            on_crossed=choice(on_crossed, "on_crossed", ("warn", "error")),
        )

    @classmethod
    def canonical(cls) -> ExecutionPolicy:
        """Return the default policy."""
        return cls()
