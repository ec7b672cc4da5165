"""Fresh copies of what a run is made of, so that a second run knows nothing of the first.

Objects of the engines are made anew from their settings; whatever belongs to the user is copied
with `copy.deepcopy`. What refers to each other does so in the copies, too.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterable, Mapping
from types import FunctionType
from typing import Any

from fillproof import built_in, intake
from fillproof.errors import ConfigError

_EXECUTOR = (
    "risk_per_trade",
    "slippage_model",
    "fee_model",
    "symbol_specs",
    "sizing",
    "rates",
    "margin",
    "session",
    "timeframe",
    "strict",
)
_WRAPPER = (
    "cooldown_candles",
    "cooldown_minutes",
    "cooldown_minutes_trade",
    "entry_timestamp_mode",
)
_INSTEAD = (
    "give a class, or a function without parameters, that makes the strategy anew; or make both "
    "runs yourself and put them into fillproof.BoundsResult(worst, best)"
)


class Copies:
    """Makes the copies of one run.

    Parameters
    ----------
    engine : module
        The backend that runs.
    shared : iterable
        What both runs read and never write, such as candles.
    """

    def __init__(self, engine: Any, shared: Iterable[Any]) -> None:
        self._engine = engine
        # Object's id -> its copy, as `copy.deepcopy` wants it.
        self._memo: dict[int, Any] = {id(value): value for value in shared}
        self._makers: dict[type, Callable[[Any], Any]] = {
            engine.Portfolio: self._portfolio,
            engine.StrategyWrapper: self._wrapper,
            engine.PositionManager: self._manager,
            **{getattr(engine, name): self._built_in for name in built_in.SETTINGS},
        }

    def of_run(
        self, strategy: Any, options: Mapping[str, Any], intrabar: str
    ) -> tuple[Any, dict[str, Any]]:
        """Return strategy and options of a run under another intrabar policy.

        Raises
        ------
        ConfigError
            ``OPTION_UNKNOWN``: something cannot be copied, or was used before.
        """
        fresh = dict(options)
        executor = options["executor"]
        # Neither of the two policies looks into lower bars.
        fresh["lower_candles"] = None
        fresh["portfolio"] = self._copy("portfolio", options["portfolio"])
        if executor is None:
            fresh["policy"] = self._policy(options["policy"], intrabar)
        else:
            fresh["executor"] = self._executor(executor, intrabar)
        fresh["position_manager"] = self._copy("position_manager", options["position_manager"])
        return (strategy() if is_factory(strategy) else self._copy("strategy", strategy)), fresh

    def _copy(self, name: str, value: Any) -> Any:
        if value is None or id(value) in self._memo:
            return self._memo.get(id(value))
        make = self._makers.get(type(value))
        try:
            if make is None:
                self._make_parts(name, value)
                made = copy.deepcopy(value, self._memo)
            else:
                made = make(value)
        except ConfigError:
            raise
        except Exception as error:
            told = f"the {name}, a {type(value).__name__}, cannot be copied: {error}"
            raise refusal(name, type(value).__name__, _INSTEAD, told) from error
        self._memo[id(value)] = made
        return made

    def _make_parts(self, name: str, value: Any) -> None:
        """Make anew what lies inside a user's object and is an engine's, which has no copies."""
        if isinstance(value, FunctionType):
            self._check_function(name, value)
        for part in ("strategy", "position_manager"):
            inner = getattr(value, part, None)
            if type(inner) in self._makers:
                self._copy(part, inner)

    def _check_function(self, name: str, function: FunctionType) -> None:
        """Refuse a function that shares what it remembers with its copy."""
        for variable, cell in zip(
            function.__code__.co_freevars, function.__closure__ or (), strict=True
        ):
            held = cell.cell_contents
            if copy.deepcopy(held, self._memo) is not held:
                told = f"{function.__name__} keeps {variable!r} outside of itself, for both runs"
                raise refusal(name, variable, _INSTEAD, told)

    def _policy(self, policy: Any, intrabar: str) -> Any:
        own = self._engine.ExecutionPolicy
        fields = intake.fields_of(own() if policy is None else policy)
        if not isinstance(fields, dict):
            raise refusal("policy", repr(policy), "an ExecutionPolicy", f"policy is {policy!r}")
        del fields["type"]
        return own(**{**fields, "intrabar": intrabar})

    def _executor(self, executor: Any, intrabar: str) -> Any:
        kind = type(executor).__name__
        if type(executor) is not self._engine.ExecutionSimulator:
            told = f"an executor of class {kind} cannot be made anew with another policy"
            raise refusal("executor", kind, _INSTEAD, told)
        if executor.signal_columns()["order_id"]:
            raise refusal("executor", kind, "one that was not used", "the executor was used before")
        made = self._engine.ExecutionSimulator(
            self._copy("portfolio", executor.portfolio),
            policy=self._policy(executor.policy, intrabar),
            **{name: getattr(executor, name) for name in _EXECUTOR},
        )
        self._memo[id(executor)] = made
        return made

    def _portfolio(self, portfolio: Any) -> Any:
        if portfolio.exits or portfolio.open_positions or len(portfolio.equity_curve):
            return copy.deepcopy(portfolio, self._memo)
        return self._engine.Portfolio(portfolio.initial_balance)

    def _wrapper(self, wrapper: Any) -> Any:
        settings = {name: getattr(wrapper, name) for name in _WRAPPER}
        made = self._engine.StrategyWrapper(
            self._copy("strategy", wrapper.strategy),
            portfolio=self._copy("portfolio", wrapper.portfolio),
            **settings,
        )
        return self._with_manager(wrapper, made)

    def _built_in(self, strategy: Any) -> Any:
        own = type(strategy)
        settings = built_in.SETTINGS[own.__name__]
        fields = {name: getattr(strategy, name) for name in settings}
        return self._with_manager(strategy, own(**fields))

    def _with_manager(self, given: Any, made: Any) -> Any:
        manager = getattr(given, "position_manager", None)
        if manager is not None:
            made.position_manager = self._copy("position_manager", manager)
        return made

    def _manager(self, manager: Any) -> Any:
        fields = {name: getattr(manager, name) for name in intake.MANAGER}
        return self._engine.PositionManager(self._copy("portfolio", manager.portfolio), **fields)


def is_factory(strategy: Any) -> bool:
    """Tell whether a strategy was given as something that makes it: called without arguments.

    >>> is_factory(list), is_factory(lambda index, slice_map: None)
    (True, False)
    """
    if not callable(strategy):
        return False
    names = ("evaluate", "on_data", "check_entry")
    if not isinstance(strategy, type) and any(hasattr(strategy, name) for name in names):
        return False
    try:
        inspect.signature(strategy).bind()
    except (TypeError, ValueError):
        return False
    return True


def refusal(field: str, value: object, expected: str, told: str) -> ConfigError:
    """Make the error for what two runs cannot be made of."""
    return ConfigError(
        f"{told}; with bounds, expected {expected}",
        code="OPTION_UNKNOWN",
        field=field,
        value=value,
        expected=expected,
    )
