"""The built-in strategies: what their constructors take, and what the command calls them."""

from __future__ import annotations

from typing import Any

__all__ = ["COMMANDS", "SETTINGS", "describe", "is_own", "make"]

#: Class -> its settings, in the order of the constructor's parameters.
SETTINGS: dict[str, tuple[str, ...]] = {
    "Breakout": (
        "timeframe", "length", "max_bars", "stop", "target", "unit", "period", "pip_size",
    ),
    "EmaAtr": ("timeframe", "fast", "slow", "period", "stop_atr", "target_atr"),
    "EmaCross": ("timeframe", "fast", "slow", "stop_pips", "target_pips", "pip_size"),
    "PairSpread": (
        "symbol_a", "symbol_b", "hedge", "window", "entry", "period", "stop_atr", "target_atr",
        "rest",
    ),
    "ZScoreReversion": ("timeframe", "window", "entry", "period", "stop_atr", "rest"),
}  # fmt: skip
# Strategies that say themselves what they are made of.
_TOLD = ("ColumnStrategy", "CrossColumnStrategy", "ExpressionStrategy")
_METHODS = frozenset(("evaluate", "on_data"))
#: Name after ``--strategy`` -> class. PairSpread is not among them: a command has one symbol.
COMMANDS = {
    "ema-cross": "EmaCross",
    "ema-atr": "EmaAtr",
    "zscore": "ZScoreReversion",
    "breakout": "Breakout",
}


def describe(strategy: Any, engine: Any) -> str | None:
    """Name a built-in strategy of a backend with its settings; None if it is another one.

    Examples
    --------
    >>> from fillproof import python
    >>> describe(python.EmaAtr("H1", fast=5), python)
    'EmaAtr(timeframe=H1, fast=5, slow=50, period=14, stop_atr=1.5, target_atr=3.0)'
    """
    if type(strategy).__name__ in _TOLD:
        return repr(strategy)
    for name, settings in SETTINGS.items():
        if isinstance(strategy, getattr(engine, name)):
            told = {setting: getattr(strategy, setting, None) for setting in settings}
            inside = ", ".join(f"{key}={item}" for key, item in told.items() if item is not None)
            return f"{name}({inside})"
    return None


def is_own(strategy: Any, engine: Any) -> bool:
    """Tell whether a strategy is a built-in one of a backend, with the methods it came with.

    Examples
    --------
    >>> from fillproof import python
    >>> is_own(python.EmaAtr("H1"), python), is_own(print, python)
    (True, False)
    """
    known = [getattr(engine, name) for name in (*SETTINGS, *_TOLD)]
    # Of a user's own module: the base of its strategies.
    compiled = getattr(engine, "RustStrategy", None)
    if compiled is not None and isinstance(strategy, compiled):
        own = type(strategy)
        if all(getattr(own, name) is getattr(compiled, name) for name in _METHODS):
            known.append(own)
    return type(strategy) in known and not vars(strategy).keys() & _METHODS


def make(command: str, engine: Any, timeframe: str, pip_size: float, given: dict[str, Any]) -> Any:
    """Make what ``--strategy`` names on a backend, with settings that the user gave.

    Examples
    --------
    >>> from fillproof import python
    >>> make("breakout", python, "H1", 0.01, {"unit": "pips"}).pip_size
    0.01
    """
    name = COMMANDS[command]
    own = {"pip_size": pip_size} if "pip_size" in SETTINGS[name] else {}
    return getattr(engine, name)(timeframe, **{**own, **given})
