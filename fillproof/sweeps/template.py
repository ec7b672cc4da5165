"""What a sweep varies: a strategy that is made of parameters, and options of its execution."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from fillproof import built_in, intake
from fillproof.sweeps.grid import refuse

__all__ = ["ManagerSettings", "Template", "fresh_manager", "keep_manager", "option_of", "vary"]

#: Options of a run whose fields a grid may name, as ``"policy.intrabar"``, and their classes.
_FIELDS = {
    "fee_model": "FeeModel",
    "margin": "Margin",
    "policy": "ExecutionPolicy",
    "sizing": "RiskAmount",
    "slippage_model": "SlippageModel",
    "symbol_spec": "SymbolSpec",
}
#: Sizings by the field that tells them.
_SIZINGS = {"amount": "RiskAmount", "fraction": "RiskFraction", "lots": "FixedLots"}


class Template:
    """Makes the strategy of a combination.

    Parameters
    ----------
    strategy : str, class, strategy or callable
        A built-in one by the name of its command (``"ema-cross"``) or class (``"EmaCross"``), by
        its class, or by an object whose settings are kept but for those that vary; an expression
        with parameters; or any callable that returns a strategy when called with the parameters.

    Examples
    --------
    >>> from fillproof import python
    >>> Template("ema-cross").make(python, "H1", 0.0001, {"fast": 5}).fast
    5
    """

    def __init__(self, strategy: Any) -> None:
        self.given = strategy
        self.name: str | None = None
        self._kept: dict[str, Any] = {}
        self._plan: Any = None
        if isinstance(strategy, str):
            self.name = built_in.COMMANDS.get(strategy, strategy)
            if self.name not in built_in.COMMANDS.values():
                raise refuse("strategy", strategy, ", ".join(built_in.COMMANDS) + " or an object")
            return
        self._plan = _plan_of(strategy)
        if self._plan is not None:
            # Of no backend, and can be sent elsewhere.
            self.given = self._plan
            return
        own = strategy if isinstance(strategy, type) else type(strategy)
        if own.__name__ in built_in.COMMANDS.values() and _is_ours(own):
            self.name = own.__name__
            if own is not strategy:
                settings = built_in.SETTINGS[self.name]
                self._kept = {name: getattr(strategy, name) for name in settings}
        elif not callable(strategy):
            raise refuse("strategy", strategy, "a built-in strategy, or what makes one")

    @property
    def is_ours(self) -> bool:
        """Whether strategies are of the engine's own classes."""
        return self.name is not None or self._plan is not None

    def make(
        self, engine: Any, timeframe: str, pip_size: float, parameters: Mapping[str, Any]
    ) -> Any:
        """Make the strategy of a combination on a backend.

        The pip of the symbol's specification goes to a built-in strategy that asks for one.
        """
        return self.maker(engine, timeframe, pip_size)(parameters)

    def maker(
        self, engine: Any, timeframe: str, pip_size: float
    ) -> Callable[[Mapping[str, Any]], Any]:
        """Return what makes the strategies of many combinations; as `make`."""
        if self.name is not None:
            own: dict[str, Any] = {"timeframe": timeframe}
            if "pip_size" in built_in.SETTINGS[self.name]:
                own["pip_size"] = pip_size
            own |= self._kept
            kind = getattr(engine, self.name)
            return lambda parameters: kind(**{**own, **parameters})
        if (plan := self._plan) is not None:
            return lambda parameters: engine.ExpressionStrategy.of(plan.bind(**parameters))
        given = self.given
        return lambda parameters: given(**parameters)

    def check(self, names: tuple[str, ...]) -> None:
        """Refuse parameters that the strategy does not have, before anything runs."""
        if self._plan is not None:
            known, whose = tuple(self._plan.parameters), "parameter of the expressions"
        elif self.name is not None:
            known, whose = built_in.SETTINGS[self.name], f"setting of {self.name}"
        else:
            return
        for name in names:
            if name not in known:
                expected = f"a {whose}: {', '.join(known)}; or option.field"
                raise refuse("grid", name, expected)

    def describe(self) -> dict[str, Any]:
        """Say what it makes, as plain values: enough to tell one sweep from another."""
        if self.name is not None:
            return {"built_in": self.name, "settings": dict(self._kept)}
        if self._plan is not None:
            return {"expressions": self._plan.to_json()}
        given = self.given
        told: dict[str, Any] = {}
        if isinstance(given, partial):
            told["arguments"] = [repr(value) for value in given.args]
            told["keywords"] = {name: repr(value) for name, value in given.keywords.items()}
            given = given.func
        told["callable"] = intake.name_of(given)
        try:
            told["source"] = inspect.getsource(given)
        except (OSError, TypeError):
            told["source"] = None
        return told


