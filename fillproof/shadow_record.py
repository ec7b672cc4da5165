"""Records a run: what stands before a strategy and its manager and writes down all of it."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from fillproof.recording import Recorder
from fillproof.shadow_tape import (
    COMMANDS,
    Act,
    Bar,
    Hashes,
    ShownSlice,
    Tape,
    account,
    copy_signal,
    shown,
    time_us,
)

_LEVELS = ("stop_loss", "take_profit")
_BY_HAND = "X5.closed_by_hand"


class Account:
    """Executor and portfolio of the run that is recorded: what is done to them by hand.

    Parameters
    ----------
    executor, portfolio : object
    tape : Tape
    reachable : bool
        Whether the strategy can get at them at all.
    """

    def __init__(self, executor: Any, portfolio: Any, tape: Tape, *, reachable: bool) -> None:
        self.executor = executor
        self.portfolio = portfolio
        self.reachable = reachable
        self._tape = tape
        self._acts: list[Act] | None = None
        self._levels: dict[int, tuple[Any, Any]] = {}
        self._known: dict[int, Any] = {}
        self._exits = 0
        self._booked: tuple[int, dict[str, Any]] = (0, {})

    def __enter__(self) -> Self:
        if self.reachable:
            for name in COMMANDS:
                setattr(self.executor, name, self._recorded(name, getattr(self.executor, name)))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.reachable:
            for name in COMMANDS:
                delattr(self.executor, name)

    def begin(self, acts: list[Act]) -> None:
        """Say where whatever is done from now on is written down."""
        if self.reachable:
            self._acts = acts
            # Who left between two calls left by the engine.
            self._known = {}
            self._look()
            self._exits = len(self.portfolio.exits)
            self._booked = self._ledger()

    def end(self) -> None:
        """Write down what was done since `begin`."""
        if not self.reachable or self._acts is None:
            return
        self._write_down()
        exits = self._take_exits()
        ordered, booked = self._booked
        now_ordered, now_booked = self._ledger()
        if ordered != now_ordered:
            self._tape.cannot_repeat("a signal was given to the executor past the engine")
        if not exits and booked != now_booked:
            self._tape.cannot_repeat("something was booked on the portfolio past the engine")
        self._acts = None

    @property
    def _commanded(self) -> bool:
        return any(act.do in COMMANDS for act in self._acts or ())

    def _ledger(self) -> tuple[int, dict[str, Any]]:
        state = self.executor.state()
        return state["next_order_id"], state["ledger"]

    def _look(self) -> None:
        for position in self.executor.active_positions:
            self._known[position.order_id] = position
        self._levels = {
            order_id: (position.stop_loss, position.take_profit)
            for order_id, position in self._known.items()
            if not position.is_closed
        }

    def _write_down(self) -> None:
        """Write down levels that are no longer what they were."""
        for order_id, before in self._levels.items():
            position = self._known[order_id]
            for name, old in zip(_LEVELS, before, strict=True):
                new = getattr(position, name)
                if new != old and self._acts is not None:
                    self._acts.append(Act("write", order_id, {"field": name, "value": new}))

    def _take_exits(self) -> bool:
        """Write down what was closed by hand, in the order in which it was registered."""
        left = list(self.portfolio.exits)[self._exits :]
        registered = {position.order_id for position in left}
        for order_id, position in list(self._known.items()):
            if position.is_closed:
                del self._known[order_id]
                if order_id not in registered and position.exit_time is not None:
                    self._tape.cannot_repeat(f"order {order_id} was closed and never registered")
        for position in left:
            if position.exit_rule != _BY_HAND:
                if not self._commanded:
                    self._tape.cannot_repeat(
                        f"order {position.order_id} was closed by {position.exit_rule} of a "
                        "manager that is not the engine's own"
                    )
                continue
            given = {
                "time": position.exit_time,
                "price": position.exit_price,
                "reason": position.reason,
            }
            if position.part:
                given["size"] = position.size
            if self._acts is not None:
                do = "part" if position.part else "exit"
                self._acts.append(Act(do, position.order_id, given))
        return bool(left)

    def _recorded(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def command(position: Any, **given: Any) -> Any:
            if self._acts is None:
                self._tape.cannot_repeat(f"{name} was called outside of an evaluation")
                return real(position, **given)
            self._write_down()
            answer = real(position, **given)
            order_id = getattr(position, "order_id", position)
            self._acts.append(Act(name, order_id, given))
            self._look()
            return answer

        return command


class ShadowRecorder(Recorder):
    """Stands before a strategy and records, bar by bar, what it is shown, gives and does.

    Parameters
    ----------
    strategy : object
        With ``evaluate``.
    held : Account
    tape : Tape
    native : bool
        Whether the strategy is the engine's own, which reads nothing through Python.
    own_manager : type
        Class of the engine's own position manager.
    """

    def __init__(
        self, strategy: Any, held: Account, tape: Tape, *, native: bool, own_manager: type
    ) -> None:
        super().__init__(strategy, None)
        self._held = held
        self._tape = tape
        self._native = native
        self._own_manager = own_manager
        self._hashes = Hashes()
        self._managers: dict[int, tuple[Any, Any]] = {}
        self.manager: Any = None
        self.bar: Bar | None = None

    @property
    def position_manager(self) -> Any:
        """The strategy's manager; one that is not the engine's own is watched."""
        found = super().position_manager
        if found is None:
            return None
        if self.manager is not None and self.manager is not found:
            self._tape.cannot_repeat("the position manager was exchanged during the run")
        self.manager = found
        if type(found) is self._own_manager:
            return found
        if id(found) not in self._managers:
            self._managers[id(found)] = (found, WatchedManager(found, self, self._held))
        return self._managers[id(found)][1]

    def evaluate(self, index: int, slice_map: Any, /) -> Any:
        """Ask the strategy, once; write down all of it."""
        view = next(iter(slice_map.values()))
        held = self._held
        self.bar = bar = Bar(
            index, time_us(view.bid.timestamp), shown(view, held.executor, held.portfolio)
        )
        self._tape.bars[index] = bar
        given = slice_map
        if not self._native:
            given = {
                symbol: ShownSlice(one, self._hashes, bar.reads)
                for symbol, one in slice_map.items()
            }
        held.begin(bar.entry)
        signals = self.strategy.evaluate(index, given)
        held.end()
        if signals is not None:
            many = signals if isinstance(signals, (list, tuple)) else (signals,)
            bar.signals += [copy_signal(signal, self._tape) for signal in many]
        return signals


class WatchedManager:
    """A user's position manager, and beside it somebody who writes down what it does."""

    def __init__(self, manager: Any, recorder: ShadowRecorder, held: Account) -> None:
        self._manager = manager
        self._recorder = recorder
        self._held = held

    def __getattr__(self, name: str) -> Any:
        return getattr(self._manager, name)

    def manage_positions(self, **given: Any) -> Any:
        """Let the manager do its work, once."""
        bar = self._recorder.bar
        if bar is None:
            return self._manager.manage_positions(**given)
        bar.managed = account(self._held.executor, self._held.portfolio)
        self._held.begin(bar.manage)
        answer = self._manager.manage_positions(**given)
        self._held.end()
        return answer
