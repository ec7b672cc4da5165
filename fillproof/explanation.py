"""Why an order filled, left, or was refused: the rules and the bars behind it, in words.

Everything is read from the tables of a result, the settings that it holds and its candles, so the
text is the same whatever backend ran.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fillproof.bars import Bar, Bars
from fillproof.errors import ConfigError
from fillproof.results import BacktestResult
from fillproof.telling import Telling, money
from fillproof.wording import FIELDS, expectation, moment, title

_ASK_FOR_BARS = "not shown: pass bid= and ask=, the candles of the run"
_NEVER = {
    "pending": "waits still",
    "expired": "expired unfilled",
    "cancelled": "cancelled unfilled",
    "rejected": "rejected",
}


def explain(
    result_or_position: Any, order_id: int | None = None, bid: Any = None, ask: Any = None
) -> str:
    """Say in words which rules and which prices decided about an order.

    Parameters
    ----------
    result_or_position : BacktestResult or PortfolioPosition
    order_id : int, optional
        Of a result: the order's number, as its tables have it.
    bid, ask : candles, optional
        Those of the run; needed for the bars where the result was loaded, and for a position.

    Returns
    -------
    str
        Several lines; the same on every backend.

    Raises
    ------
    ConfigError
        ``ORDER_UNKNOWN``: the result has no such order. ``OPTION_UNKNOWN``: one side without the
        other, or candles that are not those of the run.

    Examples
    --------
    >>> from fillproof import data, run_backtest
    >>> from fillproof.python import EmaCross
    >>> pair = data.eurusd_h1_2017()
    >>> result = run_backtest(pair.bid[:500], pair.ask[:500], EmaCross("H1"), symbol="EURUSD",
    ...                       backend="python")
    >>> print(explain(result, 1))
    order      1: long 1 lot of EURUSD, market order, stop 1.05182, target 1.05482
    fill       2017-01-01 23:00 UTC at 1.05282, rule E1.close: Market orders fill at the close
               bid  open 1.05219  high 1.05418  low 1.05218  close 1.05274
               ask  open 1.05227  high 1.05426  low 1.05226  close 1.05282
               filled at the ask's close 1.05282
               no slippage, fee 0.00
    exit       2017-01-02 02:00 UTC at 1.05182, rule X1.stop: The stop is touched
               bid  open 1.05231  high 1.05232  low 1.05156  close 1.05212
               ask  open 1.05239  high 1.05240  low 1.05164  close 1.05220
               the bid's low 1.05156 reached the stop 1.05182
               no slippage, fee 0.00
               reason stop_loss, result -100.00, -1.000 R, 1 R being 10 pips from 1.05282 to 1.05182
    """
    bars = _bars(bid, ask)
    if isinstance(result_or_position, BacktestResult):
        return _order_of_result(result_or_position, order_id, bars).text()
    return _order_of_position(result_or_position, bars).text()


def explain_rejection(result: BacktestResult, order_id: int, bid: Any, ask: Any) -> str:
    """Say in words why a signal was rejected; see `BacktestResult.explain_rejection`."""
    order = _order_of_result(result, order_id, _bars(bid, ask))
    if order.rejection() is None:
        raise _unknown(order_id, "the number of a signal that was rejected")
    return order.text()


@dataclass(frozen=True)
class _Order:
    """What is known of one order: rows of the tables, and the settings of the run."""

    signal: Mapping[str, Any] | None
    exits: list[dict[str, Any]]
    marks: list[dict[str, Any]]
    refusals: list[dict[str, Any]]
    config: Mapping[str, Any]
    bars: Bars | None

    def rejection(self) -> dict[str, Any] | None:
        """Return the row of the refusals that says why there is no position."""
        return next((row for row in self.refusals if row["kind"] == "signal"), None)

    def text(self) -> str:
        """Tell the order from its signal to its end."""
        lines = self._filled() if self.exits else self._never_filled()
        for row in self.refusals:
            if row["kind"] == "command":
                told = f"{moment(row['time_us'])}, rule {row['rule']}: {title(row['rule'])}"
                lines.append(("refused", told))
                lines.append(("", _breach(row)))
        if self.bars is None:
            lines.append(("bars", _ASK_FOR_BARS))
        return "\n".join(f"{label:<10} {told}".rstrip() for label, told in lines)

    def _telling(self, direction: str) -> Telling:
        return Telling(self.config, direction, self.signal)

    def _bar(self, time_us: int | None) -> Bar | None:
        return None if self.bars is None or time_us is None else self.bars.at(time_us)

    def _filled(self) -> list[tuple[str, str]]:
        *parts, whole = self.exits
        telling = self._telling(whole["direction"])
        filled_us = whole["trigger_time_us"]
        bar = self._bar(filled_us)
        lines = [("order", self._head(telling, whole))]
        lines += _event("fill", filled_us, whole["entry_price"], whole["entry_rule"], telling)
        lines += _beside(telling, bar, telling.fill(whole, bar))
        shown = filled_us
        for count, row in enumerate(self.exits, 1):
            label = "exit" if row is whole else f"part {count}"
            lines += self._exit(telling, row, label, shown)
            shown = row["exit_time_us"]
        if parts and whole["result"] is not None:
            total = 0.0
            for row in self.exits:
                total = total + row["net_result"]
            lines.append(("in all", f"{money(total)} less all fees"))
        for mark in self.marks:
            told = f"{moment(mark['time_us'])}, rule {mark['rule']}: {title(mark['rule'])}"
            lines.append(("ambiguous", told))
            bar = self._bar(mark["time_us"])
            lines += [("", told) for told in telling.mark(mark, bar)]
        return lines

    def _exit(
        self, telling: Telling, row: Mapping[str, Any], label: str, shown_us: int
    ) -> list[tuple[str, str]]:
        if row["exit_time_us"] is None:
            return [("open", "still open" + _levels(telling, row["stop_loss"], row["take_profit"]))]
        bar = self._bar(row["exit_time_us"])
        lines = _event(label, row["exit_time_us"], row["exit_price"], row["exit_rule"], telling)
        shown = bar is not None and row["exit_time_us"] == shown_us
        lines += _beside(telling, None if shown else bar, telling.exit(row, bar))
        fees = f"{money(row['net_result'])} less fees" if row["net_result"] != row["result"] else ""
        told = [f"reason {row['reason']}", f"result {money(row['result'])}", fees]
        if row["r_multiple"] is not None and row["initial_stop_loss"] is not None:
            start, stop = row["reference"], row["initial_stop_loss"]
            told.append(
                f"{row['r_multiple']:.3f} R, 1 R being {telling.distance(start, stop)} from "
                f"{telling.price(start)} to {telling.price(stop)}"
            )
        return [*lines, ("", ", ".join(item for item in told if item))]

    def _never_filled(self) -> list[tuple[str, str]]:
        signal = self.signal
        assert signal is not None
        telling = self._telling(signal["direction"])
        lines = [("order", self._head(telling, signal))]
        refused = self.rejection()
        if refused is None:
            rule = signal["rule"]
            told = f"rule {rule}: {title(rule)}" if rule else ""
            label, _, rest = _NEVER[signal["outcome"]].partition(" ")
            return [*lines, (label, f"{rest}{', ' if rest and told else ''}{told}")]
        bar = self._bar(refused["time_us"])
        told = f"{moment(refused['time_us'])}, rule {refused['rule']}: {title(refused['rule'])}"
        return [*lines, ("rejected", told), *_beside(telling, bar, [_breach(refused)])]

    def _head(self, telling: Telling, row: Mapping[str, Any]) -> str:
        """Name an order by what was asked for."""
        size = row["size"]
        for part in self.exits[:-1]:
            size = size + part["size"]
        kind = row.get("order_type") or row.get("type")
        entry = row["entry_price"] if "type" in row else row["reference"]
        told = f"{row['order_id']}: {row['direction']} "
        if size is not None:
            told += f"{size:.8g} {'lot' if size == 1.0 else 'lots'} of "
        told += f"{row['symbol']}, {kind} order"
        if kind != "market" and entry is not None:
            told += f" at {telling.price(entry)}"
        if "type" in row:
            return told + _levels(telling, row["stop_loss"], row["take_profit"])
        return told + _levels(telling, row["initial_stop_loss"], row["initial_take_profit"])


def _bars(bid: Any, ask: Any) -> Bars | None:
    if (bid is None) != (ask is None):
        raise ConfigError(
            "one side of the candles is given; expected bid and ask, or neither",
            code="OPTION_UNKNOWN",
            field="ask" if ask is None else "bid",
            value=None,
            expected="bid and ask, or neither",
        )
    return None if bid is None else Bars(bid, ask)


def _order_of_result(result: BacktestResult, order_id: int | None, bars: Bars | None) -> _Order:
    if order_id is None:
        raise _unknown(None, "the number of an order of the result")
    names = ("signals", "trades", "ambiguous", "refusals")
    signals, exits, marks, refusals = (_rows(result.table(name), order_id) for name in names)
    if not signals and not exits:
        raise _unknown(order_id, f"one of the result's {result.signals.num_rows} orders")
    signal = signals[0] if signals else None
    symbol = (exits[-1] if exits else signals[0])["symbol"]
    known = result.bars_of(symbol) if bars is None else bars
    return _Order(signal, exits, marks, refusals, _config_of(result.config, symbol), known)


def _config_of(config: Mapping[str, Any], symbol: str) -> Mapping[str, Any]:
    """Return the settings of a run as they are for one of its symbols."""
    specs = config.get("symbol_specs")
    if specs is None:
        return config
    return {**config, "symbol": symbol, "symbol_spec": specs.get(symbol)}


def _rows(table: Any, order_id: int) -> list[dict[str, Any]]:
    import pyarrow.compute as pc

    rows: list[dict[str, Any]] = table.filter(pc.equal(table["order_id"], order_id)).to_pylist()
    return rows


def _order_of_position(position: Any, bars: Bars | None) -> _Order:
    from fillproof.tables import ambiguous, trades

    (row,) = trades([position]).to_pylist()
    if row["trigger_time_us"] is None:
        signal = {**row, "outcome": row["status"], "rule": getattr(position, "exit_rule", None)}
        return _Order(signal, [], [], [], {}, bars)
    # What its parts came to is not known here, and so no difference to the other reading.
    is_whole = row["exit_time_us"] is not None and position.size == position.initial_size
    marks = ambiguous(*(([position], []) if is_whole else ([], [position])))
    return _Order(None, [row], marks.to_pylist(), [], {}, bars)


def _event(
    label: str, time_us: int, price: float, rule: str | None, telling: Telling
) -> list[tuple[str, str]]:
    told = f"{moment(time_us)} at {telling.price(price)}"
    return [(label, told if rule is None else f"{told}, rule {rule}: {title(rule)}")]


def _beside(telling: Telling, bar: Bar | None, told: list[str]) -> list[tuple[str, str]]:
    shown = [] if bar is None else telling.bar(bar)
    return [("", line) for line in (*shown, *told)]


def _levels(telling: Telling, stop: float | None, target: float | None) -> str:
    told = ", no stop" if stop is None else f", stop {telling.price(stop)}"
    return told + (", no target" if target is None else f", target {telling.price(target)}")


def _breach(row: Mapping[str, Any]) -> str:
    """Say what a rule was broken by, and what it asks for."""
    field, value, expected = row["field"], row["value"], row["expected"]
    if field == "expires_at" and value is not None:
        value = moment(int(value))
    named = FIELDS.get(field, f"the {field}")
    if row["kind"] == "command":
        told = named
        if value is not None:
            told += f", to be {value}"
        elif field in FIELDS:
            told += ", to be removed"
    else:
        told = f"{named} is {'missing' if value is None else value}"
    if expected.startswith("still "):
        return f"{told}: it was {expected.removeprefix('still ')} no more"
    return f"{told}; expected {expectation(expected)}"


def _unknown(order_id: int | None, expected: str) -> ConfigError:
    return ConfigError(
        f"order_id is {order_id}; expected {expected}",
        code="ORDER_UNKNOWN",
        field="order_id",
        value=order_id,
        expected=expected,
    )
