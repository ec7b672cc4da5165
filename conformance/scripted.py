"""A strategy that follows a script: the signals and commands that a case lists, bar by bar.

It is plain Python on every backend, so that only the engine differs.  Commands of phase ENTRY run
inside the evaluation of their bar, before its signals are returned; those of phase MANAGE run in a
manager, which the engine finds as the strategy's `position_manager`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

__all__ = ["Managed", "Manager", "ManagerBeside", "Script", "parse_time", "to_number"]

_IN_META = ("expires_at", "max_bars", "oco")
_TO_EXECUTOR = {"order_close": "close", "cancel": "cancel", "modify": "modify"}


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
    manager
        The engine's own manager, which looks at the positions after the commands of MANAGE.
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
        manager: Any = None,
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
        # A manager of the engine's own is handed over bare, so that its fast path is taken.
        self.position_manager = _manager(self, manage, manager) if manage else manager
        self._known: dict[int, Any] = {}

    def on_data(self, data: Any) -> list[Any]:
        """Run the commands of this bar's ENTRY, then return its signals.

        `data` is the slice of one symbol by its timeframe, or the slice of several symbols.
        """
        self.bar = data.index if hasattr(data, "index") else next(iter(data.values())).index
        if self.record_states:
            self.states.append((self.bar, self.executor.state()))
        self.run(self._entry.get(self.bar, []), self.executor.portfolio)
        return list(self._signals.get(self.bar, []))

    def run(self, commands: list[dict[str, Any]], portfolio: Any) -> None:
        """Carry out commands on the positions that they name, in order."""
        # A position that has left is still written to: the reference is kept, as a strategy may.
        for position in self.executor.active_positions:
            self._known[position.order_id] = position
        for command in commands:
            named = self._known.get(command["order_id"])
            if command.get("by_id"):
                named = command["order_id"]
            if named is None:
                continue
            if command["do"] in _TO_EXECUTOR:
                self._order(command, named)
            else:
                self._act(command, named, portfolio)

    def _order(self, command: dict[str, Any], named: Any) -> None:
        """Ask the executor, naming the order by object or by number."""
        given: dict[str, Any] = {}
        if command["do"] == "modify":
            given = {name: to_number(command[name]) for name in ("sl", "tp") if name in command}
            if "expires_at" in command:
                given["expires_at"] = parse_time(command["expires_at"])
        getattr(self.executor, _TO_EXECUTOR[command["do"]])(named, **given)

    def _act(self, command: dict[str, Any], position: Any, portfolio: Any) -> None:
        """Act on the position itself, and register what has left."""
        if command["do"] == "write":
            setattr(position, command["field"], to_number(command["value"]))
            return
        time, price = self.times[self.bar], to_number(command["price"])
        if command["do"] == "close":
            position.close(time, price, command["reason"])
            left = position
        else:
            reason = {"reason": command["reason"]} if "reason" in command else {}
            left = position.close_part(time, price, to_number(command["size"]), **reason)
        portfolio.register_exit(left)


class Manager:
    """Runs the commands of phase MANAGE, once a bar, in the call for its first symbol.

    The engine attaches the portfolio (rule L3).
    """

    def __init__(self, script: Script, commands: dict[int, list[dict[str, Any]]]) -> None:
        self.script = script
        self.commands = commands
        self.portfolio: Any = None
        self._bar = -1

    def attach_portfolio(self, portfolio: Any) -> None:
        """Take the portfolio in which exits are registered."""
        self.portfolio = portfolio

    def manage_positions(self, **arguments: Any) -> None:
        """Run what the script has for this bar."""
        bar = arguments["symbol_slice"].index
        if bar != self._bar:
            self._bar = bar
            self.script.run(self.commands.get(bar, []), self.portfolio)


class ManagerBeside(Manager):
    """The same, with the engine's own manager behind it, which then looks at what is left."""

    def __init__(
        self, script: Script, commands: dict[int, list[dict[str, Any]]], inner: Any
    ) -> None:
        super().__init__(script, commands)
        self.inner = inner

    def attach_portfolio(self, portfolio: Any) -> None:
        """Take the portfolio, and hand it on."""
        super().attach_portfolio(portfolio)
        self.inner.attach_portfolio(portfolio)

    def use_ordinals(self) -> None:
        """Tell the manager behind that there is no clock (rule L4.ordinal)."""
        self.inner.use_ordinals()

    def manage_positions(self, **arguments: Any) -> None:
        """Run the commands, then the manager on what they have left open."""
        super().manage_positions(**arguments)
        still = [item for item in arguments["open_positions"] if not item.is_closed]
        self.inner.manage_positions(**{**arguments, "open_positions": still})


class Managed:
    """A strategy of the engine's own with a manager beside it, found by rule L3."""

    def __init__(self, strategy: Any, manager: Any) -> None:
        self.strategy = strategy
        self.position_manager = manager

    def evaluate(self, *arguments: Any) -> Any:
        """Ask the strategy."""
        return self.strategy.evaluate(*arguments)


def _manager(script: Script, commands: dict[int, list[dict[str, Any]]], inner: Any) -> Manager:
    if inner is None:
        return Manager(script, commands)
    return ManagerBeside(script, commands, inner)


def _raw(signal: Any) -> Any:
    """Make the raw signal that a strategy would return."""
    if "raw" in signal:
        return signal["raw"]
    numbers = {"entry", "sl", "tp"}
    raw = {
        key: to_number(value) if key in numbers else value
        for key, value in signal.items()
        if key != "bar" and key not in _IN_META
    }
    options = {name: signal[name] for name in _IN_META if name in signal}
    if options:
        raw["meta"] = {**options, **raw.get("meta", {})}
    return raw


def _by_bar(commands: list[dict[str, Any]], phase: str) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for command in commands:
        if command["phase"] == phase:
            found.setdefault(command["bar"], []).append(command)
    return found
