"""Signals as the executor takes them, and how raw ones become so (rule S1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fillproof.errors import FillproofError

from .arithmetic import is_finite
from .candles import from_time_us, is_number, to_time_us
from .errors import make_error
from .settings import Settings, is_name, is_whole

DIRECTIONS = {"long": "long", "short": "short", "buy": "long", "sell": "short"}
ORDER_TYPES = ("market", "limit", "stop")
MAX_BARS_MOST = 2**31 - 1
RAW_KEYS = (
    "direction", "entry", "sl", "tp", "symbol", "type", "reason", "tags", "scenario", "meta",
    "metadata",
)  # fmt: skip
SIGNAL_FIELDS = (
    "direction", "entry_price", "stop_loss", "take_profit", "symbol", "timestamp", "type",
    "reason", "scenario", "meta",
)  # fmt: skip


class TradeSignal(Settings):
    """An order as a strategy wants it, normalised; stored as given, checked by the executor.

    Parameters
    ----------
    direction : {"long", "short"}
    entry_price : float or None
        Level of a limit or stop order. Of a market order recorded, and the price of the fill
        with market_fill="signal"; None: the opening side's close.
    stop_loss, take_profit : float or None
        Prices; None: without.
    symbol : str
    timestamp : datetime
        Open of the bar in which the signal was made (T1).
    type : {"market", "limit", "stop"}
    reason, tags, scenario
        Carried along, never interpreted.
    meta : mapping, optional
        The same, but for the options of an order: expires_at, max_bars, oco (S1.order_options).

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> when = datetime(2024, 1, 2, tzinfo=UTC)
    >>> TradeSignal("long", None, 1.0990, 1.1020, "EURUSD", when).type
    'market'
    """

    _fields = (
        "direction", "entry_price", "stop_loss", "take_profit", "symbol", "timestamp", "type",
        "reason", "tags", "scenario", "meta",
    )  # fmt: skip

    direction: str
    entry_price: float | None
    stop_loss: float | None
    take_profit: float | None
    symbol: str
    timestamp: datetime | None
    type: str
    reason: str | None
    tags: tuple[str, ...]
    scenario: str | None
    meta: dict[str, object]

    def __init__(
        self,
        direction: str,
        entry_price: float | None,
        stop_loss: float | None,
        take_profit: float | None,
        symbol: str,
        timestamp: datetime | None,
        type: str = "market",
        reason: str | None = None,
        tags: object = (),
        scenario: str | None = None,
        meta: Mapping[str, object] | None = None,
    ) -> None:
        self._set(
            direction=direction,
            entry_price=entry_price,
            stop_loss=stop_loss,
            take_profit=take_profit,
            symbol=symbol,
            timestamp=timestamp,
            type=type,
            reason=reason,
            tags=(tags,) if isinstance(tags, str) else tuple(tags),  # type: ignore[arg-type]
            scenario=scenario,
            meta=dict(meta) if meta is not None else {},
        )

    def __hash__(self) -> int:
        return hash((self.direction, self.symbol, self.timestamp, self.stop_loss, self.take_profit))


class Rejection(Settings):
    """A signal or command that was not carried out, and the rule that says so (S3, L8).

    Attributes
    ----------
    order_id : int
    time_us : int
        Open of the bar, microseconds since 1970 UTC.
    symbol, rule, field, expected : str
    value : float, str or None
        The value that broke the rule.
    """

    _fields = ("order_id", "time_us", "symbol", "rule", "field", "value", "expected")
    order_id: int
    time_us: int
    symbol: str
    rule: str
    field: str
    value: object
    expected: str

    def __init__(
        self,
        order_id: int,
        time_us: int,
        symbol: str,
        rule: str,
        field: str,
        value: object,
        expected: str,
    ) -> None:
        self._set(
            order_id=order_id,
            time_us=time_us,
            symbol=symbol,
            rule=rule,
            field=field,
            value=value,
            expected=expected,
        )

    @property
    def time(self) -> datetime:
        """Open of the bar, UTC."""
        return from_time_us(self.time_us)


def is_signal(value: object) -> bool:
    """Tell whether a value can be read as a TradeSignal, whichever backend made it."""
    if isinstance(value, TradeSignal):
        return True
    for name in SIGNAL_FIELDS:  # noqa: SIM110 - a generator costs a closure at each call
        if not hasattr(value, name):
            return False
    return True


def normalise(
    raw: object, bid: object, ask: object, symbol: str | None, bar: int, time: datetime | None
) -> object:
    """Turn what a strategy returned for one order into a TradeSignal (S1).

    Parameters
    ----------
    raw : dict or TradeSignal
        A signal object passes as it is.
    bid, ask : candle or None
        The bar in which the signal was made, for the missing entry.
    symbol : str or None
        Taken where the raw signal names none.
    bar : int
        Absolute index, for errors.
    time : datetime or None
        Open of the bar, for the timestamp.

    Errors
    ------
    SIGNAL_NOT_UNDERSTOOD, DIRECTION_UNKNOWN
    """
    if is_signal(raw):
        return raw
    if not isinstance(raw, Mapping):
        raise make_error(
            "SIGNAL_NOT_UNDERSTOOD", bar=bar, symbol=symbol, field="signal", value=raw,
            expected="None, a dict, a TradeSignal or a list of them",
        )  # fmt: skip
    for key in raw:
        if key not in RAW_KEYS:
            raise make_error(
                "SIGNAL_NOT_UNDERSTOOD", bar=bar, symbol=symbol, field=str(key), value=raw[key],
                expected="one of the keys " + ", ".join(RAW_KEYS),
            )  # fmt: skip
    direction = raw.get("direction")
    if not isinstance(direction, str) or direction not in DIRECTIONS:
        raise make_error(
            "DIRECTION_UNKNOWN", bar=bar, symbol=symbol, field="direction", value=direction,
            expected="buy, sell, long or short",
        )  # fmt: skip
    direction = DIRECTIONS[direction]
    entry = raw.get("entry")
    opening_side = ask if direction == "long" else bid
    order_type = "market" if raw.get("type") is None else raw["type"]
    if entry is None and order_type == "market" and opening_side is not None:
        entry = opening_side.close  # type: ignore[attr-defined]
    meta = dict(raw.get("metadata") or {})
    meta.update(raw.get("meta") or {})
    return TradeSignal(
        direction,
        entry,
        raw.get("sl"),
        raw.get("tp"),
        symbol if raw.get("symbol") is None else raw["symbol"],  # type: ignore[arg-type]
        time,
        order_type,
        raw.get("reason"),
        () if raw.get("tags") is None else raw["tags"],
        raw.get("scenario"),
        meta,
    )


class CheckedSignal:
    """What the executor reads of a signal: types are right, numbers may still be NaN."""

    def __init__(
        self,
        direction: str,
        symbol: str,
        order_type: str,
        entry: float | None,
        stop: float | None,
        target: float | None,
    ) -> None:
        self.direction = direction
        self.sign = 1.0 if direction == "long" else -1.0
        self.symbol = symbol
        self.order_type = order_type
        self.entry = entry
        self.stop = stop
        self.target = target
        self.expires_at_us: int | None = None
        self.max_bars: int | None = None
        self.oco: str | None = None


def check_signal(signal: object, bar: int | None) -> CheckedSignal:
    """Read direction, symbol, entry, stop and target of a signal, or say what is wrong (S1).

    Errors
    ------
    SIGNAL_NOT_UNDERSTOOD, DIRECTION_UNKNOWN, TYPE_UNKNOWN, ENTRY_NOT_FINITE
    """
    if not is_signal(signal):
        raise make_error(
            "SIGNAL_NOT_UNDERSTOOD", bar=bar, field="signal", value=signal,
            expected="a TradeSignal",
        )  # fmt: skip
    symbol = signal.symbol  # type: ignore[attr-defined]
    if not isinstance(symbol, str):
        raise make_error(
            "SIGNAL_NOT_UNDERSTOOD", bar=bar, field="symbol", value=symbol, expected="a name"
        )
    direction = signal.direction  # type: ignore[attr-defined]
    if direction not in ("long", "short"):
        raise make_error(
            "DIRECTION_UNKNOWN", bar=bar, symbol=symbol, field="direction", value=direction,
            expected="long or short",
        )  # fmt: skip
    order_type = signal.type  # type: ignore[attr-defined]
    if order_type not in ORDER_TYPES:
        raise make_error(
            "TYPE_UNKNOWN", bar=bar, symbol=symbol, field="type", value=order_type,
            expected=", ".join(ORDER_TYPES),
        )  # fmt: skip
    levels: list[float | None] = []
    for name in ("entry_price", "stop_loss", "take_profit"):
        value = getattr(signal, name)
        if value is not None and not is_number(value):
            raise make_error(
                "SIGNAL_NOT_UNDERSTOOD", bar=bar, symbol=symbol, field=name, value=value,
                expected="a price or None",
            )  # fmt: skip
        levels.append(None if value is None else float(value))
    entry = levels[0]
    if entry is None and order_type != "market":
        raise make_error(
            "ENTRY_NOT_FINITE", bar=bar, symbol=symbol, field="entry_price", value=entry,
            expected=f"the price of a {order_type} order",
        )  # fmt: skip
    if entry is not None and not is_finite(entry):
        raise make_error(
            "ENTRY_NOT_FINITE", bar=bar, symbol=symbol, field="entry_price", value=entry,
            expected="a finite price or None" if order_type == "market" else "a finite price",
        )  # fmt: skip
    checked = CheckedSignal(direction, symbol, order_type, entry, levels[1], levels[2])
    if signal.meta:  # type: ignore[attr-defined]
        _read_options(checked, signal.meta)  # type: ignore[attr-defined]
    return checked


def _read_options(checked: CheckedSignal, meta: Mapping[str, object]) -> None:
    """Read the options of an order from the notes of its signal (S1.order_options)."""
    expires_at = meta.get("expires_at")
    if expires_at is not None:
        checked.expires_at_us = _read_expiry(expires_at, checked.symbol)
    max_bars = meta.get("max_bars")
    if max_bars is not None:
        if not is_whole(max_bars) or not 1 <= max_bars <= MAX_BARS_MOST:  # type: ignore[operator]
            raise _meta_error(checked.symbol, "max_bars", max_bars, "a whole number of at least 1")
        checked.max_bars = max_bars  # type: ignore[assignment]
    oco = meta.get("oco")
    if oco is not None:
        if not is_name(oco):
            raise _meta_error(checked.symbol, "oco", oco, "a name: text that is not empty")
        checked.oco = oco  # type: ignore[assignment]


def _read_expiry(value: object, symbol: str) -> int:
    moment = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
    if not isinstance(moment, datetime) or moment.utcoffset() is None:
        raise _meta_error(symbol, "expires_at", value, "an aware datetime or its ISO text")
    return to_time_us(moment, "meta.expires_at")


def _meta_error(symbol: str, name: str, value: object, expected: str) -> FillproofError:
    return make_error(
        "META_INVALID", symbol=symbol, field=f"meta.{name}", value=value, expected=expected
    )
