"""What may stand against a signal, besides its levels (rules S1, S3, E4)."""

from __future__ import annotations

from .candles import from_time_us
from .commands import Commands
from .errors import make_error
from .orders import Breach
from .positions import OPEN, PENDING
from .quotes import Quote
from .rule_ids import (
    E4_RISK_AMOUNT,
    E4_RISK_FRACTION,
    S3_EQUITY,
    S3_MARKETABLE,
    S3_MAX_POSITIONS,
    S3_MAX_POSITIONS_SYMBOL,
    S3_NO_BAR,
    S3_NO_ENTRY,
    S3_RISK_WITHOUT_STOP,
    S3_UNKNOWN_SYMBOL,
)
from .signals import CheckedSignal
from .sizing import fixed_lots, risk_lots
from .symbols import SymbolSpec
from .terms import SymbolTerms, symbol_terms
from .triggers import LIMIT, MARKET, is_marketable


class NoRoom:
    """What refuses every market order of a symbol that nothing else is to be said against.

    Attributes
    ----------
    terms : SymbolTerms
    counted, of_symbol : int
        How many positions there are, and of the symbol.
    breach : tuple
        Of the number of positions.
    """

    def __init__(self, terms: SymbolTerms, counted: int, of_symbol: int, breach: Breach) -> None:
        self.terms = terms
        self.counted = counted
        self.of_symbol = of_symbol
        self.breach = breach


