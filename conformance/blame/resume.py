"""Plays the rest of a case on an executor that takes over another's state (rule L9.restore)."""

from __future__ import annotations

from typing import Any

from ..case_keys import is_cross, is_ordinal, keys_of, start_of
from ..functions import Unsupported

__all__ = ["take_over"]


def take_over(
    engine: Any, case: dict[str, Any], executor: Any, resume: dict[str, Any]
) -> dict[str, Any]:
    """Put a state into a fresh executor and return the case that starts after its bar.

    Parameters
    ----------
    engine
        The backend's package.
    case
        A case with bars; it keeps all of them, so that bars count as before.
    executor
        Made for the case, with its portfolio, and not used yet.
    resume
        `bar`, the last one that is done, and `state`, the canonical state after it.

    Raises
    ------
    Unsupported
        The backend cannot take over a state, or the case has no clock.
    """
    if not hasattr(executor, "restore"):
        raise Unsupported("its executor cannot take over a state")
    if is_ordinal(case):
        raise Unsupported("a run without a clock is not taken over")
    keys, bar = keys_of(case), resume["bar"]
    config = {key: value for key, value in case["config"].items() if key not in _STARTS}
    for shown in _shown(engine, case, bar):
        executor.open_bar(*shown)
    executor.restore(resume["state"])
    if bar + 1 >= len(keys):
        raise Unsupported(f"no bar follows bar {bar}")
    return {**case, "config": {**config, "start_bar": bar + 1}}


_STARTS = frozenset({"start", "start_key", "start_bar"})


def _shown(engine: Any, case: dict[str, Any], last: int) -> list[tuple[Any, Any, str]]:
    """List the bars of the run up to `last`, as its loop shows them to the executor."""
    from ..cross import lookups_of
    from ..play import candles_of

    keys = keys_of(case)
    start = start_of(case["config"], keys)
    places = [place for place, key in enumerate(keys[: last + 1]) if start is None or key >= start]
    if not is_cross(case):
        symbol = case["config"]["symbol"]
        bid, ask = candles_of(engine, case)
        return [(bid[place], ask[place], symbol) for place in places]
    lookups = lookups_of(engine, case)
    return [
        (sides["bid"][keys[place]], sides["ask"][keys[place]], symbol)
        for place in places
        for symbol, sides in lookups.items()
        if keys[place] in sides["bid"] and keys[place] in sides["ask"]
    ]
