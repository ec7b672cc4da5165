"""The wrapper between a user's strategy and the engine (rules S1, S2, L3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .account_checks import clock_error
from .candles import from_time_us, to_time_us
from .config import COUNT_MOST
from .errors import make_error
from .multi_symbol_slice import MultiSymbolSlice
from .sessions import MINUTE_US, timeframe_us
from .settings import choice, number, whole
from .signals import normalise

MANAGER_LINKS = 8


class StrategyWrapper:
    """Calls a strategy and turns what it returns into signals; gives it rest after entries.

    Parameters
    ----------
    strategy : object
        With ``on_data(slice_map)``, or, where that is missing, ``check_entry(slice, index=i)``;
        over several symbols both are given the MultiSymbolSlice, and raw signals name a symbol;
        either returns None, a raw signal (dict), a TradeSignal, or a list or tuple of them.
        With ``get_primary_timeframe()`` (M5, H1, D1) it names the length of its bars.
    cooldown_candles : int
        Bars from one that returned signals to the next call (S2.cooldown).
    cooldown_minutes : float
        The same in minutes.
    cooldown_minutes_trade : float
        Minutes from the portfolio's latest exit to the next call.
    portfolio : Portfolio, optional
        Or any object with ``last_exit_time``; needed for cooldown_minutes_trade.
    entry_timestamp_mode : {"open", "close"}
        Whether a decision counts at its bar's open or at its end (S2.decision_time).

    Errors
    ------
    NUMBER_INVALID, OPTION_UNKNOWN
    STRATEGY_INVALID, TIMEFRAME_INVALID
        The strategy has neither method, or in mode close no timeframe (raised at the first bar).
    """

    def __init__(
        self,
        strategy: Any,
        cooldown_candles: int = 0,
        cooldown_minutes: float = 0,
        cooldown_minutes_trade: float = 0,
        portfolio: Any = None,
        entry_timestamp_mode: str = "open",
    ) -> None:
        self.strategy = strategy
        self._cooldown_candles = whole(
            cooldown_candles, "cooldown_candles", least=0, most=COUNT_MOST
        )
        self._cooldown_minutes = number(cooldown_minutes, "cooldown_minutes", least=0.0)
        self._cooldown_minutes_trade = number(
            cooldown_minutes_trade, "cooldown_minutes_trade", least=0.0
        )
        if self._cooldown_minutes_trade > 0.0 and portfolio is None:
            raise make_error(
                "OPTION_UNKNOWN", field="cooldown_minutes_trade", value=cooldown_minutes_trade,
                expected="a portfolio whose exits are looked at, or 0",
            )  # fmt: skip
        self._portfolio = portfolio
        self._entry_timestamp_mode = choice(
            entry_timestamp_mode, "entry_timestamp_mode", ("open", "close")
        )
        # False where nothing has to be looked at before the strategy is called.
        self._watches = (
            self._entry_timestamp_mode == "close"
            or self._cooldown_candles > 0
            or self._cooldown_minutes > 0.0
            or self._cooldown_minutes_trade > 0.0
        )
        self._last_index = -1
        self._entry_index: int | None = None
        self._entry_us: int | None = None

    @property
    def cooldown_candles(self) -> int:
        """Bars without a call after one that returned signals."""
        return self._cooldown_candles

    @property
    def cooldown_minutes(self) -> float:
        """Minutes without a call after one that returned signals."""
        return self._cooldown_minutes

    @property
    def cooldown_minutes_trade(self) -> float:
        """Minutes without a call after the latest exit."""
        return self._cooldown_minutes_trade

    @property
    def portfolio(self) -> Any:
        """The portfolio whose exits are looked at."""
        return self._portfolio

    @property
    def entry_timestamp_mode(self) -> str:
        """Whether a decision counts at its bar's open or at its end."""
        return self._entry_timestamp_mode

    def use_ordinals(self) -> None:
        """Take bars whose times are places, of a run with other keys than times (L4.clock).

        Errors
        ------
        CLOCK_REQUIRED
        """
        for field in ("cooldown_minutes", "cooldown_minutes_trade"):
            value = getattr(self, field)
            if value > 0.0:
                raise clock_error(field, value)
        if self._entry_timestamp_mode == "close":
            raise clock_error("entry_timestamp_mode", self._entry_timestamp_mode)

    def evaluate(self, index: int, slice_map: Any) -> list[Any] | None:
        """Return the signals of a bar, or None.

        Parameters
        ----------
        index : int
        slice_map : mapping of str to SymbolDataSlice, or MultiSymbolSlice

        Errors
        ------
        SIGNAL_NOT_UNDERSTOOD, DIRECTION_UNKNOWN
        """
        many = slice_map if isinstance(slice_map, MultiSymbolSlice) else None
        view: Any = next(iter(slice_map.values())) if many is None else many
        time = _time_of(view)
        if self._watches and self._rests(index, time):
            return None
        raw = self._call(index, slice_map, view)
        if raw is None:
            return None
        items = raw if isinstance(raw, (list, tuple)) else (raw,)
        if not items:
            return None
        decision_us = self._decision_us(time)
        self._entry_index, self._entry_us = index, decision_us
        signals = []
        for item in items:
            of = view if many is None else _view_of(item, many, index)
            bid, ask = getattr(of, "bid", None), getattr(of, "ask", None)
            symbol = None if of is None else of.symbol
            signal = normalise(item, bid, ask, symbol, index, time)
            if signal is not item:
                self._annotate(signal, _clock_of(view, time), decision_us)
            signals.append(signal)
        return signals

    def _call(self, index: int, slice_map: Mapping[str, Any], view: Any) -> Any:
        """Call on_data, or check_entry of a strategy that has no on_data (S2.wrapper)."""
        on_data = getattr(self.strategy, "on_data", None)
        if on_data is not None:
            return on_data(slice_map)
        check_entry = getattr(self.strategy, "check_entry", None)
        if check_entry is None:
            raise make_error(
                "STRATEGY_INVALID", bar=index, field="strategy", value=self.strategy,
                expected="a method on_data(slice_map) or check_entry(slice, index)",
            )  # fmt: skip
        return check_entry(view, index=index)

    def _rests(self, index: int, time: Any) -> bool:
        """Tell whether a cooldown keeps the strategy from being called (S2.cooldown)."""
        if index < self._last_index:
            # Another run has begun: the entries of the one before are forgotten.
            self._entry_index = self._entry_us = None
        self._last_index = index
        decision_us = self._decision_us(time)
        entry_index, entry_us = self._entry_index, self._entry_us
        if entry_index is not None and index - entry_index < self._cooldown_candles:
            return True
        if decision_us is None:
            return False
        if entry_us is not None and decision_us - entry_us < self._cooldown_minutes * MINUTE_US:
            return True
        if self._cooldown_minutes_trade == 0.0:
            return False
        exit_time = getattr(self._portfolio, "last_exit_time", None)
        if exit_time is None:
            return False
        exit_us = to_time_us(exit_time, "last_exit_time") + self._length_us()
        return decision_us - exit_us < self._cooldown_minutes_trade * MINUTE_US

    def _decision_us(self, time: Any) -> int | None:
        """Return the moment of a decision: open, or open + length (S2.decision_time)."""
        length_us = self._length_us()
        return None if time is None else to_time_us(time, "timestamp") + length_us

    def _length_us(self) -> int:
        """Return what lies between a bar's open and its decision."""
        if self._entry_timestamp_mode == "open":
            return 0
        return timeframe_us(self._timeframe(), "get_primary_timeframe")

    def _timeframe(self) -> Any:
        """Ask the strategy for its timeframe; None where it does not say."""
        get_primary_timeframe = getattr(self.strategy, "get_primary_timeframe", None)
        return None if get_primary_timeframe is None else get_primary_timeframe()

    def _annotate(self, signal: Any, time: Any, decision_us: int | None) -> None:
        """Note in meta, where absent, when and on which bar a signal was made (S2.wrapper)."""
        notes: dict[str, Any] = {}
        if decision_us is not None and time is not None:
            notes["decision_time"] = from_time_us(decision_us).isoformat()
            open_us = to_time_us(time, "timestamp")
            notes["bar_open"] = from_time_us(open_us).isoformat()
        timeframe = self._timeframe()
        if timeframe is not None:
            notes["tf"] = timeframe
        notes["timestamp_semantics"] = self._entry_timestamp_mode
        for key, note in notes.items():
            signal.meta.setdefault(key, note)


