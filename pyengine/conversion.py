"""Unit values and margin in the account's currency, at the moment they are needed (P5, A1)."""

# ruff: noqa: SLF001 - the modules of one engine share the rows of a portfolio

from __future__ import annotations

from typing import Any

from .account import Margin, margin_in_base, used_margin
from .desk import DEFAULT_CONTRACT, Desk
from .errors import make_error
from .orders import Breach
from .positions import AT_CLOSE, OPEN, Position
from .rates import Found
from .rule_ids import (
    A1_USED,
    P5_DIRECT,
    P5_HUB,
    P5_INVERSE,
    P5_STALE,
    S3_MARGIN,
    S3_RATE,
)
from .symbols import SymbolSpec
from .terms import SymbolTerms
from .trace import EXITS
from .trace import OPEN as OPEN_PHASE

ROUTES = {"direct": P5_DIRECT, "inverse": P5_INVERSE, "hub": P5_HUB}


class Conversion(Desk):
    """Converts by the executor's rates; without them every unit value is the spec's."""

    @property
    def used_margin(self) -> float:
        """Margin that open positions tie up (A1.used); 0.0 without margin."""
        return used_margin(p for p in self._held if p.status == OPEN)

    @property
    def free_margin(self) -> float:
        """Equity of the portfolio's last row less the margin in use (A1.used)."""
        return float(self._portfolio.equity - self.used_margin)

    @property
    def stale_rates(self) -> int:
        """How many conversions used a rate older than max_age_minutes (P5.stale)."""
        return self._stale_rates

    def _moment_us(self) -> int:
        """Return the moment up to which rates are known in this phase (P5.moment)."""
        time_us = 0 if self._blotter.time_us is None else self._blotter.time_us
        if self._blotter.phase in (OPEN_PHASE, EXITS):
            ended_us = self._ended_us
            return time_us if ended_us is None or ended_us < time_us else ended_us
        return time_us + self._length_us

    def _account_currency(self) -> str | None:
        return None if self._rates is None else self._rates.account

    def _is_converted(self, symbol: str) -> bool:
        """Tell whether results of a symbol are in another currency than the account's."""
        if self._rates is None:
            return False
        spec = self._symbol_specs.get(symbol)
        if spec is None or spec.quote_currency is None:
            return False
        return bool(spec.quote_currency != self._rates.account)

    def _find(self, amount: float, currency: str | None) -> Found | None:
        """Convert an amount into the account's currency at the present moment."""
        assert self._rates is not None
        return self._rates.find(amount, str(currency), self._rates.account, self._moment_us())

    def _tell_rate(
        self, found: Found, order_id: int, symbol: str, use: str, currency: str, amount: float
    ) -> None:
        """Count a stale conversion, and trace any (P5)."""
        if found.stale:
            self._stale_rates = self._stale_rates + 1
        if self._tracer is not None:
            assert self._rates is not None
            self._tracer.emit(
                "rate",
                P5_STALE if found.stale else ROUTES[found.route],
                order_id=order_id,
                symbol=symbol,
                use=use,
                **{"from": currency, "to": self._rates.account},
                route=found.route,
                amount=amount,
                converted=found.amount,
                age_us=found.age_us,
                stale=found.stale,
            )

    def _unit_at_acceptance(
        self, order_id: int, symbol: str, spec: SymbolSpec | None, terms: SymbolTerms | None
    ) -> float | Breach:
        """Return what a unit of price is worth to a new order, or that no rate is known (S3.rate).

        Parameters
        ----------
        order_id : int
        symbol : str
        spec : SymbolSpec or None
        terms : SymbolTerms or None
            What is known of it once for all.
        """
        if terms is not None and self._rates is None and self._margin is None:
            return terms.unit
        if spec is None:
            return DEFAULT_CONTRACT
        if spec.quote_currency is None:
            unit = spec.unit_value
        elif not self._is_converted(symbol):
            unit = spec.contract_size
        elif symbol in self._kept_units:
            unit = self._kept_units[symbol]
        else:
            found = self._find(spec.contract_size, spec.quote_currency)
            if found is None or found.stale:
                return self._rate_missing(spec.quote_currency)
            self._tell_rate(
                found, order_id, symbol, "acceptance", spec.quote_currency, spec.contract_size
            )
            unit = found.amount
            if self._parity:
                self._kept_units[symbol] = unit
        if self._margin is not None and spec.base_currency != self._account_currency():
            need = self._find(spec.contract_size, spec.base_currency)
            if need is None or need.stale:
                return self._rate_missing(spec.base_currency)
        return unit

    def _rate_missing(self, currency: str | None) -> Breach:
        assert self._rates is not None
        expected = f"a rate not older than {self._rates.max_age_minutes!r} minutes"
        return S3_RATE, "rate", f"{currency}/{self._rates.account}", expected

    def _refresh_unit(self, position: Position, use: str | None) -> None:
        """Bring the unit value of a position's gains up to this moment (P5.unit_value).

        Parameters
        ----------
        position : Position
        use : str or None
            What for, to be told; None: only looked up.
        """
        if position.parity or not self._is_converted(position.symbol):
            return
        spec = self._symbol_specs[position.symbol]
        currency = str(spec.quote_currency)
        found = self._find(spec.contract_size, currency)
        if found is None:
            return
        position.now_unit = found.amount
        position.fee_unit = found.amount
        position.stale_unit = found.stale
        if use is not None:
            self._tell_rate(
                found, position.order_id, position.symbol, use, currency, spec.contract_size
            )

    def _refresh_units(self, symbol: str | None = None) -> None:
        """Bring all open positions, or those of a symbol, up to this moment."""
        if self._rates is not None:
            for position in self._blotter.active:
                of_symbol = symbol is None or position.symbol == symbol
                if position.status == OPEN and of_symbol:
                    self._refresh_unit(position, None)

    def _need(self, position: Position) -> float:
        """Return the margin an order needs, in account currency, at this moment (A1.used)."""
        margin, spec = self._known_margin(position.symbol)
        amount = margin_in_base(margin, spec, position.size)
        currency = str(spec.base_currency)
        if currency == self._account_currency():
            return amount
        found = self._find(amount, currency)
        assert found is not None, "Invariant: the rate was known at acceptance"
        self._tell_rate(found, position.order_id, position.symbol, "margin", currency, amount)
        return found.amount

    def _known_margin(self, symbol: str) -> tuple[Margin, SymbolSpec]:
        assert self._margin is not None
        spec = self._symbol_specs.get(symbol)
        if spec is None:
            raise make_error(
                "SPEC_REQUIRED", symbol=symbol, field="margin", value=self._margin,
                expected="a SymbolSpec for the symbol: its contract and base currency",
            )  # fmt: skip
        return self._margin, spec

    def _check_margin(
        self, position: Position, rule: str = S3_MARGIN, before_us: int | None = None
    ) -> Breach | None:
        """Check that an order's margin is free, and note what it needs (A1).

        Parameters
        ----------
        position : Position
        rule : str
            Of the rejection.
        before_us : int, optional
            Time of the bar whose fills at the close came later and do not count (A1.trigger).
        """
        if self._margin is None:
            return None
        need = self._need(position)
        held = [
            p
            for p in self._held
            if p.status == OPEN and not (p.at == AT_CLOSE and p.trigger_time_us == before_us)
        ]
        used = used_margin(held)
        free = self._portfolio.equity - used
        if need <= free:
            position.margin = need
            return None
        return rule, "margin", need, f"<= {free!r}"

    def _tell_margin(self, position: Position) -> None:
        """Trace what a fill ties up (A1.used)."""
        if self._margin is not None and self._tracer is not None:
            self._tracer.emit(
                "margin",
                A1_USED,
                order_id=position.order_id,
                symbol=position.symbol,
                margin=position.margin,
                used=self.used_margin,
                equity=self._portfolio.equity,
            )

    def _is_without_equity(self) -> bool:
        """Tell whether the portfolio's last row has no equity left (S3.equity, A2)."""
        if self._books is not None:
            return not self._books._curve.present() > 0.0
        equity: Any = getattr(self._portfolio, "equity", None)
        return equity is not None and not equity > 0.0
