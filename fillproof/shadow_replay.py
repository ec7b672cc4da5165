"""Plays a tape on another backend: gives its signals, repeats its acts, compares what is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fillproof.shadow_tape import COMMANDS, Act, Bar, Hashes, Tape, account, shown


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
        if act.do in COMMANDS:
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
