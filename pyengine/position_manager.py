"""Manages open positions at the end of each bar: times, stops, parts (rules M1, M2).

A strategy names it as its ``position_manager``. What is done with one position is in
``management``; how positions of our executors and of others take it, in ``managed``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from .account_checks import clock_error
from .candles import to_time_us
from .config import COUNT_MOST
from .errors import make_error
from .managed import Foreign, Own
from .managed_bar import Bar
from .management import Management
from .manager_settings import BreakEven, Partial, Trailing
from .marks import own_record
from .sessions import Session
from .settings import number, whole
from .signals import Rejection
from .symbols import SymbolSpec


class PositionManager:
    """Closes, tightens and takes parts by rules, at each close (M1).

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

    Examples
    --------
    >>> PositionManager(break_even=BreakEven(after_r=1), max_holding_bars=24).max_holding_bars
    24
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
    ) -> None:
        if max_holding_bars is not None:
            whole(max_holding_bars, "max_holding_bars", least=1, most=COUNT_MOST)
        minutes = None
        if max_holding_minutes is not None:
            minutes = number(max_holding_minutes, "max_holding_minutes", least=0.0, above=True)
        self._portfolio = portfolio
        self._management = Management(
            _kind(session, "session", Session),
            max_holding_bars,
            minutes,
            _kind(break_even, "break_even", BreakEven),
            _kind(trailing, "trailing", Trailing),
            _listed(partials),
        )
        self._symbol_specs: dict[str, SymbolSpec] = dict(symbol_specs or {})
        self._managed: dict[int, Own | Foreign] = {}

    @property
    def portfolio(self) -> Any:
        """The portfolio that is told of closings of another maker's positions."""
        return self._portfolio

    @property
    def session(self) -> Session | None:
        """Times to be flat."""
        return self._management.session

    @property
    def max_holding_bars(self) -> int | None:
        """Bars after the one of the fill."""
        return self._management.max_holding_bars

    @property
    def max_holding_minutes(self) -> float | None:
        """Minutes after the open of the bar of the fill."""
        return self._management.max_holding_minutes

    @property
    def break_even(self) -> BreakEven | None:
        """When the stop goes to the fill."""
        return self._management.break_even

    @property
    def trailing(self) -> Trailing | None:
        """At what distance the stop follows."""
        return self._management.trailing

    @property
    def partials(self) -> tuple[Partial, ...]:
        """Parts to be taken, in order."""
        return self._management.partials

    @property
    def symbol_specs(self) -> dict[str, SymbolSpec]:
        """Specifications for positions of other makers; a copy."""
        return dict(self._symbol_specs)

    @property
    def refused(self) -> list[Rejection]:
        """Stops and parts that were not carried out, in order; a copy."""
        return list(self._management.refused)

    def attach_portfolio(self, portfolio: Any) -> None:
        """Take the portfolio of a run."""
        self._portfolio = portfolio

    def use_ordinals(self) -> None:
        """Take bars whose times are places, of a run with other keys than times (L4.clock).

        Errors
        ------
        CLOCK_REQUIRED
        """
        for field in ("session", "max_holding_minutes"):
            value = getattr(self, field)
            if value is not None:
                raise clock_error(field, value)

    def manage_positions(
        self,
        open_positions: Sequence[Any],
        symbol_slice: Any,
        bid_candle: Any,
        ask_candle: Any,
        all_positions: Iterable[Any],
    ) -> None:
        """Manage the open positions of a symbol at the end of a bar (M1.order).

        Parameters
        ----------
        open_positions : sequence of positions
        symbol_slice : SymbolDataSlice or MultiSymbolSlice
            For the average true range; another maker's slice gives it none of the bars in which
            nothing was managed.
        bid_candle, ask_candle : candle
        all_positions : iterable of positions
            In order of acceptance.

        Errors
        ------
        SPEC_REQUIRED, CLOSE_IN_ENTRY
        """
        if not open_positions:
            return
        time_us = to_time_us(bid_candle.timestamp, "timestamp")
        bar = Bar(time_us, bid_candle, ask_candle, symbol_slice)
        for position in self._in_order(open_positions, all_positions):
            managed = self._known(position, bid_candle.timestamp, bar)
            if managed.is_open():
                managed.see_bar(time_us)
                self._management.manage(managed, bar)

    def _in_order(
        self, open_positions: Sequence[Any], all_positions: Iterable[Any]
    ) -> Sequence[Any]:
        """Bring positions into the order of acceptance; the preset parity keeps that of fills."""
        if len(open_positions) < 2:
            return open_positions
        record = own_record(open_positions[0])
        if record is not None and record.parity:
            return list(open_positions)
        places = {id(position): place for place, position in enumerate(all_positions)}
        last = len(places)
        return sorted(open_positions, key=lambda position: places.get(id(position), last))

    def _known(self, position: Any, time: datetime, bar: Bar) -> Own | Foreign:
        """Return what is remembered of a position, from the first time on."""
        managed = self._managed.get(id(position))
        if managed is None:
            self._forget_closed()
            record = own_record(position)
            if record is None:
                managed = Foreign(position, self._symbol_specs, self)
            else:
                managed = Own(record)
            self._managed[id(position)] = managed
        if isinstance(managed, Foreign):
            managed.show(time, bar.close(managed.sign))
        elif managed.blotter.is_queueing():
            raise make_error(
                "CLOSE_IN_ENTRY", symbol=managed.symbol, field="manage_positions",
                value=managed.record.order_id, expected="a call outside the strategy's evaluate",
            )  # fmt: skip
        return managed

    def _forget_closed(self) -> None:
        """Drop what has left; looked for when a position is new, which is seldom."""
        left = [key for key, managed in self._managed.items() if not managed.is_open()]
        for key in left:
            del self._managed[key]


def _kind(value: Any, field: str, kind: type) -> Any:
    """Read a setting that is a value of one of our classes, or None."""
    if value is not None and not isinstance(value, kind):
        raise make_error(
            "OPTION_UNKNOWN", field=field, value=value, expected=f"{kind.__name__} or None"
        )
    return value


def _listed(value: Any) -> tuple[Partial, ...]:
    """Read partials, in order."""
    listed = tuple(value) if isinstance(value, Iterable) else None
    if listed is None or not all(isinstance(partial, Partial) for partial in listed):
        raise make_error(
            "OPTION_UNKNOWN", field="partials", value=value, expected="a list of Partial"
        )
    return listed
