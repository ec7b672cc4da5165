"""A strategy that follows a script: the signals and commands that a case lists, bar by bar.

It is plain Python on every backend, so that only the engine differs.  Commands of phase ENTRY run
inside the evaluation of their bar, before its signals are returned; those of phase MANAGE run in a
manager, which the engine finds as the strategy's `position_manager`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

__all__ = ["Manager", "Script", "parse_time", "to_number"]


def parse_time(text: Any) -> Any:
    """Read a time as the cases write it; without a zone it stays naive, a number stays a number.

    Examples
    --------
    >>> parse_time("2020-01-01T00:00:00Z").isoformat()
    '2020-01-01T00:00:00+00:00'
    """
    return datetime.fromisoformat(text) if isinstance(text, str) else text


def to_number(value: Any) -> Any:
    """Read a number that a case writes as text; None and what is no number stay as they are.

    Examples
    --------
    >>> to_number("1.1"), to_number("nan"), to_number(None), to_number("abc")
    (1.1, nan, None, 'abc')
    """
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return value


class Script:
    """Returns raw signals from `on_data`, for the engine's own StrategyWrapper to normalise.

    Parameters
    ----------
    signals, commands
        As in a case.
    executor
        The executor of the run, whose active positions the commands name by order id.
    times
        Time of each bar, for closing by hand.
    record_states
        Keep `executor.state()` as it is when each bar is evaluated, before its commands.

    Attributes
    ----------
    states
        Pairs of bar and state.
    """

    def __init__(
        self,
        signals: list[Any],
        commands: list[dict[str, Any]],
        executor: Any,
        times: list[datetime],
        *,
        record_states: bool = False,
    ) -> None:
        self.executor = executor
        self.times = times
        self.record_states = record_states
        self.states: list[tuple[int, dict[str, Any]]] = []
        self.bar = -1
        self._signals: dict[int, list[Any]] = {}
        for signal in signals:
            self._signals.setdefault(signal["bar"], []).append(_raw(signal))
        self._entry = _by_bar(commands, "ENTRY")
        manage = _by_bar(commands, "MANAGE")
        self.position_manager = Manager(self, manage) if manage else None
        self._known: dict[int, Any] = {}

    def on_data(self, slice_map: dict[str, Any]) -> list[Any]:
        """Run the commands of this bar's ENTRY, then return its signals."""
        (only,) = slice_map.values()
        self.bar = only.index
        if self.record_states:
            self.states.append((self.bar, self.executor.state()))
        self.run(self._entry.get(self.bar, []), None)
        return list(self._signals.get(self.bar, []))

    def run(self, commands: list[dict[str, Any]], portfolio: Any) -> None:
        """Carry out commands on the positions that they name, in order."""
        # A position that has left is still written to: the reference is kept, as a strategy may.
        for position in self.executor.active_positions:
            self._known[position.order_id] = position
        for command in commands:
            position = self._known.get(command["order_id"])
            if position is None:
                continue
            if command["do"] == "write":
                setattr(position, command["field"], to_number(command["value"]))
            else:
                price = to_number(command["price"])
                position.close(self.times[self.bar], price, command["reason"])
                if portfolio is not None:
                    portfolio.register_exit(position)


class Manager:
    """Runs the commands of phase MANAGE; the engine attaches the portfolio (rule L3)."""

    def __init__(self, script: Script, commands: dict[int, list[dict[str, Any]]]) -> None:
        self.script = script
        self.commands = commands
        self.portfolio: Any = None

    def attach_portfolio(self, portfolio: Any) -> None:
        """Take the portfolio in which exits are registered."""
        self.portfolio = portfolio

    def manage_positions(self, **arguments: Any) -> None:
        """Run what the script has for this bar."""
        self.script.run(self.commands.get(arguments["symbol_slice"].index, []), self.portfolio)


def _raw(signal: Any) -> Any:
    """Make the raw signal that a strategy would return."""
    if "raw" in signal:
        return signal["raw"]
    numbers = {"entry", "sl", "tp"}
    return {
        key: to_number(value) if key in numbers else value
        for key, value in signal.items()
        if key != "bar"
    }


def _by_bar(commands: list[dict[str, Any]], phase: str) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for command in commands:
        if command["phase"] == phase:
            found.setdefault(command["bar"], []).append(command)
    return found
