"""Makes the parts of a run from the `config` of a case, through the public face of a backend.

Only what a case names is passed on, so that a default is the engine's own.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from .scripted import parse_time, to_number

__all__ = ["build", "cross_of", "manager_of", "session_of", "spec_of", "specs_of", "start_of"]

_SPEC_NUMBERS = (
    "pip_size contract_size volume_min volume_step volume_max tick_size tick_value "
    "min_stop_distance"
).split()
_POLICY_NUMBERS = frozenset({"limit_through_pips", "exit_buffer_pips"})
_SIZINGS = {
    "fixed_lots": "FixedLots",
    "risk_amount": "RiskAmount",
    "risk_fraction": "RiskFraction",
}
# What is passed where there are no bars at all.
_NO_BAR = datetime(2000, 1, 1, tzinfo=UTC)


def build(engine: Any, config: dict[str, Any]) -> tuple[Any, Any]:
    """Make executor and portfolio from the `config` of a case."""
    portfolio = engine.Portfolio(to_number(config["initial_balance"]))
    options: dict[str, Any] = {}
    if "risk_per_trade" in config:
        options["risk_per_trade"] = to_number(config["risk_per_trade"])
    if "session" in config:
        options["session"] = session_of(engine, config["session"])
    spec = config.get("spec")
    executor = engine.ExecutionSimulator(
        portfolio,
        slippage_model=_slippage(engine, config),
        fee_model=engine.FeeModel(
            **{name: to_number(value) for name, value in config.get("fees", {}).items()}
        ),
        symbol_specs=specs_of(engine, config) if spec else None,
        policy=_policy(engine, config.get("policy") or {}),
        sizing=_sizing(engine, config["sizing"]),
        strict=config.get("strict", False),
        **options,
    )
    return executor, portfolio


def manager_of(engine: Any, config: dict[str, Any]) -> Any:
    """Make the PositionManager that a configuration asks for; None where it asks for none."""
    asked = config.get("manager")
    if asked is None:
        return None
    given: dict[str, Any] = {}
    if "session" in asked:
        given["session"] = session_of(engine, asked["session"])
    for name in ("max_holding_bars", "max_holding_minutes"):
        if name in asked:
            given[name] = to_number(asked[name])
    if "break_even" in asked:
        given["break_even"] = engine.BreakEven(**_numbers(asked["break_even"]))
    if "trailing" in asked:
        given["trailing"] = engine.Trailing(**_numbers(asked["trailing"]))
    if "partials" in asked:
        given["partials"] = tuple(engine.Partial(**_numbers(item)) for item in asked["partials"])
    return engine.PositionManager(**given)


def session_of(engine: Any, asked: dict[str, Any]) -> Any:
    """Make a session; its times stay text."""
    options: dict[str, Any] = {}
    if "no_entry" in asked:
        options["no_entry"] = tuple(tuple(window) for window in asked["no_entry"])
    if "flat_at" in asked:
        options["flat_at"] = tuple(asked["flat_at"])
    return engine.Session(asked["timeframe"], **options)


def specs_of(engine: Any, config: dict[str, Any]) -> dict[str, Any]:
    """Make the specifications: that of the traded symbol, and others that a check adds."""
    every = [config["spec"], *config.get("more_specs", [])]
    return {spec["symbol"]: spec_of(engine, spec) for spec in every}


def spec_of(engine: Any, spec: dict[str, Any]) -> Any:
    """Make one SymbolSpec."""
    return engine.SymbolSpec(
        **{
            name: to_number(value) if name in _SPEC_NUMBERS else value
            for name, value in spec.items()
        }
    )


def cross_of(engine: Any, settings: dict[str, Any]) -> Any:
    """Make the built-in strategy that a case or a whole run names."""
    return engine.EmaCross(
        settings["timeframe"],
        settings["fast"],
        settings["slow"],
        float(settings["stop_pips"]),
        float(settings["target_pips"]),
        float(settings["pip_size"]),
    )


def start_of(config: dict[str, Any], times: list[Any]) -> Any:
    """Find what is passed as the start: a text of its own, or the time of a bar."""
    if "start" in config:
        return config["start"] and parse_time(config["start"])
    bar = config.get("start_bar", 0)
    return times[bar] if bar < len(times) else _NO_BAR


def _slippage(engine: Any, config: dict[str, Any]) -> Any:
    given: dict[str, Any] = {}
    if "random_pips" in config:
        given["random_pips"] = to_number(config["random_pips"])
    if "seed" in config:
        given["seed"] = _whole(config["seed"])
    return engine.SlippageModel(to_number(config.get("slippage_pips", "0")), **given)


def _whole(text: str) -> Any:
    """Read a whole number of any length; what is none goes on as the number or text that it is."""
    try:
        return int(text)
    except ValueError:
        return to_number(text)


def _policy(engine: Any, policy: dict[str, Any]) -> Any:
    return engine.ExecutionPolicy(
        **{
            name: to_number(value) if name in _POLICY_NUMBERS else value
            for name, value in policy.items()
        }
    )


def _sizing(engine: Any, sizing: dict[str, Any]) -> Any:
    ((name, value),) = sizing.items()
    return getattr(engine, _SIZINGS[name])(to_number(value))


def _numbers(given: dict[str, Any]) -> dict[str, Any]:
    return {name: to_number(value) for name, value in given.items()}
