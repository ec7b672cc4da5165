"""Positions as a PositionManager sees them: our own, and those of other makers (rules M1, M2).

Both kinds answer the same questions and take the same orders; beside that they keep what the
manager has done with them so far.
"""

# ruff: noqa: SLF001 - the modules of one engine share the record behind a face

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .arithmetic import distance
from .candles import to_time_us
from .errors import make_error
from .orders import STOP_LOSS
from .positions import AT_CLOSE, OPEN, Position
from .signals import Rejection
from .symbols import SymbolSpec


class Managed:
    """What the manager remembers of a position.

    Attributes
    ----------
    bars : int
        Bars since the one of its fill.
    is_even : bool
        Whether the break-even rule is done.
    parts : int
        How many of the partials are done.
    """

    def __init__(self, filled_us: int | None) -> None:
        self.bars = 0
        self.is_even = False
        self.parts = 0
        # Until the manager has been called once, the bar of the fill is the last one it knows.
        self._last_us = filled_us

    def see_bar(self, time_us: int) -> None:
        """Count a bar, once however often the manager is called in it."""
        if self._last_us is None or time_us > self._last_us:
            self.bars += 1
            self._last_us = time_us


class Own(Managed):
    """A position of one of our executors, which carries out the manager's orders."""

    def __init__(self, record: Position) -> None:
        super().__init__(record.trigger_time_us)
        assert record.blotter is not None
        self.record = record
        self.blotter = record.blotter
        self.sign = record.sign
        self.symbol = record.symbol
        # Levels of the preset parity are not snapped.
        self.digits = record.digits
        self.grid = None if record.parity else record.digits
        specs = record.blotter.executor._symbol_specs
        self.spec: SymbolSpec | None = specs.get(record.symbol)

    def is_open(self) -> bool:
        """Tell whether it is still in the market."""
        return self.record.status == OPEN

    def pip_size(self, option: str) -> float:  # noqa: ARG002 - a foreign position names it
        """Return the price units of a pip."""
        return self.record.pip_size

    def one_r(self) -> float | None:
        """Return the distance of 1R in price units, None without an initial stop."""
        stop = self.record.initial_stop_loss
        return None if stop is None else distance(self.record.reference, stop)

    def entry_price(self) -> float:
        """Return the price of the fill."""
        return self.record.entry_price

    def stop_loss(self) -> float | None:
        """Return the present stop."""
        return self.record.stop_loss

    def size(self) -> float:
        """Return the lots still open."""
        return self.record.size

    def initial_size(self) -> float:
        """Return the lots of the fill."""
        return self.record.initial_size

    def filled_us(self, length_us: int) -> int | None:
        """Return the moment of the fill: a bar's end at its close, else its open (M1.flat_at)."""
        opened_us = self.record.trigger_time_us
        if opened_us is not None and self.record.at == AT_CLOSE:
            return opened_us + length_us
        return opened_us

    def held_since_us(self) -> int | None:
        """Return what minutes of holding count from (M1.max_minutes, R5.manager)."""
        return self.record.entry_time_us if self.record.parity else self.record.trigger_time_us

    def set_stop(self, stop: float, reason: str, rule: str) -> None:
        """Make a stop the committed one."""
        self.record.show(STOP_LOSS, stop)
        self.record.commit(STOP_LOSS, stop, reason)
        self.blotter.emit(self.record, "written", rule, STOP_LOSS)

    def close(self, size: float | None, reason: str, rule: str) -> None:
        """Close it, or a part of it, at the closing side's close."""
        self.blotter.executor.close_managed(self.record, size, reason, rule)

    def can_part(self) -> bool:
        """Tell whether a part of it can be closed."""
        return True

    def refuse(self, rule: str, field: str, value: float, expected: str) -> Rejection:
        """Record what was not carried out with the executor, too."""
        self.blotter.refuse(self.record, field, value, rule, expected)
        return self.blotter.refused[-1]


