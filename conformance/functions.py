"""Calls single functions of an engine, for cases about arithmetic."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from .outcome import Outcome, describe_error
from .scripted import to_number
from .strategies import signals_of

__all__ = ["Unsupported", "call_function"]


class Unsupported(LookupError):
    """The backend does not show this function to Python."""


def call_function(engine: Any, case: dict[str, Any]) -> Outcome:
    """Call what an arithmetic case names.

    Raises
    ------
    Unsupported
        The backend's Python face does not have the function, or the harness does not know it.
    """
    name = case["function"]
    if name not in _CALLS:
        raise Unsupported(f"the harness knows no function {name!r}")
    given = case["input"]
    try:
        return {"value": _CALLS[name](engine, given), "error": None}
    except Unsupported:
        raise
    except Exception as error:  # noqa: BLE001  (whatever an engine raises is its answer)
        return {"error": describe_error(error)}


def _twin(engine: Any, module: str, name: str) -> Any:
    try:
        return getattr(importlib.import_module(f"{engine.__name__}.{module}"), name)
    except (ImportError, AttributeError):
        raise Unsupported(
            f"{engine.__name__} does not show {module}.{name}; "
            "the engine's own tests read the same file"
        ) from None


def _arithmetic(name: str, *arguments: str) -> Callable[[Any, dict[str, Any]], Any]:
    whole = {"digits"}

    def call(engine: Any, given: dict[str, Any]) -> Any:
        values = [given[key] if key in whole else float(given[key]) for key in arguments]
        return _twin(engine, "arithmetic", name)(*values)

    return call


def _spec(engine: Any, given: dict[str, Any]) -> Any:
    return engine.SymbolSpec(
        **{
            key: value if key in {"symbol", "digits"} else to_number(value)
            for key, value in given.items()
        }
    )


def _unit_value(engine: Any, given: dict[str, Any]) -> Any:
    return _spec(engine, given["spec"]).unit_value


def _fee(engine: Any, given: dict[str, Any]) -> Any:
    model = engine.FeeModel(**{key: to_number(value) for key, value in given["fees"].items()})
    lots, price, unit_value = (float(given[key]) for key in ("lots", "price", "unit_value"))
    return _twin(engine, "costs", "fee")(model, lots, price, unit_value)


def _result(engine: Any, given: dict[str, Any]) -> Any:
    position = _position(engine, given["entry_price"], None, given)
    return position.gain(float(given["exit_price"]))


def _r_multiple(engine: Any, given: dict[str, Any]) -> Any:
    stop = given["initial_stop_loss"]
    size, unit_value = float(given["initial_size"]), float(given["unit_value"])
    risk_of = _twin(engine, "positions", "risk_of")
    risk = risk_of(float(given["reference"]), to_number(stop), size, unit_value)
    return None if risk is None else (float(given["result"]) / risk) + 0.0


def _position(engine: Any, reference: str, stop: str | None, given: dict[str, Any]) -> Any:
    direction = "long" if given["sign"] > 0 else "short"
    size, unit_value = float(given["size"]), float(given["unit_value"])
    return _twin(engine, "positions", "Position")(
        1,
        "EURUSD",
        direction,
        "market",
        "open",
        0,
        float(reference),
        unit_value,
        size,
        to_number(stop),
        None,
        100.0,
        None,
    )


def _ema(engine: Any, given: dict[str, Any]) -> list[float | None]:
    values = [math.nan if text is None else float(text) for text in given["values"]]
    batch = [float(value) for value in engine.ema(values, given["period"])]
    stream = engine.Ema(given["period"])
    steps = [float(stream.update(value)) for value in values]
    if [_absent(value) for value in batch] != [_absent(value) for value in steps]:
        raise ValueError(f"ema in one go {batch} differs from ema step by step {steps}")
    return [_absent(value) for value in batch]


def _uniform(engine: Any, given: dict[str, Any]) -> Any:
    return _twin(engine, "arithmetic", "unit_random")(int(given["seed"]), *_side(given))


def _slip(engine: Any, given: dict[str, Any]) -> Any:
    model = engine.SlippageModel(
        to_number(given["fixed_pips"]),
        random_pips=to_number(given["random_pips"]),
        seed=int(given["seed"]),
    )
    return _twin(engine, "costs", "slippage")(model, float(given["pip_size"]), *_side(given))


def _side(given: dict[str, Any]) -> tuple[int, ...]:
    return tuple(given[key] for key in ("order_id", "side", "part"))


def _gained(engine: Any, given: dict[str, Any]) -> Any:
    return _twin(engine, "manager_rules", "has_gained")(
        *(float(given[key]) for key in ("entry_price", "close", "sign", "threshold")),
        given["digits"],
    )


def _atr(engine: Any, given: dict[str, Any]) -> list[float | None]:
    average = engine.Atr(given["period"])
    columns = (given["high"], given["low"], given["close"])
    rows = [
        [math.nan if text is None else float(text) for text in row]
        for row in zip(*columns, strict=True)
    ]
    return [_absent(float(average.update(*row))) for row in rows]


def _transcendental(name: str) -> Callable[[Any, dict[str, Any]], Any]:
    def call(engine: Any, given: dict[str, Any]) -> Any:
        function = math.sqrt if name == "sqrt" else _twin(engine, "transcendental", name)
        return _absent(float(function(float(given["x"]))))

    return call


# Method of IndicatorCache -> class of the stream that gives the same.
_STREAMS = {
    "atr": "Atr",
    "bollinger": "Bollinger",
    "choppiness": "Choppiness",
    "dmi": "Dmi",
    "ema": "Ema",
    "garch_volatility": "Garch",
    "kalman_garch_zscore": "KalmanGarchZscore",
    "kalman_mean": "KalmanMean",
    "kalman_zscore": "KalmanZscore",
    "macd": "Macd",
    "roc": "Roc",
    "rsi": "Rsi",
    "sma": "Sma",
    "zscore": "Zscore",
}
_WORDS = frozenset({"feature", "mean_source"})


def _indicator(engine: Any, given: dict[str, Any]) -> Any:
    """Compute an indicator over all bars at once, and bar by bar where it has a stream."""
    prices: dict[str, list[float]] = {
        name: [math.nan if text is None else float(text) for text in given[name]]
        for name in ("high", "low", "close")
        if name in given
    }
    arguments = {
        name: value if name in _WORDS else to_number(value)
        for name, value in given["arguments"].items()
    }
    cache = engine.IndicatorCache({"M1": {"bid": _series(engine, given, prices)}})
    found = _parts(getattr(cache, given["method"])("M1", "bid", **arguments))
    if given["method"] in _STREAMS:
        stream = getattr(engine, _STREAMS[given["method"]])(**arguments)
        steps = [stream.update(*bar) for bar in zip(*prices.values(), strict=True)]
        if steps and _parts(steps) != found:
            raise ValueError(f"{given['method']}: all bars {found}, bar by bar {_parts(steps)}")
    return found


def _series(engine: Any, given: dict[str, Any], prices: dict[str, list[float]]) -> Any:
    close = prices["close"]
    high, low = prices.get("high", close), prices.get("low", close)
    if "minutes" not in given:
        times = [60_000_000 * bar for bar in range(len(close))]
        return engine.Candles(times, close, high, low, close)
    start = datetime(2020, 1, 1, tzinfo=UTC)
    return [
        None if minute is None else engine.Candle(start + timedelta(minutes=minute), x, x, x, x)
        for minute, x in zip(given["minutes"], close, strict=True)
    ]


def _parts(found: Any) -> Any:
    """Write a value, an array, a tuple of arrays or a list of steps with None for no value."""
    if found is None or isinstance(found, float):
        return [_absent(float(found))] if found is not None else [None]
    if isinstance(found, tuple):
        return [_parts(part) for part in found]
    if isinstance(found, list) and found and isinstance(found[0], tuple):
        return [_parts(list(part)) for part in zip(*found, strict=True)]
    return [_absent(float(value)) for value in found]


def _absent(value: float) -> float | None:
    return None if math.isnan(value) else value


_CALLS: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    "snap": _arithmetic("snap", "x", "digits"),
    "snap_level": _arithmetic("snap_level", "x", "digits", "sign"),
    "snap_up": _arithmetic("snap_up", "x", "digits"),
    "snap_down": _arithmetic("snap_down", "x", "digits"),
    "ticks": _arithmetic("ticks", "a", "b", "digits"),
    "unit_value": _unit_value,
    "fee": _fee,
    "result": _result,
    "r_multiple": _r_multiple,
    "ema": _ema,
    "uniform": _uniform,
    "slip": _slip,
    "gained": _gained,
    "atr": _atr,
    "exp": _transcendental("exp"),
    "log": _transcendental("log"),
    "log10": _transcendental("log10"),
    "sqrt": _transcendental("sqrt"),
    "indicator": _indicator,
    "strategy": signals_of,
}
