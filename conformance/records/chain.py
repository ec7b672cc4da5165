"""A chained digest of a run: 32 bytes a bar, each over its bar's events and the bar before.

Two runs that part at a bar differ in every link from there on, so the first bar that differs is
found by bisection, without either trace.

The bytes of an event: its keys in sorted order without `seq`, which only follows from the rest;
each key and each text as length (u32) and UTF-8; None `n`, booleans `t` and `f`, whole numbers `i`
and 8 bytes, floats `d` and their 8 bytes, texts `s`, lists `l` and mappings `m` with their count
(u32).  All numbers little-endian.  A link is BLAKE2b of 32 bytes over the link before (at first
the name of this format), the bar (i64) and its events.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

__all__ = ["LINK", "Chain", "Chaining", "chain", "first_bar"]

LINK = 32
"""Bytes of a link."""
_HEADER = b"fillproof-chain-1\n"
_OUTSIDE = -1
_FLOAT = struct.Struct("<cd")


@dataclass(frozen=True)
class Chain:
    """The links of a run, bar by bar.

    Attributes
    ----------
    first
        The bar of the first link; -1 where events came before any bar.
    links
        32 bytes for each bar from there on.

    Examples
    --------
    >>> made = chain([{"seq": 0, "bar": 7, "kind": "bar"}, {"seq": 1, "bar": 9, "kind": "bar"}])
    >>> len(made), made.first, made.bars
    (3, 7, range(7, 10))
    >>> Chain.from_bytes(made.to_bytes()) == made
    True
    """

    first: int
    links: bytes

    def __len__(self) -> int:
        return len(self.links) // LINK

    @property
    def bars(self) -> range:
        """The bars that have a link."""
        return range(self.first, self.first + len(self))

    @property
    def last(self) -> str:
        """The last link as hex digits, which stands for the whole run; empty without events."""
        return self.links[-LINK:].hex()

    def link(self, bar: int) -> bytes:
        """Give the link of a bar.

        Raises
        ------
        IndexError
            The bar has none.
        """
        if bar not in self.bars:
            raise IndexError(f"bar {bar} has no link; the chain has bars {_span(self)}")
        place = (bar - self.first) * LINK
        return self.links[place : place + LINK]

    def to_bytes(self) -> bytes:
        """Write the chain as a file: name of the format, first bar and count (i64), links."""
        return _HEADER + struct.pack("<qq", self.first, len(self)) + self.links

    @classmethod
    def from_bytes(cls, content: bytes) -> Chain:
        """Read what `to_bytes` wrote.

        Raises
        ------
        ValueError
            The content is no chain, or a part of one.
        """
        start = len(_HEADER) + 16
        if not content.startswith(_HEADER) or len(content) < start:
            raise ValueError(f"no chain: begins with {content[:20]!r}, expected {_HEADER!r}")
        first, count = struct.unpack_from("<qq", content, len(_HEADER))
        links = content[start:]
        if len(links) != count * LINK:
            raise ValueError(f"a chain of {count} links has {len(links)} bytes of them")
        return cls(first, links)

    def hexes(self) -> list[str]:
        """Give every link as hex digits, for an answer in JSON."""
        return [self.link(bar).hex() for bar in self.bars]

    @classmethod
    def from_hexes(cls, first: int, links: Iterable[str]) -> Chain:
        """Read what `hexes` gave."""
        return cls(first, b"".join(bytes.fromhex(link) for link in links))

    @classmethod
    def read(cls, path: Path) -> Chain:
        """Read the file of a chain; ValueError names it where it is none."""
        try:
            return cls.from_bytes(path.read_bytes())
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None


class Chaining:
    """A chain under construction, for a trace that comes in pieces.

    Examples
    --------
    >>> made = Chaining()
    >>> made.add([{"seq": 0, "bar": 7, "kind": "bar"}])
    >>> made.add([{"seq": 1, "bar": 7, "kind": "fill"}])
    >>> made.chain() == chain([{"bar": 7, "kind": "bar"}, {"bar": 7, "kind": "fill"}])
    True
    """

    def __init__(self) -> None:
        self._links = bytearray()
        self._before = _HEADER
        self._first: int | None = None
        self._bar = _OUTSIDE
        self._content = bytearray()

    def add(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Take events in the order of the run; what has no bar belongs to the one before it.

        Raises
        ------
        ValueError
            An event goes back to an earlier bar.
        TypeError
            A value of a kind that no event may hold.
        """
        for event in events:
            bar = event.get("bar")
            self._go_to(self._bar if bar is None else bar)
            _put_event(self._content, event)

    def chain(self) -> Chain:
        """Give the chain of all that was taken so far."""
        if self._first is None:
            return Chain(_OUTSIDE, b"")
        last = _link(self._before, self._bar, bytes(self._content))
        return Chain(self._first, bytes(self._links) + last)

    def _go_to(self, bar: int) -> None:
        if self._first is None:
            self._first = self._bar = bar
        if bar < self._bar:
            raise ValueError(
                f"an event of bar {bar} comes after bar {self._bar}; expected bars in order"
            )
        while self._bar < bar:
            self._before = _link(self._before, self._bar, bytes(self._content))
            self._links += self._before
            self._content.clear()
            self._bar += 1


