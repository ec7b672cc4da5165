"""Keeps the signals of a run as they were given, for the table of them.

The engines record what an order is made of. Reason, scenario and notes of a signal they carry along
without a look, so who wants them back has this stand before the strategy; it costs a call of
Python's at every bar.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fillproof.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

# How far an engine looks for a position manager (L3).
_LINKS = 8


class Recorder:
    """Stands before a strategy and keeps what it returns, in the order of the executor's calls.

    Parameters
    ----------
    strategy : object
        With ``evaluate``.
    executor : object
        The one of the run, which may have been used before.

    Attributes
    ----------
    signals : list
        One entry for each signal; its ``meta`` is a copy, since the strategy may go on using its
        own.

    Examples
    --------
    >>> from fillproof.intake import FunctionStrategy
    >>> recorder = Recorder(FunctionStrategy(lambda index, slice_map: ["a", "b"]), None)
    >>> recorder.evaluate(0, {})
    ['a', 'b']
    >>> recorder.signals
    ['a', 'b']
    """

    def __init__(self, strategy: Any, executor: Any) -> None:
        self.strategy = strategy
        self._before = _taken(executor)
        self.signals: list[Any] = []

    @property
    def position_manager(self) -> Any:
        """The manager that an engine would find without this link before the strategy (L3)."""
        link = self.strategy
        for _ in range(_LINKS):
            manager = getattr(link, "position_manager", None)
            if manager is not None:
                return manager
            link = getattr(link, "strategy", None)
        return None

    def evaluate(self, index: int, slice_map: Any, /) -> Any:
        """Ask the strategy and keep its answer."""
        signals = self.strategy.evaluate(index, slice_map)
        if signals is not None:
            given = signals if isinstance(signals, (list, tuple)) else (signals,)
            self.signals += [_kept(signal) for signal in given]
        return signals

    def maker(self, executor: Any, notes: list[str]) -> Callable[[], pa.Table]:
        """Return what makes the table of a run that has ended; note which signals it lacks."""
        missed = _taken(executor) - self._before - len(self.signals)
        if missed > 0:
            notes.append(
                f"trade_signals lacks {missed} signals that the executor got from elsewhere than "
                "the strategy"
            )
        signals = self.signals

        def make() -> pa.Table:
            from fillproof.signal_table import signals_table

            return signals_table(signals)

        return make


def _kept(signal: Any) -> Any:
    from fillproof.signal_table import COLUMNS, KeptSignal

    if not all(hasattr(signal, name) for name in COLUMNS):
        return signal
    values = {name: getattr(signal, name) for name in COLUMNS}
    return KeptSignal(**{**values, "meta": dict(values["meta"] or {})})


def _taken(executor: Any) -> int:
    """Return how many signals an executor has taken so far, 0 where it does not say."""
    if not hasattr(executor, "signal_columns"):
        return 0
    return len(executor.signal_columns()["order_id"])


def not_kept() -> ConfigError:
    """Make the error for a table of signals that was not asked for when the run was made."""
    return ConfigError(
        "keep_signals is False: the signals of this run were not kept; run it with "
        "keep_signals=True, and write them yourself if you save the result",
        code="OPTION_UNKNOWN",
        field="keep_signals",
        value=False,
        expected="True",
    )