def _plan_of(strategy: Any) -> Any:
    """Return the plan of a strategy of expressions, or of one that is a plan itself."""
    if isinstance(strategy, type) or not hasattr(strategy, "to_json"):
        return None
    plan = getattr(strategy, "plan", strategy)
    return plan if hasattr(plan, "bind") and hasattr(plan, "parameters") else None


def _is_ours(kind: type) -> bool:
    return kind.__module__.split(".")[0] in {"pyengine", "rsengine"}


def option_of(name: str) -> tuple[str, str] | None:
    """Split ``"policy.intrabar"``; None for a parameter of the strategy.

    Examples
    --------
    >>> option_of("fee_model.per_lot"), option_of("fast")
    (('fee_model', 'per_lot'), None)
    """
    option, dot, field = name.partition(".")
    if not dot:
        return None
    kind = _FIELDS.get(option)
    known: tuple[str, ...] = intake.VALUES[kind] if kind else ()
    if option == "sizing":
        known = tuple(_SIZINGS)
    if field not in known:
        expected = (
            f"a field of {option}: {', '.join(known)}" if known else f"one of {', '.join(_FIELDS)}"
        )
        raise refuse("grid", name, expected)
    return option, field


def vary(options: Mapping[str, Any], changes: Mapping[tuple[str, str], Any], engine: Any) -> Any:
    """Return the options of a run with some of their fields changed."""
    made = dict(options)
    for (option, field), value in changes.items():
        made[option] = _changed(made.get(option), option, field, value, engine)
    return made


def _changed(given: Any, option: str, field: str, value: Any, engine: Any) -> Any:
    if option == "sizing":
        return getattr(engine, _SIZINGS[field])(value)
    kind = _FIELDS[option]
    own = getattr(engine, kind)
    if given is None:
        if option == "margin":
            raise refuse("margin", None, "a Margin, of which a field can vary")
        return own(**{field: value})
    fields = {name: getattr(given, name) for name in intake.VALUES[kind]}
    return own(**{**fields, field: value})


class ManagerSettings:
    """What a position manager of ours is made of; unlike the manager it can be sent elsewhere.

    Parameters
    ----------
    manager : PositionManager
        Of any backend.
    engine : module
        The backend that is to run it.
    """

    def __init__(self, manager: Any, engine: Any) -> None:
        adopted = intake.adopt_manager(manager, engine)
        self.fields = {name: getattr(adopted, name) for name in intake.MANAGER}
        self.told = intake.fields_of(manager)

    def make(self, engine: Any) -> Any:
        """Make a manager that has seen no position."""
        return engine.PositionManager(**self.fields)


def keep_manager(manager: Any, engine: Any) -> Any:
    """Return what managers of single runs are made of: settings of ours, or the user's own."""
    is_ours = type(manager).__name__ == "PositionManager" and _is_ours(type(manager))
    return ManagerSettings(manager, engine) if is_ours else manager


def fresh_manager(kept: Any, engine: Any) -> Any:
    """Make the manager of one run; one of the user's own is copied."""
    if kept is None:
        return None
    return kept.make(engine) if isinstance(kept, ManagerSettings) else copy.deepcopy(kept)
