"""One engine with a part of another: a namespace that gives the names of either.

What crosses over is made anew for the part that takes it, as `fillproof.intake.adopt` does for
users who mix backends themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from fillproof import intake

__all__ = ["PAIR", "PARTS", "Mixed", "Shown"]

PAIR = "executor and portfolio"

PARTS: dict[str, tuple[str, ...]] = {
    "candles": ("Candle", "Candles", "AlignedCandles"),
    "strategy": ("EmaCross", "EmaAtr", "Breakout", "ZScoreReversion", "PairSpread"),
    "wrapper": ("StrategyWrapper",),
    "slices": (),
    "indicators": (),
    "executor": ("ExecutionSimulator",),
    "portfolio": ("Portfolio",),
    "manager": ("PositionManager",),
    "loop": ("EventEngine", "CrossSymbolEventEngine"),
    "executor and portfolio": ("ExecutionSimulator", "Portfolio"),
}
"""The parts that can be swapped, and the public names that each is made by.

A portfolio marks the positions of its own engine's executor alone (P3.realised_only), so that what
these two do together shows only where both are swapped.
"""

_ADOPTING = frozenset({"ExecutionSimulator", "PositionManager"})


class Mixed:
    """A backend's namespace in which one part is another backend's.

    Parameters
    ----------
    base
        All that is not the part.
    part
        One of `PARTS`.
    source
        Whose part it is.
    specs
        Makes the specifications of the run for an engine: a manager asks an executor of its own
        for them, any other it cannot ask.

    Attributes
    ----------
    used
        Whether the run took the part.
    """

    def __init__(
        self, base: Any, part: str, source: Any, specs: Callable[[Any], Any] | None = None
    ) -> None:
        self.base = base
        self.part = part
        self.source = source
        self._specs = specs
        self.used = False

    def __getattr__(self, name: str) -> Any:
        if name == "Tracer":
            # Rust writes to its own tracer only, which all others can write to as well.
            return (self.source if _is_rust(self.source) else self.base).Tracer
        if self.part in {"slices", "indicators"} and name == "EventEngine":
            return self._showing
        if name not in PARTS[self.part]:
            foreign = name == "PositionManager" and "ExecutionSimulator" in PARTS[self.part]
            return self._making(name, self.base) if foreign else getattr(self.base, name)
        if name in _ADOPTING:
            return self._making(name, self.source, note=True)
        # Classes have to stay classes, as they are tested for; asking for one is using it.
        self.used = True
        return getattr(self.source, name)

    def _making(self, name: str, engine: Any, *, note: bool = False) -> Callable[..., Any]:
        """Give what makes an object of an engine from values of any."""

        def make(*arguments: Any, **options: Any) -> Any:
            self.used = self.used or note
            if name == "PositionManager" and self._specs is not None:
                options.setdefault("symbol_specs", self._specs(engine))
            return getattr(engine, name)(
                *(_adopted(value, engine) for value in arguments),
                **{key: _adopted(value, engine) for key, value in options.items()},
            )

        return make

    def _showing(self, bid: Any, ask: Any, strategy: Any, *rest: Any, **options: Any) -> Any:
        """Make the base's loop, whose strategy is shown slices or indicators of the source."""

        def note() -> None:
            self.used = True

        executor, portfolio, data, symbol, *others = rest
        shown = Shown(strategy, self.source, data, symbol, part=self.part, note=note)
        return self.base.EventEngine(
            bid, ask, shown, executor, portfolio, data, symbol, *others, **options
        )


class Shown:
    """Stands before a strategy and lets it see the market by the eyes of another engine.

    Parameters
    ----------
    strategy
        With `evaluate`.
    source
        The other engine.
    data
        The candles of the run, by timeframe and side.
    symbol
        Their symbol.
    part
        `slices`: candles and indicators come from the other; `indicators`: these alone.
    note
        Called when the strategy looks at something of the other.
    """

    def __init__(
        self,
        strategy: Any,
        source: Any,
        data: Any,
        symbol: str,
        *,
        part: str,
        note: Callable[[], None],
    ) -> None:
        self.strategy = strategy
        own = {
            timeframe: {side: intake.candles(series, source) for side, series in sides.items()}
            for timeframe, sides in data.items()
        }
        self._view = source.SymbolDataSlice(own, symbol)
        self._symbol = symbol
        self._part = part
        self._note = note

    def evaluate(self, index: int, slice_map: Any, /) -> Any:
        """Ask the strategy."""
        self._view.set_index(index)
        view = _View(slice_map[self._symbol], self._view, self._part, self._note)
        return self.strategy.evaluate(index, {self._symbol: view})


class _View:
    """A slice of which a part is another's."""

    _SEEN = ("latest", "history", "series_ref", "history_view")

    def __init__(self, own: Any, other: Any, part: str, note: Callable[[], None]) -> None:
        self._own = own
        self._other = other
        self._part = part
        self._note = note

    def __getattr__(self, name: str) -> Any:
        foreign = name == "indicators" if self._part == "indicators" else name in self._SEEN
        if foreign:
            self._note()
        return getattr(self._other if foreign else self._own, name)

    def __getitem__(self, timeframe: str) -> Any:
        if self._part == "slices":
            self._note()
            return self._other[timeframe]
        return self._own[timeframe]

    def __iter__(self) -> Any:
        return iter(self._own)

    def __contains__(self, timeframe: object) -> bool:
        return timeframe in self._own


def _adopted(value: Any, source: Any) -> Any:
    if isinstance(value, dict):
        return {key: _adopted(item, source) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_adopted(item, source) for item in value)
    return intake.adopt(value, source)


def _is_rust(engine: Any) -> bool:
    return isinstance(engine, ModuleType) and engine.build_info()["backend"] == "rust"
