"""Turns a job and the signals that its strategy gave into a case that anything can play.

A case has bars, configuration and a script of signals.  Engines of another language, and releases
that know no jobs, play it; so does the tool that makes a failing run small.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from fillproof.specs import SpecFields

from .jobs import Job
from .play_job import Run

__all__ = ["case_answer", "case_of", "config_of"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SIZINGS = {
    "FixedLots": ("fixed_lots", "lots"),
    "RiskAmount": ("risk_amount", "amount"),
    "RiskFraction": ("risk_fraction", "fraction"),
}
_POLICY = (
    "market_fill close_at_end on_crossed intrabar gap_fill on_marketable limit_through_pips "
    "exit_buffer_pips below_min max_positions max_positions_symbol preset"
).split()
_POLICY_NUMBERS = frozenset({"limit_through_pips", "exit_buffer_pips"})
_FEES = ("per_lot", "per_million", "percent", "minimum")


def case_of(
    engine: Any,
    job: Job,
    given: dict[str, Any],
    *,
    first: int = 0,
    last: int | None = None,
    name: str = "job/replay",
) -> dict[str, Any]:
    """Make the case that plays a job's signals as a script.

    Parameters
    ----------
    engine
        Any backend: what the settings mean is read from its objects.
    job
        The job.
    given
        What `Keeper.given` gave of a run on the reference.
    first, last
        The bars to keep, the last one not included; signals of others are left out.
    name
        Id of the case.

    Returns
    -------
    dict
        A case of kind `run`, without `expect`, its bars counted from `first`.

    Raises
    ------
    ValueError
        Something of the run cannot be told in a case; the message says what.
    """
    run = Run(engine, job, traced=False, until=None)
    if given.get("lost"):
        raise ValueError(f"no case can repeat this: {'; '.join(given['lost'])}")
    if run.manager is not None and type(run.manager).__name__ != "PositionManager":
        kind = type(run.manager).__name__
        raise ValueError(f"no case can repeat this: the position manager is the user's own, {kind}")
    bid, ask = run.candles
    last = len(bid) if last is None else min(last, len(bid))
    start = job.settings.start
    start_us = (
        int(bid.time_us[0]) if start is None else (start - _EPOCH) // timedelta(microseconds=1)
    )
    warm = sum(1 for time_us in bid.time_us.tolist() if time_us < start_us)
    config = config_of(run, start_bar=max(0, warm - first))
    return {
        "id": name,
        "comment": f"{job.label}, bars {first} to {last - 1}",
        "kind": "run",
        "config": config,
        "bars": _bars(bid, ask, first, last),
        "signals": [
            {"bar": bar - first, **signal}
            for bar, signal in given["signals"]
            if first <= bar < last
        ],
        "commands": [],
    }


def case_answer(
    engine: Any, job: dict[str, Any], given: dict[str, Any], first: int = 0
) -> dict[str, Any]:
    """Make the case of a job from a bar on for a worker: `case`, or as `lost` why there is none."""
    try:
        return {"case": case_of(engine, Job.from_plain(job), given, first=first)}
    except ValueError as error:
        return {"lost": str(error)}


def config_of(run: Run, *, start_bar: int) -> dict[str, Any]:
    """Write the configuration of a run as cases do: numbers as text."""
    executor, portfolio = run.executor, run.portfolio
    spec = executor.symbol_specs[run.pair.symbol]
    slippage = executor.slippage_model
    config: dict[str, Any] = {
        "symbol": run.pair.symbol,
        "timeframe": run.pair.timeframe,
        "initial_balance": repr(float(portfolio.initial_balance)),
        "start_bar": start_bar,
        "strict": bool(executor.strict),
        "spec": _spec(spec),
        "policy": _fields(executor.policy, _POLICY, _POLICY_NUMBERS),
        "sizing": _sizing(executor.sizing),
        "slippage_pips": repr(float(slippage.fixed_pips)),
        "fees": _fields(executor.fee_model, _FEES, frozenset(_FEES)),
    }
    if slippage.random_pips:
        config["random_pips"] = repr(float(slippage.random_pips))
        config["seed"] = str(slippage.seed)
    if executor.session is not None:
        config["session"] = _session(executor.session)
    if executor.rates is not None:
        config["rates"] = _rates(executor.rates)
    # An older release knows no lower bars.
    lower = getattr(executor, "lower_candles", None)
    if lower is not None:
        config["lower"] = _lower(lower)
    if executor.margin is not None:
        config["margin"] = _margin(executor.margin)
    if run.manager is not None:
        config["manager"] = _manager(run.manager)
    return config


def _lower(given: dict[str, Any]) -> dict[str, Any]:
    """Write lower bars as a configuration has them."""
    told: dict[str, Any] = {}
    for symbol, sides in given.items():
        told[symbol] = {"bars": _bars(sides["bid"], sides["ask"], 0, len(sides["bid"]))}
        if sides.get("timeframe") is not None:
            told[symbol]["timeframe"] = sides["timeframe"]
    return told


def _bars(bid: Any, ask: Any, first: int, last: int) -> list[list[str]]:
    columns = [
        [repr(price) for price in getattr(side, name)[first:last].tolist()]
        for side in (bid, ask)
        for name in ("open", "high", "low", "close")
    ]
    times = [
        (_EPOCH + timedelta(microseconds=time_us)).isoformat().replace("+00:00", "Z")
        for time_us in bid.time_us[first:last].tolist()
    ]
    return [list(row) for row in zip(times, *columns, strict=True)]


def _spec(spec: Any) -> dict[str, Any]:
    """Name what is not the constructor's default; a field without one always."""
    told: dict[str, Any] = {}
    for name in SpecFields._fields:
        value = getattr(spec, name)
        if name in SpecFields._field_defaults and value == SpecFields._field_defaults[name]:
            continue
        told[name] = repr(value) if isinstance(value, float) else value
    return told


