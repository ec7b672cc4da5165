"""Makes a case in which two sides part as small and plain as it goes, while they part alike.

Alike means: in the same stage, at the same field, by the same rules.  A long case is first cut down
in large pieces, then part by part (`fuzz_shrink`), and what is left is made rounder.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from fillproof import golden

from ..case_keys import is_cross
from ..compare import first_difference
from ..difference import Difference
from ..fuzz_shrink import shrink
from ..given import gives_all, restrict
from ..outcome import Outcome

__all__ = ["Minimised", "golden_file", "likeness", "minimise"]

Case = dict[str, Any]
Ask = Callable[[dict[str, Any]], dict[str, Any]]
_PLAIN = {"initial_balance": "10000", "slippage_pips": "0"}
_MOST_TRIES = 4000
_AFTER = 2


@dataclass(frozen=True)
class Minimised:
    """What came of it.

    Attributes
    ----------
    case
        The smallest case found; without `expect`.
    difference
        Where the two sides part in it.
    tries
        How many cases were played on both.
    """

    case: Case
    difference: Difference
    tries: int


def likeness(found: Difference) -> tuple[Any, ...]:
    """Give what has to stay the same of a difference while its case gets smaller."""
    return (found.stage, found.kind, found.field.partition("[")[0], *_rules(found))


def _rules(found: Difference) -> tuple[str | None, str | None]:
    return found.left_rule, found.right_rule


class _Both:
    """Plays cases on both sides and looks for a difference of one kind."""

    def __init__(self, reference: Ask, candidate: Ask, hello: dict[str, Any]) -> None:
        self._asks = (reference, candidate)
        self._hello = hello
        self.tries = 0

    def part(self, case: Case) -> Difference | None:
        """Find where the sides part; None where they do not, or one cannot play the case."""
        self.tries += 1
        outcomes: list[Outcome] = []
        for ask in self._asks:
            answer = ask({"do": "case", "case": case})
            if "outcome" not in answer:
                return None
            outcomes.append(answer["outcome"])
        left, right = outcomes
        if not gives_all(self._hello):
            left, right, _ = restrict(left, right, self._hello)
        return first_difference(left, right)


def minimise(case: Case, reference: Ask, candidate: Ask, hello: dict[str, Any]) -> Minimised | None:
    """Shrink a case; None where the sides do not part in it.

    Parameters
    ----------
    case
        Of kind `run`, with signals and commands.
    reference, candidate
        Ask a side.
    hello
        What the candidate said of itself: only what it gives is compared.
    """
    both = _Both(reference, candidate, hello)
    small = {name: value for name, value in case.items() if name != "expect"}
    small.setdefault("signals", [])
    small.setdefault("commands", [])
    found = both.part(small)
    if found is None:
        return None
    wanted = likeness(found)

    def fails(smaller: Case) -> bool:
        if both.tries >= _MOST_TRIES:
            return False
        other = both.part(smaller)
        return other is not None and likeness(other) == wanted

    small = _coarsely(small, found, fails)
    small = shrink(small, fails)
    small = _rounder(small, fails)
    last = both.part(small)
    return None if last is None else Minimised(small, last, both.tries)


def _coarsely(case: Case, found: Difference, fails: Callable[[Case], bool]) -> Case:
    """Leave out what comes later, then what came before, then signals by halves."""
    if is_cross(case):
        return case
    if found.bar is not None:
        case = _first_that(
            fails, case, (_bars(case, 0, found.bar + 1 + more) for more in (0, 1, _AFTER, 20))
        )
    end, reach = len(case["bars"]), 2
    while reach < end:
        shorter = _bars(case, end - reach, end)
        if fails(shorter):
            case = shorter
            break
        reach *= 2
    return _fewer_signals(case, fails)


def _fewer_signals(case: Case, fails: Callable[[Case], bool]) -> Case:
    """Leave out signals in pieces that get smaller; a command keeps the number of its order."""
    if case["commands"]:
        return case
    size = len(case["signals"]) // 2
    while size >= 1:
        place = 0
        while place < len(case["signals"]):
            signals = case["signals"]
            fewer = {**case, "signals": [*signals[:place], *signals[place + size :]]}
            if fails(fewer):
                case = fewer
            else:
                place += size
        size //= 2
    return case


def _first_that(fails: Callable[[Case], bool], case: Case, smaller: Iterator[Case]) -> Case:
    return next((candidate for candidate in smaller if fails(candidate)), case)


def _bars(case: Case, first: int, end: int) -> Case:
    """Keep some bars of a case of one symbol, and what is said and done in them."""
    start = max(0, case["config"].get("start_bar", 0) - first)
    kept = {
        name: [
            {**item, "bar": item["bar"] - first}
            for item in case[name]
            if first <= item["bar"] < end
        ]
        for name in ("signals", "commands")
    }
    config = {name: value for name, value in case["config"].items() if name != "start"}
    bars = case["bars"][first:end]
    return {**case, "config": {**config, "start_bar": start}, "bars": bars, **kept}


def _rounder(case: Case, fails: Callable[[Case], bool]) -> Case:
    """Write plainer settings and prices with fewer places, one by one."""
    for name, plain in _PLAIN.items():
        if case["config"].get(name, plain) != plain:
            case = _tried(case, ("config", name), plain, fails)
    for path, value in list(_numbers(case)):
        for plainer in _plainer(value):
            changed = _tried(case, path, plainer, fails)
            if changed is not case:
                case = changed
                break
    return case


def _tried(case: Case, path: tuple[Any, ...], value: str, fails: Callable[[Case], bool]) -> Case:
    changed = copy.deepcopy(case)
    holder: Any = changed
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    # Made rounder, a candle must not come to lie with its ask below its bid.
    sound = path[0] != "bars" or _crossed(changed) <= _crossed(case)
    return changed if sound and fails(changed) else case


def _crossed(case: Case) -> int:
    return sum(
        float(bid) > float(ask)
        for row in case.get("bars", [])
        for bid, ask in zip(row[1:5], row[5:9], strict=True)
    )


def _numbers(case: Case) -> Iterator[tuple[tuple[Any, ...], str]]:
    """List the numbers of the script, then of the bars, that are written as text."""
    for list_name in ("signals", "commands"):
        for place, item in enumerate(case[list_name]):
            for name in ("entry", "sl", "tp", "price", "value"):
                if isinstance(item.get(name), str):
                    yield (list_name, place, name), item[name]
    for place, row in enumerate(case.get("bars", [])):
        for column, value in enumerate(row):
            if column and isinstance(value, str):
                yield ("bars", place, column), value


def _plainer(value: str) -> Iterator[str]:
    """Write a number with fewer places, the fewest first."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int):
        return
    for places in range(1, -exponent):
        text = str(round(number, places))
        if text != value:
            yield text


