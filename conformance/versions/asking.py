"""Asks two versions the same: the job's signals, given once, as a script for both."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from ..client import BackendSpec, Client
from ..isolation import engine_module
from ..jobs import Job
from ..outcome import Outcome
from ..records.chain import chain
from ..replay_case import case_of

__all__ = ["Asked", "Unasked", "ask_new", "ask_old", "modest", "refuse_unknown"]

# What the schema of cases asks for in every policy.
_ALWAYS = frozenset({"market_fill", "close_at_end", "on_crossed"})
# Places in a row of a case: time, then open, high, low, close of the bid and of the ask.
_BID_CLOSE, _ASK_CLOSE = 4, 8


class Unasked(ValueError):
    """The two versions cannot be asked the same; the message says why."""


@dataclass(frozen=True)
class Asked:
    """The case that both versions play, and what this version made of it."""

    case: dict[str, Any]
    outcome: Outcome
    signals: int


def ask_new(job: Job, backend: str, seconds: float) -> Asked:
    """Run a job on this version, make a case of it, and see that the case does the same.

    Raises
    ------
    Unasked
        The strategy fails, differs from itself, or does something that no script can repeat.
    """
    with Client(BackendSpec(backend)) as worker:
        request = {"do": "job", "job": job.plain(), "give": "digest", "record": True}
        run = worker.ask(request, seconds)["outcome"]
        if run["error"] is not None:
            failure = run["error"]
            raise Unasked(
                f"{job.label} fails on {backend}: {failure['code'] or failure['type']}: "
                f"{failure['message']}"
            )
        again = worker.ask({**request, "record": False}, seconds)["outcome"]
        if again.get("chain") != run["chain"]:
            raise Unasked(f"{job.label} differs from itself on {backend}: nothing can be compared")
        engine = importlib.import_module(engine_module("python"))
        try:
            case = modest(case_of(engine, job, run["given"], name="job/against"))
        except ValueError as error:
            raise Unasked(str(error)) from error
        outcome = worker.ask({"do": "case", "case": case, "columns": True}, seconds)["outcome"]
    if outcome["error"] is not None or chain(outcome["events"]).last != run["chain"]:
        raise Unasked(
            "the signals alone do not repeat the run: the strategy also writes to its positions, "
            "closes them or orders by other ways, which older versions cannot be asked for"
        )
    return Asked(case, outcome, run["signals_given"])


def ask_old(worker: Any, asked: Asked, seconds: float) -> Outcome:
    """Let another version play the case.

    Raises
    ------
    Unasked
        It cannot: an option or a kind of signal that it does not know, or an error of no rule.
    """
    answer = worker.ask({"do": "case", "case": asked.case, "columns": True}, seconds)
    if "skip" in answer:
        raise Unasked(f"{worker.spec.label} cannot play this: {answer['skip']}")
    outcome: Outcome = answer["outcome"]
    failure = outcome.get("error")
    if failure is not None and failure["code"] is None:
        raise Unasked(
            f"{worker.spec.label} cannot play this: {failure['type']}: {failure['message']}"
        )
    return outcome


def refuse_unknown(schema: dict[str, Any], case: dict[str, Any], label: str) -> None:
    """Refuse to ask a version for settings that its cases do not know, which it would pass over.

    Raises
    ------
    Unasked
        With the first such setting.
    """
    if not schema:
        raise Unasked(f"{label} does not say what its cases may hold")
    known = schema["$defs"]["config"]["properties"]
    for name, value in case["config"].items():
        inner = _properties(schema, known.get(name))
        unknown = sorted(set(value) - inner) if isinstance(value, dict) and inner else []
        if name not in known or unknown:
            what = name if name not in known else f"{name}.{unknown[0]}"
            raise Unasked(f"{label} does not know the setting {what}, so it cannot be asked for it")


def _properties(schema: dict[str, Any], part: Any) -> set[str]:
    """Collect the keys that a part of a schema allows, over its variants."""
    if not isinstance(part, dict):
        return set()
    found = set(part.get("properties", {}))
    if "$ref" in part:
        found |= _properties(schema, schema["$defs"][part["$ref"].rpartition("/")[2]])
    for variant in (*part.get("oneOf", []), *part.get("anyOf", [])):
        found |= _properties(schema, variant)
    return found


def modest(case: dict[str, Any]) -> dict[str, Any]:
    """Leave out of a case what only repeats a default, so that older versions understand it.

    Examples
    --------
    >>> policy = {"market_fill": "close", "close_at_end": False, "on_crossed": "warn",
    ...           "intrabar": "worst", "below_min": "clamp"}
    >>> config = {"policy": policy, "fees": {"per_lot": "0.0", "percent": "0.1"}}
    >>> bars = [["2024-01-02T00:00:00Z", *["1.1"] * 4, *["1.2"] * 4]]
    >>> signal = {"bar": 0, "direction": "long", "type": "market", "entry": "1.2", "sl": "1.0"}
    >>> few = modest({"config": config, "signals": [signal], "bars": bars})
    >>> sorted(few["config"]["policy"]), few["config"]["fees"]
    (['below_min', 'close_at_end', 'market_fill', 'on_crossed'], {'percent': '0.1'})
    >>> few["signals"]
    [{'bar': 0, 'direction': 'long', 'entry': None, 'sl': '1.0'}]
    """
    engine = importlib.import_module(engine_module("python"))
    config = dict(case["config"])
    usual = engine.ExecutionPolicy()
    config["policy"] = {
        name: value
        for name, value in config["policy"].items()
        if name in _ALWAYS or not _is_default(value, getattr(usual, name))
    }
    config["fees"] = {name: value for name, value in config["fees"].items() if float(value) != 0.0}
    signals = [_modest_signal(signal, case["bars"]) for signal in case["signals"]]
    return {**case, "config": config, "signals": signals}


def _modest_signal(signal: dict[str, Any], bars: list[list[str]]) -> dict[str, Any]:
    """Leave out that a signal is a market order, and the entry that it gets by default.

    What is left out each version fills in by its own rules (S1.type, S1.entry_default).
    """
    if signal.get("type") != "market":
        return signal
    told = {key: value for key, value in signal.items() if key != "type"}
    row = bars[signal["bar"]]
    close = row[_ASK_CLOSE if signal["direction"] in {"long", "buy"} else _BID_CLOSE]
    if told.get("entry") == close:
        told["entry"] = None
    return told


def _is_default(value: Any, default: Any) -> bool:
    return bool(value == (repr(default) if isinstance(default, float) else default))
