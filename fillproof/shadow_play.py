"""Both ends of a tape: what stands before a strategy and records, and what plays it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from fillproof.recording import Recorder
from fillproof.shadow_tape import (
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

_COMMANDS = ("close", "cancel", "modify")
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
            for name in _COMMANDS:
                setattr(self.executor, name, self._recorded(name, getattr(self.executor, name)))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.reachable:
            for name in _COMMANDS:
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
        return any(act.do in _COMMANDS for act in self._acts or ())

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


class Player:
    """Gives the signals of a tape, repeats its acts, and compares what it is shown.

    Parameters
    ----------
    tape : Tape
    engine : module
        The backend that plays.
    manager : PositionManager, optional
        The engine's own, where the recorded run had its own; else what was done is repeated.

    Attributes
    ----------
    first : tuple or None
        Bar, and what was different there first.
    """

    def __init__(self, tape: Tape, engine: Any, manager: Any) -> None:
        self._tape = tape
        self._engine = engine
        self._hashes = Hashes()
        self._known: dict[int, Any] = {}
        self.executor: Any = None
        self.reads = 0
        self.acts = 0
        self.signals = 0
        self.first: tuple[Bar, str] | None = None
        managed = any(bar.managed is not None for bar in tape.bars.values())
        self.position_manager = PlayedManager(self) if managed else manager
        self.bar: Bar | None = None

    def evaluate(self, index: int, slice_map: Mapping[str, Any], /) -> Any:
        """Play a bar."""
        view = next(iter(slice_map.values()))
        bar = self._tape.bars.get(index)
        if bar is None:
            return None
        self.bar = bar
        now = shown(view, self.executor, self.executor.portfolio)
        for what, digest in bar.shown.items():
            if digest != now[what]:
                self._note(f"the {what} that the strategy is shown")
        self._read(view, bar)
        self.repeat(bar.entry)
        self.signals += len(bar.signals)
        return [self._engine.TradeSignal(**signal) for signal in bar.signals] or None

    def manage(self) -> None:
        """Play what a manager did in this bar."""
        bar = self.bar
        if bar is None or bar.managed is None:
            return
        if account(self.executor, self.executor.portfolio) != bar.managed:
            self._note("the account that the position manager is shown")
        self.repeat(bar.manage)

    def repeat(self, acts: list[Act]) -> None:
        """Do again what was done."""
        for position in self.executor.active_positions:
            self._known[position.order_id] = position
        for act in acts:
            self.acts += 1
            try:
                self._do(act)
            except Exception as error:  # noqa: BLE001 - that it fails here alone is the finding
                self._note(f"{act.do} of order {act.order_id} fails: {error}")

    def _do(self, act: Act) -> None:
        if act.do in _COMMANDS:
            getattr(self.executor, act.do)(act.order_id, **act.given)
            return
        position = self._known[act.order_id]
        if act.do == "write":
            setattr(position, act.given["field"], act.given["value"])
            return
        left = position
        if act.do == "part":
            left = position.close_part(**act.given)
        else:
            position.close(**act.given)
        self.executor.portfolio.register_exit(left)

    def _read(self, view: Any, bar: Bar) -> None:
        for read in bar.reads:
            self.reads += 1
            if view.index != read.index:
                view.set_index(read.index)
            values = getattr(view.indicators, read.method)(*read.arguments, **read.named)
            digest = self._hashes.of(read.method, read.arguments, read.named, values)
            if digest != read.digest:
                told = ", ".join(
                    [*map(repr, read.arguments), *(f"{k}={v!r}" for k, v in read.named.items())]
                )
                self._note(f"the indicator {read.method}({told})")
        if view.index != bar.index:
            view.set_index(bar.index)

    def _note(self, what: str) -> None:
        if self.first is None and self.bar is not None:
            self.first = (self.bar, what)


class PlayedManager:
    """Repeats what a manager of the user's own did."""

    def __init__(self, player: Player) -> None:
        self._player = player

    def manage_positions(self, **_given: Any) -> None:
        """Play the bar."""
        self._player.manage()
