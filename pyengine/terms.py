"""What every signal and every trade asks of the settings, read once.

Only of settings of our own classes, which nobody can change: those of the user are asked each time.
"""

from __future__ import annotations

from typing import Any

from .arithmetic import is_finite, snap_level, ticks
from .config import FeeModel, FixedLots, RiskAmount, SlippageModel
from .orders import is_beside, least_ticks
from .quotes import Quote
from .signals import CheckedSignal
from .sizing import fixed_lots
from .symbols import SymbolSpec

NAN = float("nan")


class Terms:
    """What an executor asks of its costs and of its sizing.

    Parameters
    ----------
    slippage_model, fee_model, sizing : object
    risk_per_trade : float
        Account currency, where the sizing names none.

    Attributes
    ----------
    slips : bool
        False where the model is known never to slip.
    knows_fees : bool
        Whether per_lot, per_million, percent and minimum stay as they are.
    knows_risk : bool
        Whether every order risks `risked`.
    lots : float or None
        What every order has; None where each is sized on its own.
    """

    def __init__(
        self, slippage_model: Any, fee_model: Any, sizing: Any, risk_per_trade: float
    ) -> None:
        self.slips = type(slippage_model) is not SlippageModel or (
            slippage_model.fixed_pips != 0.0 or slippage_model.random_pips != 0.0
        )
        self.knows_fees = type(fee_model) is FeeModel
        self.per_lot = self.per_million = self.percent = self.minimum = 0.0
        if self.knows_fees:
            self.per_lot, self.per_million = fee_model.per_lot, fee_model.per_million
            self.percent, self.minimum = fee_model.percent, fee_model.minimum
        self.knows_risk = type(sizing) is FixedLots or type(sizing) is RiskAmount
        self.risked = sizing.amount if type(sizing) is RiskAmount else risk_per_trade
        self.lots: float | None = sizing.lots if type(sizing) is FixedLots else None


class SymbolTerms:
    """What an executor asks of a symbol that has digits.

    Parameters
    ----------
    symbol : str
    spec : SymbolSpec
    digits : int
    lots : float or None
        What every order has.

    Attributes
    ----------
    least_ticks : float
        How far a level has to be from the reference price (S3.distance).
    unit : float
        What a unit of price is worth where nothing is converted (P2.unit_value, P5.unit_value).
    sized : tuple or None
        What fixed_lots makes of the lots.
    """

    def __init__(self, symbol: str, spec: SymbolSpec, digits: int, lots: float | None) -> None:
        self.symbol = symbol
        self.spec = spec
        self.digits = digits
        self.pip_size = spec.pip_size
        self.least_ticks = least_ticks(spec, digits)
        self.unit = spec.unit_value if spec.quote_currency is None else spec.contract_size
        self.sized = None if lots is None else fixed_lots(lots, spec)


def symbol_terms(symbol: str, spec: Any, lots: float | None) -> SymbolTerms | None:
    """Return what is asked of a symbol; None where the specification is asked itself."""
    if type(spec) is not SymbolSpec or spec.digits is None:
        return None
    return SymbolTerms(symbol, spec, spec.digits, lots)


def stands_well(
    level: float,
    below: bool,
    sign: float,
    reference: float,
    bid: float,
    ask: float,
    terms: SymbolTerms,
) -> bool:
    """Tell whether nothing is to be said against a level of a market order; NaN is none (S3)."""
    if level != level:
        return True
    if not is_finite(level):
        return False
    price = snap_level(level, terms.digits, sign)
    apart = ticks(reference, price, terms.digits)
    return is_beside(price, below, bid, ask) and apart >= terms.least_ticks


def stand_well(asked: CheckedSignal, reference: float, quote: Quote, terms: SymbolTerms) -> bool:
    """Tell whether nothing is to be said against the levels of a market order (S3)."""
    sign, bid, ask = asked.sign, quote.bid_close, quote.ask_close
    stop = NAN if asked.stop is None else asked.stop
    target = NAN if asked.target is None else asked.target
    return stands_well(stop, sign > 0.0, sign, reference, bid, ask, terms) and stands_well(
        target, sign < 0.0, sign, reference, bid, ask, terms
    )
