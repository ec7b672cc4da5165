"""The numbers behind one order, and the sentences that they make.

`fillproof.wording` has the sentences with holes in them; here the holes are filled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fillproof.bars import PRICES, Bar
from fillproof.wording import EXITS, FILLS, MARKS, OTHERS


class Telling:
    """What is told of the rows of one order.

    Parameters
    ----------
    config : mapping
        That of the result; empty where it is not known.
    direction : {"long", "short"}
    signal : mapping, optional
        The order's row of the table of signals.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        direction: str,
        signal: Mapping[str, Any] | None = None,
    ) -> None:
        spec = _mapping(config.get("symbol_spec"))
        self._digits = spec.get("digits")
        self._pip_size = spec.get("pip_size")
        self._policy = _mapping(config.get("policy"))
        self._long = direction == "long"
        self._signal = signal or {}

    def price(self, value: float) -> str:
        """Write a price: with the decimals of its symbol, and more only where it has more."""
        if self._digits is not None:
            told = f"{value:.{self._digits}f}"
            if -1e-9 < float(told) - value < 1e-9:
                return told
        return f"{value:.10g}"

    def bar(self, bar: Bar) -> list[str]:
        """Write both sides of a bar, one a line."""
        return [
            side
            + "".join(
                f"  {name} {self.price(x)}" for name, x in zip(PRICES, bar[side], strict=True)
            )
            for side in ("bid", "ask")
        ]

    def fill(self, row: Mapping[str, Any], bar: Bar | None) -> list[str]:
        """Tell what filled an order, and at which cost."""
        sentence, counts_from = FILLS.get(str(row["entry_rule"]), ("", None))
        numbers = self._numbers(row, bar)
        words = self._words(numbers)
        raw = numbers.get(counts_from or "")
        cost = self._cost(raw, row["entry_price"], row["entry_fee"])
        return [*_filled(sentence, words), cost]

    def exit(self, row: Mapping[str, Any], bar: Bar | None) -> list[str]:
        """Tell what made a position leave, and at which cost."""
        rule = str(row["exit_rule"])
        sentence, counts_from = EXITS.get(rule, ("", None))
        numbers = self._numbers(row, bar)
        taken = "target" if row["reason"] == "take_profit" else "stop"
        numbers |= self._levels(row, numbers, taken, rule)
        words = {**self._words(numbers), "taken": taken}
        raw = numbers.get("level" if counts_from in ("stop", "target") else counts_from or "")
        cost = self._cost(raw, row["exit_price"], row["exit_fee"])
        return [*_filled(sentence, words), cost]

    def mark(self, mark: Mapping[str, Any], bar: Bar | None) -> list[str]:
        """Tell what a bar leaves open, and what the other reading of it is."""
        words = self._words(self._numbers({}, bar))
        price = mark["price"]
        other = OTHERS[mark["other"]].format(price="" if price is None else self.price(price))
        told = f"the other reading: {other}, {money(mark['other_result'])} without fees"
        if mark["result"] is not None:
            told += f" instead of {money(mark['result'])}, {money(mark['difference'])} difference"
        return [*_filled(MARKS.get(mark["rule"], ""), words), told]

    def distance(self, a: float, b: float) -> str:
        """Write how far two prices are apart: in pips where it is known what a pip is."""
        apart = a - b if a >= b else b - a
        if self._pip_size is None:
            return f"{apart:.6g}"
        pips = f"{apart / self._pip_size:.6g}"
        return f"{pips} pip" if pips == "1" else f"{pips} pips"

    def _numbers(self, row: Mapping[str, Any], bar: Bar | None) -> dict[str, float]:
        """Return the numbers that sentences speak of: entry, and the bar as a long sees it."""
        numbers: dict[str, float] = {}
        if bar is not None:
            for key, side in (("o", self._side(True)), ("c", self._side(False))):
                prices = dict(zip(PRICES, bar[side], strict=True))
                for name, own in zip(PRICES, self._mirrored(), strict=True):
                    numbers[f"{key}_{name}"] = prices[own]
        if row:
            numbers["entry"] = row["reference"]
            given = self._signal.get("entry_price")
            if given is None:
                given = numbers.get("o_close")
            if given is not None:
                numbers["given"] = given
        return numbers

    def _side(self, opens: bool) -> str:
        return "ask" if opens == self._long else "bid"

    def _mirrored(self) -> tuple[str, ...]:
        return PRICES if self._long else ("open", "low", "high", "close")

    def _words(self, numbers: Mapping[str, float]) -> dict[str, str]:
        _, high, low, _ = self._mirrored()
        under, over = "at or below", "at or above"
        through, buffer = self._policy.get("limit_through_pips"), self._buffer()
        return {
            **{name: self.price(value) for name, value in numbers.items()},
            "o": self._side(True),
            "c": self._side(False),
            "high": high,
            "low": low,
            "under": under if self._long else over,
            "over": over if self._long else under,
            "through": f" and {through:g} pip beyond it" if through else "",
            "buffer": f" within {buffer:g} pip" if buffer else "",
        }

    def _buffer(self) -> float:
        buffer: float = self._policy.get("exit_buffer_pips", 0.0)
        return buffer

    def _levels(
        self, row: Mapping[str, Any], numbers: Mapping[str, float], taken: str, rule: str
    ) -> dict[str, float]:
        """Return the levels of the exit, and what its price counts from."""
        fields = {"stop": row["stop_loss"], "target": row["take_profit"]}
        levels = {name: level for name, level in fields.items() if level is not None}
        if taken in levels:
            levels["level"] = levels[taken]
            if taken == "stop" and not rule.startswith("R") and "c_high" in numbers:
                # X2.cap
                best, stop = numbers["c_high"], levels["stop"]
                levels["level"] = best if (best < stop) == self._long else stop
        return levels

    def _cost(self, raw: float | None, price: float, fee: float) -> str:
        """Tell the slippage between what a price counts from and itself, and the fee."""
        told = ""
        if raw is not None and raw == price:
            told = "no slippage, "
        elif raw is not None:
            told = f"slippage {self.distance(raw, price)}, from {self.price(raw)}, "
        return f"{told}fee {money(fee)}"


def _filled(sentence: str, words: Mapping[str, str]) -> list[str]:
    """Fill a sentence; without the numbers that it speaks of there is none."""
    try:
        return [sentence.format_map(words)] if sentence else []
    except KeyError:
        return []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def money(value: float) -> str:
    """Write an amount, to 2 places.

    >>> money(-0.001), money(12.5)
    ('0.00', '12.50')
    """
    return f"{round(value, 2) + 0.0:.2f}"
