"""Holds a trade list against candles: post-conditions that any platform's fills have to meet.

No engine and no strategy takes part, and no code of theirs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from ..trade_logs import AuditTrade, TradeList
from .books import (
    Volumes,
    check_overlaps,
    check_result,
    check_times,
    check_volumes,
    unit_value,
)
from .case import Case
from .entries import check_entry
from .exits import check_exit
from .fills import Terms, entry_of, exit_kind, exit_of
from .findings import SEVERITIES, Finding
from .market import Market
from .missed import check_missed

__all__ = ["Audit", "Options", "audit"]

# A market that is paid at the other side's quotes is so again and again.
_A_HABIT = 0.2


@dataclass(frozen=True)
class Options:
    """What is claimed or known beside the list.

    Attributes
    ----------
    slippage_pips
        Most that a fill may be worse than the candles without a word.
    buffer_pips
        By how much it has to be clear of them; for candles of another feed.
    unit
        Account currency that a lot gains for each price unit; by default the list's results tell.
    volumes
        Sizes that the symbol allows; not checked without.
    one_position
        Whether never more than one position is claimed.
    levels_fixed
        Whether stops and targets are said to have stood from fill to exit.
    moved
        Numbers of trades whose levels are known to have been moved.
    """

    slippage_pips: float = 0.0
    buffer_pips: float = 0.0
    unit: float | None = None
    volumes: Volumes | None = None
    one_position: bool = False
    levels_fixed: bool | None = None
    moved: Collection[int | str] = ()


@dataclass
class Audit:
    """What was found.

    Attributes
    ----------
    trades, findings
        The list, and what is wrong with it, the gravest first.
    judged
        Trades whose entry could be held against a bar, and their exit, if they have one.
    unjudged
        What could not be looked at, and of how many trades.
    notes
        What was assumed.
    untold
        Fills that are neither at a level nor said to be anything, by ``entry`` and ``exit``.
    """

    trades: TradeList
    findings: list[Finding] = field(default_factory=list)
    judged: int = 0
    unjudged: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    untold: Counter[str] = field(default_factory=Counter)

    @property
    def faults(self) -> list[Finding]:
        """All but what cannot be told."""
        return [found for found in self.findings if found.severity != "cannot be told"]

    @property
    def exit_code(self) -> int:
        """0: clean; 1: something was found; 2: a trade or more could not be judged."""
        if self.faults:
            return 1
        return 0 if self.judged == len(self.trades.trades) and self.judged else 2

    @property
    def result(self) -> float | None:
        """The sum of the list's results; None where it gives none."""
        results = [trade.result for trade in self.trades.trades if trade.result is not None]
        return sum(results) if results else None

    def gained(self, *severities: str) -> tuple[float, float]:
        """Add up what the list gains by findings: money and pips.

        Of one fill only the largest counts, and of a trade that was none at all its result: what
        one fault made another did not make again.

        Parameters
        ----------
        *severities
            Those that count.
        """
        totals = []
        for name in ("money", "pips"):
            made: dict[tuple[object, object], dict[str, float]] = defaultdict(dict)
            for found in self.findings:
                value = getattr(found, name)
                if found.severity in severities and value is not None and value > 0.0:
                    fills = made[found.number, found.row]
                    fills[found.fill] = max(value, fills.get(found.fill, 0.0))
            totals.append(
                sum(
                    max(fills.get("trade", 0.0), fills.get("entry", 0.0) + fills.get("exit", 0.0))
                    for fills in made.values()
                )
            )
        return totals[0], totals[1]