class Admission(Commands):
    """Checks signals and sizes them; what it finds is recorded by Acceptance."""

    def _check_equity(self) -> Breach | None:
        """Check that there is equity to open anything with (S3.equity)."""
        if self._parity or not self._is_without_equity():
            return None
        return S3_EQUITY, "equity", float(self._portfolio.equity), "> 0.0"

    def _check_known(self, symbol: str, quote: Quote | None) -> Breach | None:
        if symbol not in self._symbol_specs and (self._symbol_specs or quote is None):
            known = ", ".join(self._symbol_specs or self._quotes)
            return S3_UNKNOWN_SYMBOL, "symbol", symbol, known
        if quote is None or quote.time_us != self._blotter.time_us:
            return S3_NO_BAR, "symbol", symbol, "a bar at this time"
        return None

    def _check_room(self, asked: CheckedSignal, entry: float, quote: Quote) -> Breach | None:
        """Check marketable and the largest numbers of positions (S3)."""
        if asked.order_type != MARKET and self._policy.on_marketable == "reject":
            close = quote.opening_close(asked.sign)
            if is_marketable(asked.order_type, entry, asked.sign, close):
                below = (asked.sign > 0.0) == (asked.order_type == LIMIT)
                expected = f"{'<' if below else '>'} {close!r}"
                return S3_MARKETABLE, "entry_price", entry, expected
        return self._check_count(asked.symbol)

    def _no_room(self, symbol: str) -> NoRoom | None:
        """Return what refuses every market order of a symbol now; None where each is looked at."""
        if (self._most is None and self._most_of_symbol is None) or not self._blotter.active:
            return None
        terms = self._terms_of(symbol)
        if terms is None or self._strict or self._tracer is not None:
            return None
        self._count(symbol)
        full, active, held = self._full, self._counted, self._counted_of_symbol
        if (
            full is None
            or full.terms is not terms
            or full.counted != active
            or full.of_symbol != held
        ):
            breach = self._check_count(symbol)
            if breach is None:
                return None
            full = self._full = NoRoom(terms, active, held, breach)
        return full

    def _terms_of(self, symbol: str) -> SymbolTerms | None:
        """Return what is known of a symbol, once for all; None where its spec is to be asked."""
        last = self._last_terms
        if last is not None and last.symbol is symbol:
            return last
        if symbol not in self._symbol_terms:
            spec = self._symbol_specs.get(symbol)
            self._symbol_terms[symbol] = symbol_terms(symbol, spec, self._terms.lots)
        self._last_terms = self._symbol_terms[symbol]
        return self._last_terms

    def _count(self, symbol: str) -> None:
        """Count what is active, and of a symbol."""
        active, held = 0, 0
        for position in self._blotter.active:
            if position.status == OPEN or position.status == PENDING:
                active += 1
                if position.symbol == symbol:
                    held += 1
        self._counted, self._counted_of_symbol = active, held

    def _check_count(self, symbol: str) -> Breach | None:
        """Check the largest numbers of positions (S3)."""
        if (self._most is None and self._most_of_symbol is None) or not self._blotter.active:
            return None
        self._count(symbol)
        active, held = self._counted, self._counted_of_symbol
        most = self._most
        if most is not None and active >= most:
            return S3_MAX_POSITIONS, "max_positions", float(active), f"below {most}"
        most = self._most_of_symbol
        if most is not None and held >= most:
            expected = f"below {most} of {symbol}"
            return S3_MAX_POSITIONS_SYMBOL, "max_positions_symbol", float(held), expected
        return None

    def _check_session(self, quote: Quote) -> Breach | None:
        """Check the hours without entries (S3.no_entry)."""
        session = self._session
        if session is None or not session.refuses(quote.time_us):
            return None
        end = from_time_us(quote.time_us + session.length_us).isoformat()
        return S3_NO_ENTRY, "session", end, "an end of the bar outside of no_entry"

    def _require_spec(self, asked: CheckedSignal, spec: SymbolSpec | None) -> None:
        """Refuse options that count in pips for a symbol without a specification."""
        if spec is not None or self._parity:
            return
        model, policy = self._slippage_model, self._policy
        if model.fixed_pips != 0.0 or model.random_pips != 0.0:
            self._pip_size(asked.symbol, "slippage_model", model)
        if policy.limit_through_pips != 0.0 and asked.order_type == LIMIT:
            self._pip_size(asked.symbol, "limit_through_pips", policy.limit_through_pips)
        if policy.exit_buffer_pips != 0.0:
            self._pip_size(asked.symbol, "exit_buffer_pips", policy.exit_buffer_pips)

    def _refuse_options(self, asked: CheckedSignal) -> None:
        """Refuse options of an order that the preset parity would ignore (S1.order_options)."""
        for name, value in (
            ("expires_at", asked.expires_at_us), ("max_bars", asked.max_bars), ("oco", asked.oco),
        ):  # fmt: skip
            if value is not None:
                raise make_error(
                    "META_INVALID", symbol=asked.symbol, field=f"meta.{name}", value=value,
                    expected="None in the preset parity",
                )  # fmt: skip

    def _size(
        self,
        symbol: str,
        reference: float,
        stop: float | None,
        spec: SymbolSpec | None,
        unit_value: float,
    ) -> tuple[float | None, str, str]:
        terms = self._last_terms
        if terms is not None and terms.sized is not None and terms.spec is spec:
            return terms.sized
        lots = getattr(self._sizing, "lots", None)
        if lots is not None:
            known = self._fixed.get(symbol)
            if known is None or known[0] is not lots:
                known = self._fixed[symbol] = lots, fixed_lots(lots, spec)
            return known[1]
        if spec is None:
            raise make_error(
                "SPEC_REQUIRED", symbol=symbol, field="sizing", value=self._sizing,
                expected="a SymbolSpec for the symbol, or FixedLots",
            )  # fmt: skip
        if stop is None:
            return None, S3_RISK_WITHOUT_STOP, "a stop to size by"
        rule = E4_RISK_AMOUNT if hasattr(self._sizing, "amount") else E4_RISK_FRACTION
        below_min = self._policy.below_min
        return risk_lots(self._risked(), reference, stop, spec, below_min, rule, unit_value)

    def _risked(self) -> float:
        """Return the account currency that an order risks: the amount, or of equity (E4)."""
        if self._terms.knows_risk:
            return self._terms.risked
        fraction = getattr(self._sizing, "fraction", None)
        if fraction is not None:
            return float(fraction * self._portfolio.equity)
        return float(getattr(self._sizing, "amount", self._risk_per_trade))

    def _asked_size(self) -> float:
        lots = getattr(self._sizing, "lots", None)
        return self._risked() if lots is None else float(lots)