class Foreign(Managed):
    """A position of any maker, by its public surface (M2.foreign)."""

    def __init__(self, position: Any, specs: Mapping[str, SymbolSpec], manager: Any) -> None:
        self.position = position
        self.manager = manager
        self.sign = 1.0 if position.direction == "long" else -1.0
        self.symbol: str = position.symbol
        self.spec = specs.get(self.symbol)
        self.digits = None if self.spec is None else self.spec.digits
        self.grid = self.digits
        self.time: datetime | None = None
        self.close_price = 0.0
        initial_size = getattr(position, "initial_size", None)
        self._initial_size = float(position.size if initial_size is None else initial_size)
        entry_us = _time_us(position, "entry_time")
        trigger_us = _time_us(position, "trigger_time")
        self._filled_us = entry_us if trigger_us is None else trigger_us
        # A market order at the close has the same bar for both (M2).
        self._at_close = self._filled_us == entry_us
        super().__init__(self._filled_us)

    def show(self, time: datetime, close: float) -> None:
        """Say the time and the close at which orders of this bar are carried out."""
        self.time = time
        self.close_price = close

    def is_open(self) -> bool:
        """Tell whether it is still in the market."""
        if getattr(self.position, "is_closed", False):
            return False
        return getattr(self.position, "status", OPEN) == OPEN

    def pip_size(self, option: str) -> float:
        """Return the price units of a pip.

        Errors
        ------
        SPEC_REQUIRED
        """
        if self.spec is None:
            raise make_error(
                "SPEC_REQUIRED", symbol=self.symbol, field=option, value=None,
                expected="a SymbolSpec for the symbol among the manager's symbol_specs",
            )  # fmt: skip
        return self.spec.pip_size

    def one_r(self) -> float | None:
        """Return the distance of 1R in price units, None without an initial stop."""
        stop = getattr(self.position, "initial_stop_loss", None)
        if stop is None:
            return None
        reference = getattr(self.position, "reference", None)
        if reference is None:
            reference = self.position.entry_price
        return distance(float(reference), float(stop))

    def entry_price(self) -> float:
        """Return the price of the fill."""
        return float(self.position.entry_price)

    def stop_loss(self) -> float | None:
        """Return the present stop."""
        stop = self.position.stop_loss
        return None if stop is None else float(stop)

    def size(self) -> float:
        """Return the lots still open."""
        return float(self.position.size)

    def initial_size(self) -> float:
        """Return the lots of the fill, or those first seen."""
        return self._initial_size

    def filled_us(self, length_us: int) -> int | None:
        """Return the moment of the fill: a bar's end at its close, else its open (M1.flat_at)."""
        if self._filled_us is not None and self._at_close:
            return self._filled_us + length_us
        return self._filled_us

    def held_since_us(self) -> int | None:
        """Return what minutes of holding count from (M1.max_minutes)."""
        return self._filled_us

    def set_stop(self, stop: float, reason: str, rule: str) -> None:  # noqa: ARG002
        """Write a stop; its reason is the maker's business."""
        self.position.stop_loss = stop

    def close(self, size: float | None, reason: str, rule: str) -> None:  # noqa: ARG002
        """Close it, or a part of it, at the close, and tell the portfolio."""
        closed = self.position
        if size is None:
            self.position.close(self.time, self.close_price, reason)
        else:
            closed = self.position.close_part(self.time, self.close_price, size, reason)
        portfolio = self.manager.portfolio
        if portfolio is not None and closed is not None:
            portfolio.register_exit(closed)

    def can_part(self) -> bool:
        """Tell whether a part of it can be closed."""
        return hasattr(self.position, "close_part")

    def refuse(self, rule: str, field: str, value: float, expected: str) -> Rejection:
        """Make the record of what was not carried out."""
        order_id = getattr(self.position, "order_id", 0)
        time_us = to_time_us(self.time, "time")
        return Rejection(order_id, time_us, self.symbol, rule, field, value, expected)


def _time_us(position: Any, field: str) -> int | None:
    value = getattr(position, field, None)
    return None if value is None else to_time_us(value, field)
