"""What a strategy was shown and what it did, bar by bar, in a form that can be played again."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import numpy as np

from fillproof.tables import to_us

#: Of a signal: what a `TradeSignal` is made of.
SIGNAL = (
    "direction", "entry_price", "stop_loss", "take_profit", "symbol", "timestamp", "type",
    "reason", "tags", "scenario", "meta",
)  # fmt: skip
#: What a strategy may order of an executor.
COMMANDS = ("close", "cancel", "modify")
_NEEDED = frozenset(SIGNAL[:6])
_PLAIN = (str, int, float, bool, type(None))
_PRICES = ("open", "high", "low", "close", "volume")


@dataclass
class Act:
    """One thing that a strategy or manager did besides giving signals.

    Attributes
    ----------
    do : str
        ``close``, ``cancel``, ``modify`` (of the executor), ``write`` (a level of a position),
        ``exit`` or ``part`` (closed by hand and registered).
    order_id : int
    given : dict
        The arguments.
    """

    do: str
    order_id: int
    given: dict[str, Any] = field(default_factory=dict)


@dataclass
class Read:
    """One indicator that was read: how it was asked for, and a digest of what came."""

    method: str
    arguments: tuple[Any, ...]
    named: dict[str, Any]
    index: int
    digest: bytes


@dataclass
class Bar:
    """One evaluation: what was shown, read, given and done."""

    index: int
    time_us: int
    shown: dict[str, bytes]
    reads: list[Read] = field(default_factory=list)
    signals: list[dict[str, Any]] = field(default_factory=list)
    entry: list[Act] = field(default_factory=list)
    managed: bytes | None = None
    manage: list[Act] = field(default_factory=list)


class Tape:
    """All bars of a run, and what of them cannot be played again.

    Attributes
    ----------
    bars : dict of int to Bar
    unrepeatable : list of str
        In words, each once.
    """

    def __init__(self) -> None:
        self.bars: dict[int, Bar] = {}
        self.unrepeatable: list[str] = []

    def cannot_repeat(self, what: str) -> None:
        """Note something that no replay can do."""
        if what not in self.unrepeatable:
            self.unrepeatable.append(what)


def shown(view: Any, executor: Any, portfolio: Any) -> dict[str, bytes]:
    """Digest what a strategy may look at: candles of every timeframe, and the account."""
    candles = blake2b(digest_size=16)
    for timeframe in view:
        for side in ("bid", "ask"):
            candles.update(_latest(view, timeframe, side))
    return {"candles": candles.digest(), "account": account(executor, portfolio)}


def account(executor: Any, portfolio: Any) -> bytes:
    """Digest orders, positions, ledger and equity."""
    values = (executor.state(), portfolio.equity, portfolio.cash, executor.used_margin)
    return blake2b(_text(values).encode(), digest_size=16).digest()


def copy_signal(signal: Any, tape: Tape) -> dict[str, Any]:
    """Keep a signal as it is now; notes are copied, since a strategy may go on using its own."""
    values = {name: getattr(signal, name, None) for name in SIGNAL}
    if values["direction"] is None or values["timestamp"] is None:
        tape.cannot_repeat(f"a signal is a {type(signal).__name__} and no TradeSignal")
    values["meta"] = dict(values["meta"] or {})
    return {name: value for name, value in values.items() if name in _NEEDED or value is not None}


class ShownSlice:
    """A slice that writes down which indicators are read; all else it hands on."""

    def __init__(self, view: Any, hashes: Hashes, reads: list[Read]) -> None:
        self._view = view
        self._hashes = hashes
        self._reads = reads

    @property
    def indicators(self) -> ShownIndicators:
        """Indicators of the slice, watched."""
        return ShownIndicators(self._view, self._hashes, self._reads)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._view, name)

    def __getitem__(self, timeframe: str) -> Any:
        return self._view[timeframe]

    def __iter__(self) -> Iterator[str]:
        return iter(self._view)

    def __contains__(self, timeframe: object) -> bool:
        return timeframe in self._view


class ShownIndicators:
    """An indicator cache that writes down what is asked of it."""

    def __init__(self, view: Any, hashes: Hashes, reads: list[Read]) -> None:
        self._view = view
        self._hashes = hashes
        self._reads = reads

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._view.indicators, name)
        if not callable(found):
            return found

        def watched(*arguments: Any, **named: Any) -> Any:
            values = found(*arguments, **named)
            if all(isinstance(given, _PLAIN) for given in (*arguments, *named.values())):
                digest = self._hashes.of(name, arguments, named, values)
                if digest is not None:
                    index = self._view.index
                    self._reads.append(Read(name, arguments, named, index, digest))
            return values

        return watched


class Hashes:
    """Digests of indicators, each value hashed once however often its array is read.

    Examples
    --------
    >>> import numpy as np
    >>> one, other = Hashes(), Hashes()
    >>> known = one.of("ema", ("M1", "bid", 3), {}, np.array([1.0, 2.0]))
    >>> known == other.of("ema", ("M1", "bid", 3), {}, np.array([1.0, 2.0]))
    True
    >>> one.of("ema", ("M1", "bid", 3), {}, np.array([1.0, 2.0, 3.0])) == known
    False
    """

    def __init__(self) -> None:
        self._done: dict[str, int] = {}

    def of(
        self, name: str, arguments: tuple[Any, ...], named: Mapping[str, Any], values: Any
    ) -> bytes | None:
        """Digest what has come to an indicator since it was read last; None for what is none."""
        arrays = values if isinstance(values, tuple) else (values,)
        if not all(isinstance(array, np.ndarray) for array in arrays):
            return None
        key = _text((name, arguments, dict(named)))
        done, length = self._done.get(key, 0), len(arrays[0])
        hasher = blake2b(length.to_bytes(8, "little"), digest_size=16)
        for array in arrays:
            # A slice that was moved back shows less than before.
            part = array[done:] if done <= length else array
            hasher.update(np.ascontiguousarray(part, dtype=np.float64).tobytes())
        self._done[key] = max(done, length)
        return hasher.digest()


def _latest(view: Any, timeframe: str, side: str) -> bytes:
    try:
        candle = view.latest(timeframe, side)
    except ValueError as error:
        return str(getattr(error, "code", error)).encode()
    if candle is None:
        return b"none"
    prices = [float(getattr(candle, name, 0.0) or 0.0) for name in _PRICES]
    return struct.pack("<q5d", time_us(candle.timestamp), *prices)


def time_us(moment: Any) -> int:
    """Return a time as microseconds."""
    return to_us(moment)


def _text(value: Any) -> str:
    """Write plain values so that equal text means equal bits, whatever the order of keys."""
    if isinstance(value, Mapping):
        inside = ",".join(f"{key}:{_text(value[key])}" for key in sorted(value))
        return f"{{{inside}}}"
    if isinstance(value, (list, tuple)):
        return f"[{','.join(map(_text, value))}]"
    return repr(value)
