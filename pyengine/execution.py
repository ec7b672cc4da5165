"""The execution simulator: orders accepted, filled and closed, bar by bar (rules S3, E, X, L8).

Read ``event_engine`` first for who calls what when, ``portfolio`` next. For each position the
executor brings its own record up to date, then tells the portfolio.
"""

# ruff: noqa: SLF001 - the modules of one engine share the record behind a face

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .arithmetic import is_finite, snap_level
from .blotter import Blotter
from .candles import from_time_us, to_time_us
from .config import ExecutionPolicy, FeeModel, RiskAmount, SlippageModel, SymbolSpec, number
from .costs import entry_price, exit_price, fee
from .errors import make_error
from .execution_state import signal_columns, state
from .exits import decide_exit
from .orders import STOP_LOSS, TAKE_PROFIT, Breach, check_distance, check_sides
from .position_face import PortfolioPosition
from .positions import AT_CLOSE, AT_OPEN, EXPIRED, OPEN, PENDING, REJECTED, Position
from .quotes import Quote
from .rule_ids import (
    E1_CLOSE,
    E1_NEXT_OPEN,
    E1_NEXT_OPEN_SIDES,
    L8_DROPPED,
    L8_QUEUED_WRITE,
    L8_REFUSED,
    S1_SIGNAL,
    S3_NO_BAR,
    S3_NOT_FINITE,
    S3_RISK_WITHOUT_STOP,
    S3_UNKNOWN_SYMBOL,
    X5_CLOSE_AT_END,
    X5_EXPIRED_END_OF_DATA,
)
from .signals import Rejection, check_signal
from .sizing import fixed_lots, risk_lots
from .trace import CLOSE, ENTRY, EXITS, MANAGE, Tracer
from .trace import OPEN as OPEN_PHASE

DEFAULT_CONTRACT = 100000.0


