"""Makes the parts of a run from the `config` of a case, through the public face of a backend.

Only what a case names is passed on, so that a default is the engine's own.
"""

from __future__ import annotations

from typing import Any

from .account_parts import Lacking, lower_of, margin_of, rates_of, timeframe_of
from .scripted import to_number

__all__ = ["build", "manager_of", "session_of", "spec_of", "specs_of", "wrapper_of"]

_SPEC_NUMBERS = frozenset(
    "pip_size contract_size volume_min volume_step volume_max tick_size tick_value "
    "min_stop_distance swap_long swap_short leverage".split()
)
_WRAPPER_NUMBERS = frozenset({"cooldown_minutes", "cooldown_minutes_trade"})
_POLICY_NUMBERS = frozenset({"limit_through_pips", "exit_buffer_pips"})
_SIZINGS = {
    "fixed_lots": "FixedLots",
    "risk_amount": "RiskAmount",
    "risk_fraction": "RiskFraction",
}


def build(
    engine: Any, config: dict[str, Any], case: dict[str, Any] | None = None
) -> tuple[Any, Any]:
    """Make executor and portfolio from the `config` of a case, which rates may want the bars of."""
    portfolio = engine.Portfolio(to_number(config["initial_balance"]))
    if "portfolio" in config:
        portfolio = Lacking(portfolio, config["portfolio"]["without"])
    options: dict[str, Any] = {}
    if "risk_per_trade" in config:
        options["risk_per_trade"] = to_number(config["risk_per_trade"])
    if "session" in config:
        options["session"] = session_of(engine, config["session"])
    if "rates" in config:
        options["rates"] = rates_of(engine, case or {"config": config, "bars": []})
    if "margin" in config:
        options["margin"] = margin_of(engine, config)
    if "lower" in config:
        options["lower_candles"] = lower_of(engine, config)
    timeframe = timeframe_of(config)
    if timeframe is not None:
        options["timeframe"] = timeframe
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


def wrapper_of(engine: Any, config: dict[str, Any], script: Any, portfolio: Any) -> Any:
    """Wrap a script; it names its timeframe only where the end of its bars matters."""
    asked = config.get("wrapper", {})
    given = {
        name: to_number(value) if name in _WRAPPER_NUMBERS else value
        for name, value in asked.items()
    }
    if "cooldown_minutes_trade" in given:
        given["portfolio"] = portfolio
    if given.get("entry_timestamp_mode") == "close":
        script.get_primary_timeframe = lambda: config["timeframe"]
    return engine.StrategyWrapper(script, **given)


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
