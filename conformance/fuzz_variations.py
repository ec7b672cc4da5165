"""Variations of a random case: a few cheap changes that ask another question of the same bars.

Drawing a case costs more than playing it, so long runs play each one several times over: under
another policy, with other costs, with a level moved onto a price of a later bar or a tick beside
it.  The changes are chosen by a generator with a seed, so that each can be made again.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from decimal import Decimal
from random import Random
from typing import Any

__all__ = ["variations"]

Change = Callable[[dict[str, Any], Random], None]
_LEVELS = ("entry", "sl", "tp")
_MODES = "worst worst_strict best ohlc olhc nearest_extreme candle_color".split()


def variations(case: dict[str, Any], count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Make `count` variations of a case, each with one to three changes.

    Parameters
    ----------
    case
        A random case of kind `run`; it stays as it is.
    count
        How many.
    seed
        Of the generator that chooses.

    Examples
    --------
    >>> case = {"config": {"policy": {"market_fill": "close"}, "slippage_pips": "0"},
    ...         "bars": [], "signals": [], "commands": []}
    >>> varied = list(variations(case, 20, seed=3))
    >>> case in varied, all(other == case for other in varied), len(varied)
    (True, False, 20)
    """
    random = Random(seed)  # noqa: S311  (cases, not secrets)
    for _ in range(count):
        varied = copy.deepcopy(case)
        for change in random.sample(_CHANGES, random.randint(1, 3)):
            change(varied, random)
        yield varied


def _policy(case: dict[str, Any], random: Random) -> None:
    policy = case["config"]["policy"]
    if policy.get("preset") == "parity":
        policy["exit_buffer_pips"] = random.choice(["0", "0.1", "0.5", "1"])
        return
    options: list[tuple[str, list[Any]]] = [
        ("intrabar", _MODES),
        ("market_fill", ["close", "next_open", "signal"]),
        ("gap_fill", ["open", "level"]),
        ("on_marketable", ["fill", "reject"]),
        ("below_min", ["reject", "clamp"]),
        ("close_at_end", [True, False]),
        ("max_positions", [None, 1, 2, 5]),
        ("max_positions_symbol", [None, 1, 2]),
    ]
    name, values = random.choice(options)
    if name == "intrabar" and case["config"].pop("lower", None) is not None:
        # Lower bars beside another mode are refused.
        case["config"].pop("executor_timeframe", None)
    policy[name] = random.choice(values)


def _costs(case: dict[str, Any], random: Random) -> None:
    config = case["config"]
    if random.random() < 0.5:
        config["slippage_pips"] = random.choice(["0", "0.1", "0.37", "1", "2"])
    elif config["policy"].get("preset") != "parity":
        config["fees"] = random.choice(
            [{}, {"per_lot": "7"}, {"per_million": "25", "minimum": "1"}, {"percent": "0.01"}]
        )


def _size(case: dict[str, Any], random: Random) -> None:
    sizing = random.choice(
        [
            {"fixed_lots": random.choice(["0.01", "0.07", "0.5", "3.33"])},
            {"risk_amount": random.choice(["1", "50", "250.5"])},
            {"risk_fraction": random.choice(["0.001", "0.02", "0.5"])},
        ]
    )
    if case["config"].get("spec") is not None or "fixed_lots" in sizing:
        case["config"]["sizing"] = sizing


def _account(case: dict[str, Any], random: Random) -> None:
    """Make a small account, or one with another margin where it has one."""
    config = case["config"]
    if "margin" not in config:
        config["initial_balance"] = random.choice(["10000", "500", "50", "1234.56"])
        return
    config["margin"]["leverage"] = random.choice(["10", "30", "100", "500"])
    config["margin"]["stop_out"] = random.choice(["0.5", "1", "2", "20"])


def _level(case: dict[str, Any], random: Random) -> None:
    """Put a level onto a price of some bar, or the smallest step of its text beside it."""
    given = [item for item in case["signals"] if "raw" not in item]
    if not given:
        return
    signal = random.choice(given)
    rows = _rows(case, signal.get("symbol"))
    named = [name for name in _LEVELS if isinstance(signal.get(name), str)]
    if not rows or not named:
        return
    price = random.choice(random.choice(rows)[1:])
    if isinstance(price, str) and _is_number(price):
        step = Decimal(1).scaleb(int(Decimal(price).as_tuple().exponent))
        signal[random.choice(named)] = str(Decimal(price) + random.choice([-1, 0, 0, 1]) * step)


def _moment(case: dict[str, Any], random: Random) -> None:
    """Give a signal or a command in another bar, give one twice, or leave one out."""
    kind = random.choice(["signals", "commands"])
    items = case.get(kind) or case["signals"]
    if not items:
        return
    place = random.randrange(len(items))
    choice = random.random()
    if choice < 0.6:
        items[place]["bar"] = max(0, items[place]["bar"] + random.choice([-2, -1, 1, 2]))
        items.sort(key=lambda item: item["bar"])
    elif choice < 0.8:
        items.insert(place, copy.deepcopy(items[place]))
    else:
        del items[place]


def _swap(case: dict[str, Any], random: Random) -> None:
    """Exchange the prices of two bars of one symbol; the times stay."""
    rows = _rows(case, None, random)
    if len(rows) < 2:
        return
    one, other = random.sample(range(len(rows)), 2)
    rows[one][1:], rows[other][1:] = rows[other][1:], rows[one][1:]


def _rows(case: dict[str, Any], symbol: str | None, random: Random | None = None) -> list[Any]:
    """Find the bars of a symbol, where they are rows of both sides; else none."""
    if "symbols" in case:
        symbols = case["symbols"]
        if random is not None:
            symbol = random.choice(list(symbols))
        found = symbols.get(symbol or case["config"]["symbol"], {}).get("bars", [])
    else:
        found = case.get("bars", [])
    return [row for row in found if isinstance(row, list)]


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except ArithmeticError:
        return False


_CHANGES: list[Change] = [_policy, _costs, _size, _account, _level, _level, _moment, _swap]