def audit(
    trades: TradeList, markets: Market | Mapping[str, Market], options: Options | None = None
) -> Audit:
    """Hold trades against candles.

    Parameters
    ----------
    trades
        The list.
    markets
        Candles of its symbol, or of each by name.
    options
        What is claimed or known.

    Examples
    --------
    >>> from fillproof.candle_table import CandleTable
    >>> bid = CandleTable([0, 60_000_000], [1.1, 1.2], [1.1, 1.3], [1.1, 1.2], [1.1, 1.3])
    >>> market = Market("PLAIN", bid, bid)
    >>> made = AuditTrade(1, "long", entry_time_us=0, entry_price=1.0, size=1.0)
    >>> [found.kind for found in audit(TradeList("x", "x", (made,)), market).findings]
    ['price outside the bar']
    """
    chosen = options or Options()
    found = Audit(trades)
    stated = chosen.unit is not None
    unit, note = unit_value(trades, chosen.unit)
    if note is not None:
        found.notes.append(note)
    for trade in trades.trades:
        market = _market_of(trade, markets)
        if market is None:
            found.unjudged[f"no candles of {trade.symbol}"] += 1
            continue
        _judge(found, trade, market, chosen, unit, stated=stated)
    if chosen.volumes is not None:
        check_volumes(trades.trades, chosen.volumes, found.findings.append)
    else:
        found.notes.append("sizes were not checked: no volumes were stated")
    if chosen.one_position:
        check_overlaps(trades.trades, found.findings.append)
    _weigh_coincidences(found)
    order = {severity: place for place, severity in enumerate(SEVERITIES)}
    found.findings.sort(key=lambda one: (order[one.severity], -(one.money or one.pips or 0.0)))
    return found


def _weigh_coincidences(found: Audit) -> None:
    """Take fills at the other side's open or close for chance where they are few.

    Only where the list does not tell what kind of fill it was: a level can lie there, too.
    """
    by_key = {(trade.number, trade.row): trade for trade in found.trades.trades}
    for fill, name in (("entry", "order_type"), ("exit", "reason")):
        at = [
            place
            for place, one in enumerate(found.findings)
            if one.kind == "spread not paid"
            and one.fill == fill
            and getattr(by_key[one.number, one.row], name) is None
        ]
        if len(at) < _A_HABIT * found.untold[fill]:
            for place in at:
                found.findings[place] = replace(found.findings[place], severity="doubtful")


def _market_of(trade: AuditTrade, markets: Market | Mapping[str, Market]) -> Market | None:
    if isinstance(markets, Market):
        return markets if trade.symbol in (None, markets.symbol) else None
    return markets.get(trade.symbol or "")


def _judge(
    found: Audit,
    trade: AuditTrade,
    market: Market,
    options: Options,
    unit: float | None,
    *,
    stated: bool,
) -> None:
    facing, pip = market.facing(trade.direction), market.pip or 1.0
    terms = Terms(options.slippage_pips * pip, options.buffer_pips * pip)
    entry = entry_of(trade, market, facing, terms)
    exit_ = exit_of(trade, market, facing, terms)
    case = Case(
        trade,
        market,
        facing,
        terms,
        entry,
        exit_,
        "other" if exit_ is None else exit_kind(trade, exit_, facing, market, terms),
        _fixed(trade, found.trades, options),
        trade.unit_value if trade.unit_value is not None else unit,
        found.findings.append,
    )
    found.untold["entry"] += trade.order_type is None
    found.untold["exit"] += trade.reason is None and exit_ is not None and case.kind == "other"
    gone = trade.exit_time_us is not None or trade.exit_price is not None
    if entry is not None and (exit_ is not None or not gone):
        found.judged += 1
    if trade.entry_price is None or (gone and trade.exit_price is None):
        found.unjudged["no price of entry or exit"] += 1
    if trade.stop is None and trade.target is None:
        found.unjudged["exits missed and ties: no stop, no target"] += 1
    elif case.fixed is False:
        found.unjudged["exits missed: stop or target was moved"] += 1
    check_times(case)
    check_entry(case)
    check_missed(case)
    check_exit(case)
    check_result(case, found.trades.result_is, stated=stated or trade.unit_value is not None)


def _fixed(trade: AuditTrade, trades: TradeList, options: Options) -> bool | None:
    if trade.number in options.moved:
        return False
    if options.levels_fixed is True or trades.levels_fixed is True:
        return True
    if trades.levels_fixed is None:
        return (trade.stop, trade.target) == (trade.initial_stop, trade.initial_target)
    return None
