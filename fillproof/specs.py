"""What a symbol is when nobody said: a guess for forex pairs, shown wherever it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fillproof.errors import ConfigError

if TYPE_CHECKING:
    from fillproof._face import SymbolSpec


class SpecFields(NamedTuple):
    """The fields of a `SymbolSpec` of any backend, with the same defaults."""

    symbol: str
    pip_size: float
    digits: int | None = None
    contract_size: float = 100000.0
    volume_min: float = 0.01
    volume_step: float = 0.01
    volume_max: float = 100.0
    base_currency: str | None = None
    quote_currency: str | None = None
    tick_size: float | None = None
    tick_value: float | None = None
    min_stop_distance: float = 0.0
    swap_long: float = 0.0
    swap_short: float = 0.0
    swap_triple: str = "Wed"
    leverage: float | None = None

    def text(self) -> str:
        """Say the specification in one line.

        Examples
        --------
        >>> spec_fields("USDJPY").text()
        'USDJPY: pip 0.01, 3 digits, contract 100000, volume 0.01 to 100 in steps of 0.01'
        """
        digits = "no grid" if self.digits is None else f"{self.digits} digits"
        swap = ""
        if self.swap_long or self.swap_short:
            swap = f", swap {self.swap_long:g} long, {self.swap_short:g} short"
        return (
            f"{self.symbol}: pip {self.pip_size:g}, {digits}, contract {self.contract_size:g}, "
            f"volume {self.volume_min:g} to {self.volume_max:g} in steps of {self.volume_step:g}"
            f"{swap}"
        )


def is_forex(symbol: str) -> bool:
    """Tell whether a symbol has the form of a currency pair: six capital letters."""
    return len(symbol) == 6 and symbol.isascii() and symbol.isalpha() and symbol.isupper()


def spec_fields(symbol: str, *, currencies: bool = False) -> SpecFields:
    """Guess the specification of a forex pair from its name.

    Quoted in yen: pip 0.01, 3 digits; every other: pip 0.0001, 5 digits. Contract 100,000.

    Parameters
    ----------
    symbol : str
        Six capital letters.
    currencies : bool
        Name base and quote currency, too, by which an executor with rates converts (P5).

    Raises
    ------
    ConfigError
        ``SPEC_REQUIRED``: the name is not that of a forex pair.

    Examples
    --------
    >>> spec_fields("EURUSD").digits
    5
    """
    if not is_forex(symbol):
        raise ConfigError(
            f"symbol {symbol!r} has no SymbolSpec and is not a name of six capital letters such as "
            "EURUSD; pass a SymbolSpec",
            code="SPEC_REQUIRED",
            symbol=symbol,
            field="symbol_spec",
            expected="a SymbolSpec",
        )
    yen = symbol.endswith("JPY")
    fields = SpecFields(symbol, 0.01 if yen else 0.0001, 3 if yen else 5)
    if currencies:
        fields = fields._replace(base_currency=symbol[:3], quote_currency=symbol[3:])
    return fields


def default_spec(symbol: str, backend: str | None = None) -> SymbolSpec:
    """Make the `SymbolSpec` that `spec_fields` guesses, on a backend.

    Parameters
    ----------
    symbol : str
        Six capital letters.
    backend : str, optional
        The one in use by default.

    Examples
    --------
    >>> default_spec("EURUSD", "python").pip_size
    0.0001
    """
    from fillproof.backends import resolve

    spec: SymbolSpec = resolve(backend)[1].SymbolSpec(*spec_fields(symbol))
    return spec