def is_among(link: Any, links: list[Any]) -> bool:
    """Tell whether an object itself, not just an equal one, is in a list."""
    for other in links:  # noqa: SIM110 - a generator costs the compiled twin a closure at each call
        if link is other:
            return True
    return False


def strategy_links(strategy: Any) -> list[Any]:
    """Return strategy, strategy.strategy, ...: at most 8 links, up to a repeated object (L3)."""
    links: list[Any] = []
    link = strategy
    while link is not None and len(links) < MANAGER_LINKS:
        if is_among(link, links):
            break
        links.append(link)
        link = getattr(link, "strategy", None)
    return links


def tell_bars(strategy: Any, start: int, total: int) -> None:
    """Tell the links of a strategy that ask for it which bars a run has (I.columns)."""
    for link in strategy_links(strategy):
        use_bars = getattr(link, "use_bars", None)
        if use_bars is not None:
            use_bars(start, total)


def find_manager(strategy: Any) -> Any:
    """Return the first position_manager along the links of a strategy (L3)."""
    seen: list[Any] = []
    link = strategy
    while link is not None and len(seen) < MANAGER_LINKS:
        if is_among(link, seen):
            return None
        manager = getattr(link, "position_manager", None)
        if manager is not None:
            return manager
        seen.append(link)
        link = getattr(link, "strategy", None)
    return None


def _time_of(view: Any) -> Any:
    """Return the time of the bar that a slice shows; None where it shows none."""
    if isinstance(view, MultiSymbolSlice):
        return view.time
    bid = getattr(view, "bid", None)
    return None if bid is None else bid.timestamp


def _clock_of(view: Any, time: Any) -> Any:
    """Return a time to be noted: none where it is only a place (L4.ordinal)."""
    if isinstance(view, MultiSymbolSlice) and not isinstance(view.timestamp, datetime):
        return None
    return time


def _view_of(item: Any, many: MultiSymbolSlice, index: int) -> Any:
    """Return the view of the symbol that a signal names; None where there is no such symbol.

    Errors
    ------
    SIGNAL_NOT_UNDERSTOOD
    """
    symbol = item.get("symbol") if isinstance(item, Mapping) else getattr(item, "symbol", None)
    if symbol is None and isinstance(item, Mapping):
        if len(many) > 1:
            raise make_error(
                "SIGNAL_NOT_UNDERSTOOD", bar=index, field="symbol", value=None,
                expected="the name of one of " + ", ".join(many),
            )  # fmt: skip
        symbol = next(iter(many))
    return many.get(symbol) if isinstance(symbol, str) else None