def _modules(rule: str) -> Iterator[str]:
    """Name the modules whose cases are evidence of a rule."""
    for known in golden.rules():
        for evidence in known["evidence"] if known["id"] == rule else ():
            kind, _, rest = evidence.partition("/")
            if kind == "cases":
                yield rest.partition("/")[0]


def golden_file(case: Case, found: Difference, labels: tuple[str, str]) -> dict[str, Any]:
    """Make what is written: a case for golden/cases whose expectation is for a person to write.

    Examples
    --------
    >>> apart = Difference("fill", "price", 1.0, 2.0, left_rule="E1.close", right_rule="E1.close")
    >>> made = golden_file({"id": "a/b/c", "config": {}}, apart, ("python", "rust"))
    >>> made["rule"], made["cases"][0]["expect"]["events"]
    ('E1.close', [])
    """
    rule = found.left_rule or found.right_rule or ""
    place = "" if found.bar is None else f" in bar {found.bar}"
    told = f"{labels[0]} and {labels[1]} part at {found.field}{place}"
    module = next(iter(_modules(rule)), found.kind or found.stage)
    named = f"{module}/{rule or 'no.rule'}/made_small"
    body = {name: value for name, value in case.items() if name not in {"id", "comment", "expect"}}
    return {
        "schema": "case.schema.json",
        "version": 1,
        "module": module,
        "rule": rule,
        "header": [
            f"{told}.",
            "Work out by hand what the rule says: `expect`, and as `sum` its arithmetic.",
            "Until then the lint refuses this file; no engine fills it.",
        ],
        "number_of_cases": 1,
        "cases": [
            {"id": named, "comment": told, **body, "expect": {"events": []}},
        ],
    }
