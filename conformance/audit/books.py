"""Checks of what a list adds up to: times, sizes, results, overlaps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from ..trade_logs import AuditTrade, TradeList
from .case import Case
from .findings import Finding

__all__ = [
    "Volumes",
    "check_overlaps",
    "check_result",
    "check_times",
    "check_volumes",
    "unit_value",
]


@dataclass(frozen=True)
class Volumes:
    """Sizes that a symbol allows, in lots."""

    least: float
    step: float
    most: float | None = None

    def allow(self, size: float) -> bool:
        """Tell whether a size is on the grid.

        Examples
        --------
        >>> Volumes(0.01, 0.01).allow(0.07), Volumes(0.01, 0.01).allow(0.075)
        (True, False)
        """
        hair = 1e-9 * max(1.0, size)
        steps = (size - self.least) / self.step
        on_grid = abs(steps - round(steps)) * self.step <= hair
        return (
            on_grid
            and size >= self.least - hair
            and (self.most is None or size <= self.most + hair)
        )


def check_times(case: Case) -> None:
    """Look for fills in no bar."""
    trade, market = case.trade, case.market
    for fill, time_us, price in (
        ("entry", trade.entry_time_us, trade.entry_price),
        ("exit", trade.exit_time_us, trade.exit_price),
    ):
        if time_us is None or market.bar_at(time_us) is not None:
            continue
        before = max(0, int((market.times <= time_us).sum()) - 1)
        if market.in_hole(time_us):
            case.find(
                "impossible",
                "no bar",
                "trade",
                "L5.hole",
                f"{fill} at {price}, {_moment(time_us)}",
                f"no bar from {_moment(int(market.times[before]) + market.length_us)} to "
                f"{_moment(int(market.times[before + 1]))}",
                bar=before,
                money=trade.result,
            )
            return
        case.find(
            "cannot be told",
            "not judged",
            fill,
            "S3.no_bar",
            f"{fill} at {_moment(time_us)}",
            f"candles from {_moment(int(market.times[0]))} to {_moment(int(market.times[-1]))}",
        )


def _moment(time_us: int) -> str:
    from datetime import UTC, datetime, timedelta

    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_us)
    return moment.strftime("%Y-%m-%d %H:%M")


def check_volumes(
    trades: Sequence[AuditTrade], volumes: Volumes, report: Callable[[Finding], None]
) -> None:
    """Look for sizes off the grid; parts of one trade count together."""
    parts: dict[int | str, list[AuditTrade]] = defaultdict(list)
    for trade in trades:
        parts[trade.number].append(trade)
    for number, group in parts.items():
        sizes = [trade.size for trade in group if trade.size is not None]
        size = sum(sizes)
        if not sizes or volumes.allow(size):
            continue
        allowed = f"{volumes.least:g} and steps of {volumes.step:g}"
        if volumes.most is not None:
            allowed += f", {volumes.most:g} at most"
        first = group[0]
        report(
            Finding(
                "impossible", "off the volume grid", number, first.symbol, first.row,
                says=f"size {size:.10g}", allows=allowed, rule="S3.volume",
            )
        )  # fmt: skip


def unit_value(trades: TradeList, stated: float | None) -> tuple[float | None, str | None]:
    """Find what a lot gains for each price unit, in account currency.

    Parameters
    ----------
    trades
        The list; its results tell, where nobody else does.
    stated
        What the user says.

    Returns
    -------
    value, note
        None where it is not told and the results do not agree on one.

    Examples
    --------
    >>> made = [AuditTrade(n, "long", entry_price=1.0, exit_price=1.0 + n / 100, size=1.0,
    ...                    result=1000.0 * n) for n in range(1, 8)]
    >>> unit_value(TradeList("", "", tuple(made)), None)[0]
    100000.0
    """
    if stated is not None:
        return stated, None
    if trades.trades and all(trade.unit_value is not None for trade in trades.trades):
        return None, None
    found = []
    for trade in trades.trades:
        move = _move(trade)
        gross = _gross(trade, trades.result_is)
        if move and gross is not None and trade.size:
            found.append(gross / (move * trade.size))
    if len(found) < 5:
        return None, None
    middle = median(found)
    agreeing = sum(abs(value - middle) <= 0.01 * abs(middle) for value in found)
    if middle <= 0.0 or agreeing < 0.8 * len(found):
        return None, None
    value = float(f"{middle:.4g}") if abs(float(f"{middle:.4g}") / middle - 1) < 1e-3 else middle
    return value, f"a lot gains {value:g} for each price unit, by the list's own results"


def _move(trade: AuditTrade) -> float | None:
    if trade.entry_price is None or trade.exit_price is None:
        return None
    move = trade.exit_price - trade.entry_price
    return move if trade.direction == "long" else -move


def _gross(trade: AuditTrade, result_is: str) -> float | None:
    if trade.result is None or result_is == "gross":
        return trade.result
    if trade.fee is None:
        return None
    swap = trade.swap or 0.0
    return trade.result + trade.fee - (swap if result_is == "net" else 0.0)


def check_result(case: Case, result_is: str, *, stated: bool) -> None:
    """Hold the result against prices, size and fees.

    Parameters
    ----------
    case
        The trade.
    result_is
        As `TradeList.result_is`.
    stated
        Whether the value of a price unit is known and not read off the results.
    """
    trade = case.trade
    move, gross, unit = _move(trade), _gross(trade, result_is), case.unit
    if move is None or gross is None or unit is None or trade.size is None:
        return
    expected = move * trade.size * unit
    # Lists round to cents, each of result, fee and swap.
    allowed = 0.02 + 1e-9 * abs(expected)
    if not stated:
        allowed += 0.02 * abs(expected)
    if abs(gross - expected) <= allowed:
        return
    case.find(
        "impossible" if stated else "doubtful",
        "result does not follow",
        "trade",
        "P2.result",
        f"result {gross:.2f} before fees",
        f"{move:.10g} * {trade.size:.10g} lots * {unit:g} = {expected:.2f}",
        bar=None if case.exit is None else case.exit.bar,
        money=gross - expected,
    )


def check_overlaps(trades: Sequence[AuditTrade], report: Callable[[Finding], None]) -> None:
    """Look for trades that open before the one before them has left."""
    known = [trade for trade in trades if trade.entry_time_us is not None]
    known.sort(key=lambda trade: trade.entry_time_us or 0)
    open_: AuditTrade | None = None
    for trade in known:
        entered = trade.entry_time_us or 0
        until = None if open_ is None else open_.exit_time_us
        if (
            open_ is not None
            and open_.number != trade.number
            and (until is None or entered < until)
        ):
            left = "is still open" if until is None else f"left at {_moment(until)}"
            report(
                Finding(
                    "impossible", "overlap", trade.number, trade.symbol, trade.row, "entry",
                    time_us=entered, says=f"opened at {_moment(entered)}",
                    allows=f"trade {open_.number} {left}", rule="S3.max_positions",
                )
            )  # fmt: skip
        if open_ is None or (until is not None and (trade.exit_time_us or 2**63) > until):
            open_ = trade
