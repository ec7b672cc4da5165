"""What one lot of a symbol is, and what it costs to hold (rules E4, N2, P2, P6, A1)."""

from __future__ import annotations

from .arithmetic import floor
from .errors import make_error
from .rollover import NIGHTS
from .settings import Settings, choice, is_currency, is_name, is_whole, number

LARGEST = 1.7976931348623157e308
LOT_UNIT = 1e8  # volumes are counted in whole hundred-millionths of a lot (E4)


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
    base_currency, quote_currency : str, optional
        Currencies of the pair. With a quote currency results are converted by the executor's
        rates (P5); the base currency is what margin is counted in (A1).
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

    Examples
    --------
    >>> SymbolSpec("EURUSD", 0.0001, 5).unit_value
    100000.0
    """

    _fields = (
        "symbol", "pip_size", "digits", "contract_size", "volume_min", "volume_step",
        "volume_max", "base_currency", "quote_currency", "tick_size", "tick_value",
        "min_stop_distance", "swap_long", "swap_short", "swap_triple", "leverage",
    )  # fmt: skip

    symbol: str
    pip_size: float
    digits: int | None
    contract_size: float
    volume_min: float
    volume_step: float
    volume_max: float
    base_currency: str | None
    quote_currency: str | None
    tick_size: float | None
    tick_value: float | None
    min_stop_distance: float
    swap_long: float
    swap_short: float
    swap_triple: str
    leverage: float | None

    def __init__(
        self,
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
    ) -> None:
        if not is_name(symbol):
            raise make_error("SPEC_INVALID", field="symbol", value=symbol, expected="a name")
        if digits is not None and not (is_whole(digits) and 0 <= digits <= 15):
            raise make_error(
                "SPEC_INVALID", symbol=symbol, field="digits", value=digits,
                expected="a whole number from 0 to 15, or None",
            )  # fmt: skip
        for field, currency in (
            ("base_currency", base_currency), ("quote_currency", quote_currency),
        ):  # fmt: skip
            if currency is not None and not is_currency(currency):
                raise make_error(
                    "SPEC_INVALID", symbol=symbol, field=field, value=currency,
                    expected="a name without a slash, such as EUR, or None",
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
            base_currency=base_currency,
            quote_currency=quote_currency,
            min_stop_distance=number(min_stop_distance, "min_stop_distance", least=0.0),
            swap_long=number(swap_long, "swap_long", least=-LARGEST),
            swap_short=number(swap_short, "swap_short", least=-LARGEST),
            swap_triple=choice(swap_triple, "swap_triple", NIGHTS),
            leverage=None
            if leverage is None
            else number(leverage, "leverage", least=0.0, above=True),
        )
        if digits is None and self.swap_field() is not None:
            raise make_error(
                "SPEC_INVALID", symbol=symbol, field="digits", value=None,
                expected="the decimals of a price, in which swap counts",
            )  # fmt: skip
        if self.volume_max < self.volume_min:
            raise make_error(
                "SPEC_INVALID", symbol=symbol, field="volume_max", value=volume_max,
                expected=f">= volume_min {self.volume_min}",
            )  # fmt: skip

    def swap_field(self) -> str | None:
        """Name the first swap that is not zero; None where holding costs nothing."""
        if self.swap_long != 0.0:
            return "swap_long"
        return None if self.swap_short == 0.0 else "swap_short"

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
