"""Relations between runs that hold whatever the rules are: no expectation is needed to test them.

Each relation changes a case so that it is known how the outcome changes: a mirror image, another
week, another unit of price, more bars behind, one more symbol that nobody trades.  A rule that
treats long and short, early and late or large and small differently breaks one of them.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .outcome import Outcome
from .scripted import to_number

__all__ = ["Pair", "Relation", "begun", "cut", "mirror", "other_spec", "scaled", "shifted"]

_PRICES = frozenset(
    "entry entry_price exit_price stop_loss take_profit initial_stop_loss initial_take_profit "
    "reference raw price".split()
)
_TIMES = frozenset("time_us entry_time_us trigger_time_us exit_time_us expires_at_us".split())
_COMPARED = "equity state states trades active signals progress".split()
_BEFORE_CLOSE = frozenset({"DATA", "OPEN", "ENTRY", "EXITS"})
_OTHER_DIRECTION = {"long": "short", "short": "long", "buy": "sell", "sell": "buy"}
_OTHER_WORD = {"ohlc": "olhc", "olhc": "ohlc", "X3.ohlc": "X3.olhc", "X3.olhc": "X3.ohlc"}


@dataclass(frozen=True)
class Relation:
    """How one run is made of another.

    Attributes
    ----------
    price, unit
        Image of a price, and of the value of a unit of price.
    shift
        What is added to all times; whole weeks, since sessions know the days of the week.
    flips
        Long becomes short, bid becomes ask, high becomes low.
    """

    price: Callable[[float], float] = float
    unit: Callable[[float], float] = float
    shift: timedelta = timedelta(0)
    flips: bool = False

    def case(self, case: dict[str, Any]) -> dict[str, Any]:
        """Change a case that has bars, signals and commands."""
        changed = copy.deepcopy(case)
        changed["bars"] = [self._bar(row) for row in case["bars"]]
        for signal in changed["signals"]:
            signal["direction"] = self._word(signal["direction"])
            self._texts(signal, ("entry", "sl", "tp"))
        for command in changed["commands"]:
            self._texts(command, ("price", "value", "sl", "tp"))
        for lower in changed["config"].get("lower", {}).values():
            lower["bars"] = [self._bar(row) for row in lower["bars"]]
        policy = changed["config"]["policy"]
        policy["intrabar"] = self._word(policy.get("intrabar", "worst"))
        return changed

    def outcome(self, outcome: Outcome) -> Outcome:
        """Change what is known to change, and keep what can be compared then.

        Texts that name a price and the values of refusals are left out, of errors all but code
        and bar.
        """
        found: dict[str, Any] = dict(outcome)
        failure = found.get("error")
        changed: dict[str, Any] = {
            "events": [self._event(event) for event in found.get("events") or []],
            **{name: self._value(name, found[name]) for name in _COMPARED if name in found},
            "error": failure and {**failure, "symbol": None, "field": None, "value": None},
        }
        for name in ("rejected", "refused", "unmanaged"):
            rows = found.get(name) or []
            changed[name] = [[row[0], self._value("time_us", row[1]), *row[2:5]] for row in rows]
        return changed  # type: ignore[return-value]

    def _bar(self, row: list[Any]) -> list[Any]:
        bid, ask = ([self._text(text) for text in side] for side in (row[1:5], row[5:9]))
        if self.flips:
            bid, ask = ([first, low, high, last] for first, high, low, last in (ask, bid))
        return [self._moment(row[0]), *bid, *ask]

    def _event(self, event: dict[str, Any]) -> dict[str, Any]:
        if event["kind"] == "rejection":
            event = {**event, "value": None, "expected": None}
        if event["kind"] == "bar":
            return {self._quoted(name): self._quote(name, value) for name, value in event.items()}
        return {name: self._value(name, value) for name, value in event.items()}

    def _quoted(self, name: str) -> str:
        side, _, price = name.partition("_")
        if not self.flips or side not in {"bid", "ask"}:
            return name
        other = {"high": "low", "low": "high"}.get(price, price)
        return f"{'ask' if side == 'bid' else 'bid'}_{other}"

    def _quote(self, name: str, value: Any) -> Any:
        return self.price(value) if name[:4] in {"bid_", "ask_"} else self._value(name, value)

    def _value(self, name: str, value: Any) -> Any:
        """Change a value by the name under which it stands, in depth."""
        if isinstance(value, dict):
            return {key: self._value(key, item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._value(name, item) for item in value]
        if isinstance(value, str):
            if name == "expires_at":
                return self._moment(value)
            return self._word(value) if name in {"direction", "rule", "exit_rule"} else value
        if name in _TIMES and isinstance(value, int):
            return value + self.shift // timedelta(microseconds=1)
        if isinstance(value, float):
            if name in _PRICES:
                return self.price(value)
            return self.unit(value) if name == "unit_value" else value
        return value

    def _texts(self, item: dict[str, Any], names: tuple[str, ...]) -> None:
        for name in names:
            if item.get(name) is not None:
                item[name] = self._text(item[name])
        if item.get("expires_at") is not None:
            item["expires_at"] = self._moment(item["expires_at"])

    def _text(self, text: str) -> str:
        return repr(self.price(to_number(text)))

    def _word(self, word: str) -> str:
        return _OTHER_DIRECTION.get(word, _OTHER_WORD.get(word, word)) if self.flips else word

    def _moment(self, text: str) -> str:
        return (datetime.fromisoformat(text) + self.shift).isoformat()


Pair = tuple[dict[str, Any], dict[str, Any], Relation]
"""A case, another one, and how their outcomes are related."""


def mirror(case: dict[str, Any], middle: int) -> Pair | None:
    """Turn prices around `middle`, longs into shorts; None where a price would still tell.

    Fees on the notional are no mirror images of each other.
    """
    if any(name != "per_lot" for name in case["config"]["fees"]):
        return None
    relation = Relation(price=lambda price: 2.0 * middle - price, flips=True)
    return case, relation.case(case), relation


def shifted(case: dict[str, Any], weeks: int) -> Pair:
    """Move all times by whole weeks."""
    relation = Relation(shift=timedelta(weeks=weeks))
    return case, relation.case(case), relation


def scaled(case: dict[str, Any], factor: float) -> Pair | None:
    """Count prices in another unit, a power of two, without the decimal grid of prices.

    None where no specification says what a pip and a contract are.
    """
    if case["config"]["spec"] is None:
        return None
    base = copy.deepcopy(case)
    base["config"]["spec"]["digits"] = None
    relation = Relation(price=lambda price: price * factor, unit=lambda unit: unit / factor)
    changed = relation.case(base)
    spec = changed["config"]["spec"]
    spec["contract_size"] = repr(to_number(spec.get("contract_size", "100000")) / factor)
    for name in ("pip_size", "tick_size", "min_stop_distance"):
        if name in spec:
            spec[name] = repr(to_number(spec[name]) * factor)
    return base, changed, relation


def other_spec(case: dict[str, Any]) -> Pair | None:
    """Specify one more symbol; None where no symbol has a specification, which is a mode."""
    if case["config"]["spec"] is None:
        return None
    changed = copy.deepcopy(case)
    changed["config"]["more_specs"] = [{"symbol": "ZARJPY", "pip_size": "0.25", "digits": 1}]
    return case, changed, Relation()


def cut(case: dict[str, Any], bars: int) -> dict[str, Any] | None:
    """Cut a case to its first bars; None where that would change what is checked before a run."""
    config = case["config"]
    if len(case["bars"]) <= bars or config.get("start_bar", 0) >= bars:
        return None
    if config["policy"]["on_crossed"] == "error":
        return None
    return {**case, "bars": case["bars"][:bars]}


def begun(outcome: Outcome, bars: int) -> Outcome:
    """Keep what had happened before CLOSE of the bar after which a case was cut."""
    last = bars - 1
    events = [
        event
        for event in outcome.get("events") or []
        if event["bar"] < last or (event["bar"] == last and event["phase"] in _BEFORE_CLOSE)
    ]
    states = [[bar, state] for bar, state in outcome.get("states") or [] if bar < bars]
    return {"events": events, "states": states}