def chain(events: Iterable[Mapping[str, Any]]) -> Chain:
    """Make the chain of a trace; a bar without events has a link, too.

    Parameters
    ----------
    events
        In the order of the run.  What has no bar belongs to the one before it.

    Raises
    ------
    ValueError
        An event goes back to an earlier bar.
    TypeError
        A value of a kind that no event may hold.
    """
    made = Chaining()
    made.add(events)
    return made.chain()


def first_bar(left: Chain, right: Chain) -> int | None:
    """Find the first bar in which two runs part; None where the chains are the same.

    Bisects, so that of a million bars twenty are looked at.

    Examples
    --------
    >>> one = [{"bar": bar, "price": 1.0} for bar in range(100)]
    >>> other = [dict(event) for event in one]
    >>> other[42]["price"] = 1.0000000000000002
    >>> first_bar(chain(one), chain(other))
    42
    """
    if left == right:
        return None
    if left.first != right.first or not left.links or not right.links:
        known = [side.first for side in (left, right) if side.links]
        return min(known)
    low, high = 0, min(len(left), len(right))
    # Links agree before `low` and differ from `high` on.
    while low < high:
        middle = (low + high) // 2
        bar = left.first + middle
        if left.link(bar) == right.link(bar):
            low = middle + 1
        else:
            high = middle
    return left.first + low


def _link(before: bytes, bar: int, content: bytes) -> bytes:
    return hashlib.blake2b(before + struct.pack("<q", bar) + content, digest_size=LINK).digest()


def _put_event(content: bytearray, event: Mapping[str, Any]) -> None:
    """Append the canonical bytes of an event without `seq`."""
    head, keys = _shape(tuple(event))
    content += head
    for key, encoded in keys:
        content += encoded
        value = event[key]
        if type(value) is float:
            content += _FLOAT.pack(b"d", value)
        else:
            _put(content, value)


@lru_cache(maxsize=256)
def _shape(names: tuple[str, ...]) -> tuple[bytes, tuple[tuple[str, bytes], ...]]:
    """Give what all events with the same keys begin with, and the keys in order as bytes."""
    kept = sorted(name for name in names if name != "seq")
    return b"m" + struct.pack("<I", len(kept)), tuple((name, _text(name)) for name in kept)


def _put(content: bytearray, value: Any) -> None:
    """Append the canonical bytes of a value."""
    if value is None:
        content += b"n"
    elif value is True or value is False:
        content += b"t" if value else b"f"
    elif isinstance(value, float):
        content += b"d" + struct.pack("<d", value)
    elif isinstance(value, str):
        content += b"s" + _text(value)
    elif isinstance(value, int):
        content += b"i" + struct.pack("<q", value)
    elif isinstance(value, Mapping):
        content += b"m" + struct.pack("<I", len(value))
        for key in sorted(value):
            content += _text(key)
            _put(content, value[key])
    elif isinstance(value, (list, tuple)):
        content += b"l" + struct.pack("<I", len(value))
        for item in value:
            _put(content, item)
    else:
        raise TypeError(f"{type(value).__name__} {value!r} in an event; expected plain values")


@lru_cache(maxsize=4096)
def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("<I", len(encoded)) + encoded


def _span(made: Chain) -> str:
    return f"{made.bars.start} to {made.bars.stop - 1}" if made.links else "none"