class ExecutionSimulator:
    """Fills market orders and watches their stops and targets.

    Parameters
    ----------
    portfolio : Portfolio
        Ours or any object with register_entry, register_exit, register_fee,
        register_expired and, if it wants prices, mark.
    risk_per_trade : float
        Account currency lost at the initial stop, where ``sizing`` is None.
    slippage_model : SlippageModel, optional
    fee_model : FeeModel, optional
    symbol_specs : mapping of str to SymbolSpec, optional
        Without a spec a symbol takes FixedLots only, a contract of 100000, no price grid.
    policy : ExecutionPolicy, optional
        Canonical where None.
    sizing : FixedLots or RiskAmount, optional
        RiskAmount(risk_per_trade) where None.
    strict : bool
        Raise SIGNAL_REJECTED instead of recording a rejection (S3.strict).

    Attributes
    ----------
    rejected_signals, refused_commands : list of Rejection
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
        sizing: Any = None,
        strict: bool = False,
    ) -> None:
        self._portfolio = portfolio
        self._risk_per_trade = number(risk_per_trade, "risk_per_trade", least=0.0, above=True)
        self._slippage_model = SlippageModel() if slippage_model is None else slippage_model
        self._fee_model = FeeModel() if fee_model is None else fee_model
        self._symbol_specs: dict[str, SymbolSpec] = dict(symbol_specs or {})
        self._policy = ExecutionPolicy.canonical() if policy is None else policy
        self._sizing = RiskAmount(self._risk_per_trade) if sizing is None else sizing
        if not (hasattr(self._sizing, "lots") or hasattr(self._sizing, "amount")):
            raise make_error(
                "OPTION_UNKNOWN", field="sizing", value=sizing,
                expected="FixedLots, RiskAmount or None",
            )  # fmt: skip
        self._strict = strict
        self._rejected: list[Rejection] = []
        self._blotter = Blotter(self._fee_model)
        self._quotes: dict[str, Quote] = {}
        self._symbol: str | None = None
        self._next_order_id = 1
        self._rows: list[list[object]] = []
        self._snapshot: tuple[PortfolioPosition, ...] = ()
        self._snapshot_version = 0
        self._tracer: Tracer | None = None

    def attach_tracer(self, tracer: Tracer | None) -> None:
        """Record signal, order, fill and exit events from now on."""
        self._tracer = tracer
        self._blotter.tracer = tracer

    @property
    def portfolio(self) -> Any:
        """The portfolio that is told of entries and exits."""
        return self._portfolio

    @property
    def risk_per_trade(self) -> float:
        """Account currency lost at the initial stop, where sizing was None."""
        return self._risk_per_trade

    @property
    def slippage_model(self) -> SlippageModel:
        """Slippage of market fills and stops."""
        return self._slippage_model

    @property
    def fee_model(self) -> FeeModel:
        """Commission per side."""
        return self._fee_model

    @property
    def symbol_specs(self) -> dict[str, SymbolSpec]:
        """Specifications by symbol; a copy."""
        return dict(self._symbol_specs)

    @property
    def policy(self) -> ExecutionPolicy:
        """How orders fill."""
        return self._policy

    @property
    def sizing(self) -> Any:
        """How volumes are chosen."""
        return self._sizing

    @property
    def strict(self) -> bool:
        """Whether a rejection raises."""
        return self._strict

    @property
    def active_positions(self) -> tuple[PortfolioPosition, ...]:
        """Waiting orders and open positions in order of acceptance (E2); a snapshot."""
        if self._snapshot_version != self._blotter.version:
            self._snapshot = tuple(PortfolioPosition._of(p) for p in self._blotter.active)
            self._snapshot_version = self._blotter.version
        return self._snapshot

    @property
    def rejected_signals(self) -> list[Rejection]:
        """Signals that were not accepted or not filled, in order (S3); a copy."""
        return list(self._rejected)

    @property
    def refused_commands(self) -> list[Rejection]:
        """Writes that were not carried out (L8); a copy."""
        return list(self._blotter.refused)

    def state(self) -> dict[str, object]:
        """Return the canonical state: orders, positions, ledger (schema: state.schema.json)."""
        return state(self)

    def signal_columns(self) -> dict[str, list[object]]:
        """Return one row for each process_signal call, as columns."""
        return signal_columns(self._rows)

    def open_bar(self, bid: object, ask: object, symbol: str | None = None) -> None:
        """Begin a bar: show it to the portfolio, fill waiting market orders (L2, E1.next_open).

        Parameters
        ----------
        bid, ask : candle
            The bar of both sides.
        symbol : str, optional
            The last one named, or the only one of symbol_specs, where None.
        """
        name = self._named(symbol)
        quote = self._read_quote(name, bid, ask)
        self._begin_phase(OPEN_PHASE, quote.time_us)
        self._mark(quote)
        for position in tuple(self._blotter.active):
            if position.status == PENDING and position.symbol == name:
                self._fill_at_open(position, quote)
        self._drop_finished()
        self._begin_phase(ENTRY, quote.time_us)

    def process_signal(self, signal: object) -> None:
        """Accept or reject one signal; a market order at the close fills at once (S3, E1, E4).

        Errors
        ------
        SIGNAL_NOT_UNDERSTOOD, DIRECTION_UNKNOWN, TYPE_UNKNOWN, ENTRY_NOT_FINITE, SPEC_REQUIRED;
        SIGNAL_REJECTED where strict
        """
        # READ
        direction, symbol, entry, stop, target = check_signal(signal, None)
        order_id = self._next_order_id
        self._next_order_id += 1
        self._emit_signal(order_id, direction, symbol, entry, stop, target)
        quote = self._quotes.get(symbol)
        spec = self._symbol_specs.get(symbol)
        sign = 1.0 if direction == "long" else -1.0
        row = len(self._rows) - 1
        # DECIDE
        breach = self._check_known(symbol, quote) or check_numbers(stop, target)
        if breach is not None or quote is None:
            self._reject(order_id, row, symbol, breach)
            return
        slip = self._slip(symbol, spec)
        digits = None if spec is None else spec.digits
        if digits is not None:
            stop = None if stop is None else snap_level(stop, digits, sign)
            target = None if target is None else snap_level(target, digits, sign)
        reference = quote.opening_close(sign)
        breach = self._check_levels(sign, stop, target, reference, quote, spec)
        if breach is not None:
            self._reject(order_id, row, symbol, breach)
            return
        size, rule, expected = self._size(symbol, reference, stop, spec)
        if size is None:
            broken: Breach = (rule, "size", self._asked_size(), expected)
            if rule == S3_RISK_WITHOUT_STOP:
                broken = (rule, STOP_LOSS, None, expected)
            self._reject(order_id, row, symbol, broken)
            return
        # APPLY
        position = Position(
            order_id, symbol, direction, "market", PENDING, quote.time_us, reference,
            DEFAULT_CONTRACT if spec is None else spec.unit_value, size, stop, target,
            float(getattr(self._sizing, "amount", self._risk_per_trade)), digits,
        )  # fmt: skip
        position.blotter = self._blotter
        position.signal_row = row
        position.metadata.update(signal.meta or {})  # type: ignore[attr-defined]
        self._blotter.active.append(position)
        self._blotter.version += 1
        self._note(position, "pending", rule)
        self._blotter.emit(position, "accepted", rule, None)
        if self._policy.market_fill == "close":
            price = entry_price(reference, sign, slip, digits)
            self._fill(position, reference, price, quote.time_us, AT_CLOSE, E1_CLOSE)

    def evaluate_exits(self, bid: object, ask: object, symbol: str | None = None) -> None:
        """Test the stops and targets of open positions against a bar, in one pass (E6, X1 to X3).

        Parameters
        ----------
        bid, ask : candle
        symbol : str, optional
            As in open_bar.
        """
        name = self._named(symbol)
        known = self._quotes.get(name)
        quote = self._read_quote(name, bid, ask)
        self._begin_phase(EXITS, quote.time_us)
        if known is None or known.time_us != quote.time_us:
            self._mark(quote)
        for position in tuple(self._blotter.active):
            if position.status != OPEN or position.symbol != name:
                continue
            if position.at == AT_CLOSE and position.trigger_time_us == quote.time_us:
                continue
            decided = decide_exit(position, quote)
            if decided is not None:
                rule, reason, raw, slips, ambiguous = decided
                position.ambiguous = position.ambiguous or ambiguous
                self._close(position, raw, slips, quote.time_us, reason, rule)
        self._drop_finished()

    def close_bar(self, timestamp: datetime, last: bool = False) -> None:
        """End a bar: carry out queued writes; on the last bar end what is left (L8, X5).

        Parameters
        ----------
        timestamp : datetime
            Open of the bar.
        last : bool
            Whether no bar follows.
        """
        time_us = to_time_us(timestamp, "timestamp")
        self._begin_phase(CLOSE, time_us)
        queue, self._blotter.queue = self._blotter.queue, []
        for position, field, value, status in queue:
            self._apply_write(position, field, value, status)
        if last:
            for position in tuple(self._blotter.active):
                self._end(position, time_us)
        self._drop_finished()
        self._begin_phase(MANAGE, time_us)

    def _named(self, symbol: str | None) -> str:
        """Return the symbol a call is about."""
        if symbol is None:
            symbol = self._symbol
        if symbol is None and len(self._symbol_specs) == 1:
            symbol = next(iter(self._symbol_specs))
        if symbol is None:
            raise make_error(
                "SYMBOL_REQUIRED", field="symbol", value=None,
                expected="the symbol of the candles, by name",
            )  # fmt: skip
        self._symbol = symbol
        return symbol

    def _read_quote(self, symbol: str, bid: object, ask: object) -> Quote:
        known = self._quotes.get(symbol)
        if known is not None and known.bid is bid and known.ask is ask:
            return known
        quote = Quote(symbol, bid, ask)
        self._quotes[symbol] = quote
        return quote

    def _begin_phase(self, phase: str, time_us: int) -> None:
        self._blotter.phase = phase
        self._blotter.time_us = time_us

    def _mark(self, quote: Quote) -> None:
        mark = getattr(self._portfolio, "mark", None)
        if mark is not None:
            mark(quote.symbol, quote.bid, quote.ask)

    def _check_known(self, symbol: str, quote: Quote | None) -> Breach | None:
        if symbol not in self._symbol_specs and (self._symbol_specs or quote is None):
            known = ", ".join(self._symbol_specs or self._quotes)
            return S3_UNKNOWN_SYMBOL, "symbol", symbol, known
        if quote is None or quote.time_us != self._blotter.time_us:
            return S3_NO_BAR, "symbol", symbol, "a bar at this time"
        return None

    def _check_levels(
        self,
        sign: float,
        stop: float | None,
        target: float | None,
        reference: float,
        quote: Quote,
        spec: SymbolSpec | None,
    ) -> Breach | None:
        """Check sides against both closes, then distances from the reference (S3)."""
        bid, ask = quote.bid_close, quote.ask_close
        return (
            check_sides(sign, STOP_LOSS, stop, bid, ask)
            or check_sides(sign, TAKE_PROFIT, target, bid, ask)
            or check_distance(STOP_LOSS, stop, reference, spec)
            or check_distance(TAKE_PROFIT, target, reference, spec)
        )

    def _size(
        self, symbol: str, reference: float, stop: float | None, spec: SymbolSpec | None
    ) -> tuple[float | None, str, str]:
        lots = getattr(self._sizing, "lots", None)
        if lots is not None:
            return fixed_lots(lots, spec)
        if spec is None:
            raise make_error(
                "SPEC_REQUIRED", symbol=symbol, field="sizing", value=self._sizing,
                expected="a SymbolSpec for the symbol, or FixedLots",
            )  # fmt: skip
        if stop is None:
            return None, S3_RISK_WITHOUT_STOP, "a stop to size by"
        return risk_lots(self._sizing.amount, reference, stop, spec)

    def _asked_size(self) -> float:
        return float(getattr(self._sizing, "lots", getattr(self._sizing, "amount", 0.0)))

    def _slip(self, symbol: str, spec: SymbolSpec | None) -> float:
        """Return the slippage of a market fill in price units."""
        if self._slippage_model.fixed_pips == 0.0:
            return 0.0
        if spec is None:
            raise make_error(
                "SPEC_REQUIRED", symbol=symbol, field="slippage_model",
                value=self._slippage_model, expected="a SymbolSpec for the symbol: its pip_size",
            )  # fmt: skip
        return self._slippage_model.fixed_pips * spec.pip_size

    def _fill_at_open(self, position: Position, quote: Quote) -> None:
        """Fill an order that waits for the next open, or reject it there (E1.next_open)."""
        sign = position.sign
        breach = check_sides(
            sign, STOP_LOSS, position.committed_stop_loss, quote.bid_open, quote.ask_open
        ) or check_sides(
            sign, TAKE_PROFIT, position.committed_take_profit, quote.bid_open, quote.ask_open
        )
        if breach is not None:
            position.status = REJECTED
            self._blotter.remove(position)
            _, field, value, expected = breach
            self._reject(
                position.order_id,
                position.signal_row,
                position.symbol,
                (E1_NEXT_OPEN_SIDES, field, value, expected),
            )
            return
        raw = quote.opening_open(sign)
        slip = self._slip(position.symbol, self._symbol_specs.get(position.symbol))
        price = entry_price(raw, sign, slip, position.digits)
        self._fill(position, raw, price, quote.time_us, AT_OPEN, E1_NEXT_OPEN)

    def _fill(
        self, position: Position, raw: float, price: float, time_us: int, at: str, rule: str
    ) -> None:
        position.status = OPEN
        position.trigger_time_us = time_us
        position.at = at
        position.entry_price = price
        position.entry_rule = rule
        charge = fee(self._fee_model, position.size, price, position.unit_value)
        position.entry_fee = charge
        self._note(position, "filled", rule)
        if self._tracer is not None:
            self._tracer.emit(
                "fill",
                rule,
                order_id=position.order_id,
                symbol=position.symbol,
                direction=position.direction,
                at=at,
                raw=raw,
                price=price,
                size=position.size,
                fee=charge,
                stop_loss=position.stop_loss,
                take_profit=position.take_profit,
            )
        face = PortfolioPosition._of(position)
        self._portfolio.register_entry(face)
        if charge != 0.0:
            self._portfolio.register_fee(charge, from_time_us(time_us), "entry_fee", face)

    def _close(
        self, position: Position, raw: float, slips: bool, time_us: int, reason: str, rule: str
    ) -> None:
        slip = 0.0
        if slips:
            slip = self._slip(position.symbol, self._symbol_specs.get(position.symbol))
        price = exit_price(raw, position.sign, slip, position.digits)
        charge = fee(self._fee_model, position.size, price, position.unit_value)
        position.finish(price, time_us, charge, reason, rule)
        self._blotter.finished = True
        self._blotter.emit_exit(position, raw)
        self._portfolio.register_exit(PortfolioPosition._of(position))

    def _end(self, position: Position, time_us: int) -> None:
        """End what is left on the last bar: waiting orders expire, positions close on request."""
        if position.status == PENDING:
            position.status = EXPIRED
            self._blotter.finished = True
            position.reason = "end_of_data"
            position.exit_rule = X5_EXPIRED_END_OF_DATA
            self._note(position, "expired", X5_EXPIRED_END_OF_DATA)
            self._blotter.emit(position, "expired", X5_EXPIRED_END_OF_DATA, None)
            self._portfolio.register_expired(PortfolioPosition._of(position))
        elif self._policy.close_at_end and position.symbol in self._quotes:
            raw = self._quotes[position.symbol].closing_close(position.sign)
            self._close(position, raw, True, time_us, "end_of_data", X5_CLOSE_AT_END)

    def _apply_write(
        self, position: Position, field: str, value: float | None, status: str
    ) -> None:
        """Carry out a write made in ENTRY, or record why not (L8)."""
        if position.status != status:
            self._blotter.refuse(position, field, value, L8_DROPPED, f"still {status}")
            return
        quote = self._quotes[position.symbol]
        spec = self._symbol_specs.get(position.symbol)
        stop, target = (value, None) if field == STOP_LOSS else (None, value)
        reference = quote.opening_close(position.sign)
        breach = self._check_levels(position.sign, stop, target, reference, quote, spec)
        if breach is not None:
            if position.level(field) == value:
                position.show(field, position.committed(field))
            self._blotter.refuse(position, field, value, L8_REFUSED, breach[3])
            return
        position.commit(field, value)
        self._blotter.emit(position, "written", L8_QUEUED_WRITE, field)

    def _drop_finished(self) -> None:
        """Take closed positions and dead orders off the active list (E2)."""
        if self._blotter.finished:
            active = [p for p in self._blotter.active if p.status in (PENDING, OPEN)]
            self._blotter.active = active
            self._blotter.version += 1
            self._blotter.finished = False

    def _note(self, position: Position, outcome: str, rule: str) -> None:
        """Bring the signal's row of the result up to date."""
        row = self._rows[position.signal_row]
        row[8], row[9], row[10] = outcome, rule, position.size

    def _reject(self, order_id: int, row: int, symbol: str, breach: Breach | None) -> None:
        """Record a rejection, or raise it where strict (S3)."""
        assert breach is not None
        rule, field, value, expected = breach
        time_us = 0 if self._blotter.time_us is None else self._blotter.time_us
        rejection = Rejection(order_id, time_us, symbol, rule, field, value, expected)
        self._rejected.append(rejection)
        self._rows[row][8:10] = "rejected", rule
        if self._tracer is not None:
            self._tracer.emit(
                "rejection", rule, order_id=order_id, symbol=symbol, field=field, value=value,
                expected=expected,
            )  # fmt: skip
        if self._strict:
            raise make_error(
                "SIGNAL_REJECTED", symbol=symbol, field=field, value=value,
                expected=f"{expected} ({rule})",
            )  # fmt: skip

    def _emit_signal(
        self,
        order_id: int,
        direction: str,
        symbol: str,
        entry: float | None,
        stop: float | None,
        target: float | None,
    ) -> None:
        time_us = 0 if self._blotter.time_us is None else self._blotter.time_us
        self._rows.append(
            [order_id, time_us, symbol, direction, "market", entry, stop, target,
             "rejected", "", None]
        )  # fmt: skip
        if self._tracer is not None:
            self._tracer.emit(
                "signal",
                S1_SIGNAL,
                order_id=order_id,
                symbol=symbol,
                direction=direction,
                type="market",
                entry_price=entry,
                stop_loss=stop,
                take_profit=target,
            )


def check_numbers(stop: float | None, target: float | None) -> Breach | None:
    """Check that stop and target are finite (S3.not_finite)."""
    for field, level in ((STOP_LOSS, stop), (TAKE_PROFIT, target)):
        if level is not None and not is_finite(level):
            return S3_NOT_FINITE, field, level, "a finite price or None"
    return None