def _sizing(sizing: Any) -> dict[str, str]:
    kind = type(sizing).__name__
    if kind not in _SIZINGS:
        raise ValueError(f"no case can repeat this: the sizing is {kind}")
    name, attribute = _SIZINGS[kind]
    return {name: repr(float(getattr(sizing, attribute)))}


def _fields(value: Any, names: Any, numbers: frozenset[str]) -> dict[str, Any]:
    return {
        name: repr(float(getattr(value, name))) if name in numbers else getattr(value, name)
        for name in names
    }


def _session(session: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"timeframe": session.timeframe}
    if session.no_entry:
        told["no_entry"] = [list(window) for window in session.no_entry]
    if session.flat_at:
        told["flat_at"] = list(session.flat_at)
    return told


def _rates(rates: Any) -> dict[str, Any]:
    pairs: dict[str, Any] = {}
    for pair, rate in rates.pairs.items():
        if hasattr(rate, "end_us"):
            known = [repr(value) for value in rate.rates.tolist()]
            pairs[pair] = {"end_us": rate.end_us.tolist(), "rates": known}
        else:
            pairs[pair] = repr(float(rate))
    return {
        "account": rates.account,
        "pairs": pairs,
        "hub": rates.hub,
        "max_age_minutes": repr(float(rates.max_age_minutes)),
    }


def _margin(margin: Any) -> dict[str, Any]:
    stop_out = margin.stop_out
    return {
        "leverage": repr(float(margin.leverage)),
        "stop_out": None if stop_out is None else repr(float(stop_out)),
        "stop_out_price": margin.stop_out_price,
    }


def _manager(manager: Any) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if manager.session is not None:
        told["session"] = _session(manager.session)
    for name in ("max_holding_bars", "max_holding_minutes"):
        if getattr(manager, name) is not None:
            told[name] = getattr(manager, name)
    for name, fields in (
        ("break_even", ("after_r", "after_pips", "buffer_pips")),
        ("trailing", ("pips", "r", "atr", "period")),
    ):
        if getattr(manager, name) is not None:
            told[name] = _given(getattr(manager, name), fields)
    if manager.partials:
        told["partials"] = [
            _given(item, ("fraction", "after_r", "after_pips")) for item in manager.partials
        ]
    return told


def _given(value: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Name the fields that are set; whole numbers stay numbers."""
    told = {name: getattr(value, name) for name in names if getattr(value, name) is not None}
    return {
        name: repr(number) if isinstance(number, float) else number for name, number in told.items()
    }
