"""Reads a canonical state, field by field (state.schema.json, L9.restore)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .arithmetic import is_finite
from .errors import make_error
from .execution_state import STATE_VERSION
from .settings import is_whole

# No whole number of a state may be larger, whatever its sign.
LARGEST_WHOLE = 2**62

COUNT = "a whole number >= 1"
WHOLE = "a whole number >= 0"
TIME = "microseconds since 1970, a whole number"
NUMBER = "a finite number"
AMOUNT = "a finite number >= 0.0"
TEXT = "text that is not empty"
FLAG = "True or False"
DIRECTION = "long, short"
ORDER_TYPE = "market, limit, stop"
AT = "open, inside, close"
STOP_REASON = "stop_loss, break_even_stop_loss, trailing_stop"

# Name, what its value is, whether None is one.
ORDER_FIELDS = (
    ("order_id", COUNT, False),
    ("symbol", TEXT, False),
    ("direction", DIRECTION, False),
    ("type", ORDER_TYPE, False),
    ("entry", NUMBER, True),
    ("entry_time_us", TIME, False),
    ("reference", NUMBER, False),
    ("unit_value", NUMBER, False),
    ("risk", NUMBER, True),
    ("size", AMOUNT, False),
    ("initial_size", AMOUNT, False),
    ("stop_loss", NUMBER, True),
    ("take_profit", NUMBER, True),
    ("initial_stop_loss", NUMBER, True),
    ("initial_take_profit", NUMBER, True),
    ("expires_at_us", TIME, True),
    ("max_bars", COUNT, True),
    ("oco", TEXT, True),
)
POSITION_FIELDS = (
    ("trigger_time_us", TIME, False),
    ("at", AT, False),
    ("entry_price", NUMBER, False),
    ("entry_fee", AMOUNT, False),
    ("ambiguous", FLAG, False),
)
ACCOUNT_FIELDS = (("now_unit", NUMBER, False), ("margin", AMOUNT, False), ("swap", NUMBER, False))
LEDGER_FIELDS = (
    ("cash", NUMBER, False),
    ("total_fees", AMOUNT, False),
    ("realised", NUMBER, False),
    ("closed", WHOLE, False),
    ("max_equity", NUMBER, False),
    ("max_drawdown", AMOUNT, False),
)
# There only where they say something; else they are what stands behind them.
ORDER_OPTIONS = (("stop_reason", STOP_REASON, "stop_loss"), ("bars_seen", WHOLE, 0))
POSITION_OPTIONS = (("stop_reason", STOP_REASON, "stop_loss"), ("parts", WHOLE, 0))
LEDGER_OPTIONS = (("total_swap", NUMBER, 0.0),)

Fields = tuple[tuple[str, str, bool], ...]
Options = tuple[tuple[str, str, Any], ...]


class CarriedFill(NamedTuple):
    """How a position of a state was filled, and what has become of it."""

    time_us: int
    at: str
    price: float
    fee: float
    ambiguous: bool
    now_unit: float | None
    margin: float
    swap: float


class Carried(NamedTuple):
    """An order of a state, or with a fill a position."""

    order_id: int
    symbol: str
    direction: str
    order_type: str
    entry: float | None
    entry_time_us: int
    reference: float
    unit_value: float
    risk: float | None
    size: float
    initial_size: float
    stop_loss: float | None
    take_profit: float | None
    initial_stop_loss: float | None
    initial_take_profit: float | None
    expires_at_us: int | None
    max_bars: int | None
    oco: str | None
    stop_reason: str
    bars_seen: int
    parts: int
    fill: CarriedFill | None


class CarriedLedger(NamedTuple):
    """What the portfolio of a state has booked."""

    cash: float
    total_fees: float
    realised: float
    closed: int
    max_equity: float
    max_drawdown: float
    total_swap: float


class CarriedState(NamedTuple):
    """A state that was read and is in order; `opened` has the positions as they opened."""

    time_us: int | None
    next_order_id: int
    orders: list[Carried]
    positions: list[Carried]
    opened: list[int]
    ledger: CarriedLedger


def read_state(state: object, accounted: bool) -> CarriedState:
    """Read a state; `accounted` says whether its positions tell of rates, margin and swap.

    Errors
    ------
    STATE_INVALID
    """
    given = _read_dict(state, "state")
    version = given.get("version")
    if not is_whole(version) or version != STATE_VERSION:
        raise _invalid("version", version, f"{STATE_VERSION}")
    time_us = _read_value(given, "", "time_us", TIME, True)
    next_order_id = _read_value(given, "", "next_order_id", COUNT, False)
    orders = [
        _read_order(item, f"orders[{place}]", filled=False, accounted=accounted)
        for place, item in enumerate(_read_list(given, "orders"))
    ]
    positions = [
        _read_order(item, f"positions[{place}]", filled=True, accounted=accounted)
        for place, item in enumerate(_read_list(given, "positions"))
    ]
    ledger = CarriedLedger(
        **_read_record(given.get("ledger"), "ledger", LEDGER_FIELDS, LEDGER_OPTIONS)
    )
    known = ("version", "time_us", "next_order_id", "orders", "positions", "ledger", "opened")
    _refuse_unknown(given, "", known)
    check_numbers(next_order_id, orders, positions)
    return CarriedState(
        time_us, next_order_id, orders, positions, _read_opened(given, positions), ledger
    )


def _read_order(item: object, where: str, *, filled: bool, accounted: bool) -> Carried:
    """Read an order, or a position where `filled`."""
    fields: Fields = ORDER_FIELDS
    options: Options = ORDER_OPTIONS
    if filled:
        fields = fields + POSITION_FIELDS + (ACCOUNT_FIELDS if accounted else ())
        options = POSITION_OPTIONS
    values = _read_record(item, where, fields, options)
    waits = values["type"] != "market"
    if waits is (values["entry"] is None):
        expected = f"{NUMBER} of a limit or stop order" if waits else "None of a market order"
        raise _invalid(f"{where}.entry", values["entry"], expected)
    fill = None
    if filled:
        fill = CarriedFill(
            values["trigger_time_us"], values["at"], values["entry_price"], values["entry_fee"],
            values["ambiguous"], values.get("now_unit"), values.get("margin", 0.0),
            values.get("swap", 0.0),
        )  # fmt: skip
    shared = [values[name] for name, _, _ in ORDER_FIELDS]
    bars_seen, parts = values.get("bars_seen", 0), values.get("parts", 0)
    return Carried._make([*shared, values["stop_reason"], bars_seen, parts, fill])


def _read_record(record: object, where: str, fields: Fields, options: Options) -> dict[str, Any]:
    """Read the fields of a record, and refuse what is none of them."""
    given = _read_dict(record, where)
    values = {
        name: _read_value(given, f"{where}.", name, kind, maybe) for name, kind, maybe in fields
    }
    for name, kind, default in options:
        present = name in given
        values[name] = _read_value(given, f"{where}.", name, kind, False) if present else default
    _refuse_unknown(given, f"{where}.", tuple(values))
    return values


def _read_dict(value: object, where: str) -> Mapping[str, Any]:
    """Read what has names and values."""
    if not isinstance(value, dict):
        raise _invalid(where, value, "a dict of names and values")
    return value


def _read_list(given: Mapping[str, Any], name: str) -> list[Any]:
    """Read a list of the state."""
    value = given.get(name)
    if not isinstance(value, list):
        raise _invalid(name, value, "a list")
    return value


def _read_value(given: Mapping[str, Any], where: str, name: str, kind: str, maybe: bool) -> Any:
    """Read one value, None only where it may be."""
    value = given.get(name)
    if value is None and maybe and name in given:
        return None
    found = _value_of(value, kind)
    if found is None:
        raise _invalid(f"{where}{name}", value, f"{kind}, or None" if maybe else kind)
    return found


def _value_of(value: object, kind: str) -> Any:
    """Return a value as its kind has it, None where it is of another."""
    if kind in (COUNT, WHOLE, TIME):
        least = {COUNT: 1, WHOLE: 0, TIME: -LARGEST_WHOLE}[kind]
        return value if is_whole(value) and least <= value <= LARGEST_WHOLE else None  # type: ignore[operator]
    if kind in (NUMBER, AMOUNT):
        whole = is_whole(value) and -LARGEST_WHOLE <= value <= LARGEST_WHOLE  # type: ignore[operator]
        if not whole and not isinstance(value, float):
            return None
        number = float(value) + 0.0  # type: ignore[arg-type]
        return number if is_finite(number) and (kind == NUMBER or number >= 0.0) else None
    if kind == FLAG:
        return value if isinstance(value, bool) else None
    if not isinstance(value, str):
        return None
    accepted = value != "" if kind == TEXT else value in kind.split(", ")
    return value if accepted else None


def _read_opened(given: Mapping[str, Any], positions: list[Carried]) -> list[int]:
    """Read in which order the positions opened; that of acceptance where nothing is said."""
    numbers = [item.order_id for item in positions]
    if "opened" not in given:
        return numbers
    opened = _read_list(given, "opened")
    if not all(map(is_whole, opened)) or sorted(opened) != numbers:
        raise _invalid("opened", opened, f"the order ids of the positions: {numbers}")
    return opened


def _refuse_unknown(given: Mapping[str, Any], where: str, known: tuple[str, ...]) -> None:
    """Refuse a name that says nothing, in their order."""
    for name in given:
        if name not in known:
            raise _invalid(f"{where}{name}", given[name], "no such field here")


def check_numbers(next_order_id: int, orders: list[Carried], positions: list[Carried]) -> None:
    """Ask for numbers in order of acceptance, each once, below that of the next order."""
    seen: set[int] = set()
    for name, items in (("orders", orders), ("positions", positions)):
        last = 0
        for place, item in enumerate(items):
            number = item.order_id
            if number <= last or number in seen or number >= next_order_id:
                expected = f"numbers that ascend, each once, below {next_order_id}"
                raise _invalid(f"{name}[{place}].order_id", number, expected)
            seen.add(number)
            last = number


def _invalid(field: str, value: object, expected: str) -> Exception:
    """Build the error of a state that is none."""
    return make_error("STATE_INVALID", field=field, value=value, expected=expected)
