"""The words for what rules decide: one sentence for each, with the numbers of the bar.

Sentences are written for a long, as the rules are. Of a short the sides, extremes and comparisons
are the mirrored ones: `{o}` is the side that opens and `{c}` the side that closes a position,
`{low}` the extreme against it and `{under}` the comparison on that side.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

#: Rule of a fill -> (sentence, the number that the fill counts from).
FILLS: dict[str, tuple[str, str]] = {
    "E1.close": ("filled at the {o}'s close {o_close}", "o_close"),
    "E1.signal": ("filled at the price of the signal {entry}, which the {o} traded", "entry"),
    "E1.signal_outside": (
        "filled at the price of the signal {entry}, which the {o} did not trade in this bar",
        "entry",
    ),
    "E1.next_open": ("the order waited for this bar; filled at the {o}'s open {o_open}", "o_open"),
    "E2.limit_open": (
        "the {o} opened at {o_open}, {under} the entry {entry}; filled at that open",
        "o_open",
    ),
    "E2.limit_inside": (
        "the {o}'s {low} {o_low} reached the entry {entry}{through}; filled at the entry",
        "entry",
    ),
    "E2.stop_open": (
        "the {o} opened at {o_open}, {over} the entry {entry}; filled at that open",
        "o_open",
    ),
    "E2.stop_inside": (
        "the {o}'s {high} {o_high} reached the entry {entry}; filled at the entry",
        "entry",
    ),
    "E2.limit_level": (
        "the {o} opened at {o_open}, {under} the entry {entry}; filled at the entry (gap_fill)",
        "entry",
    ),
    "E2.stop_level": (
        "the {o} opened at {o_open}, {over} the entry {entry}; filled at the entry (gap_fill)",
        "entry",
    ),
    "R1.market": ("filled at the price of the signal {given}", "given"),
    "R1.waiting": ("the {o} touched the entry {entry}; filled at the entry", "entry"),
}

_STOP = "the {c}'s {low} {c_low} reached the stop {stop}{buffer}"
_TARGET = "the {c}'s {high} {c_high} reached the target {target}{buffer}"
_BOTH = _STOP + " and its {high} {c_high} the target {target}"
_UNTOLD = "; the bar does not tell which came first, the {taken} is taken (intrabar)"
_BEFORE = "; that may have been before the fill, it counts (intrabar)"
_IN_BAR = "in the bar of the fill "

#: Rule of an exit -> (sentence, the number that the exit counts from; "level": stop or target).
EXITS: dict[str, tuple[str, str | None]] = {
    "X1.stop": (_STOP, "level"),
    "X1.target": (_TARGET, "level"),
    "X2.gap_stop": (
        "the {c} opened at {c_open}, {under} the stop {stop}; out at that open",
        "c_open",
    ),
    "X2.gap_target": (
        "the {c} opened at {c_open}, {over} the target {target}; out at that open",
        "c_open",
    ),
    "X2.level_stop": (
        "the {c} opened at {c_open}, {under} the stop {stop}; out at the stop (gap_fill)",
        "level",
    ),
    "X2.level_target": (
        "the {c} opened at {c_open}, {over} the target {target}; out at the target (gap_fill)",
        "level",
    ),
    "X3.worst": (_BOTH + _UNTOLD, "level"),
    "X3.best": (_BOTH + _UNTOLD, "level"),
    "X3.ohlc": (_BOTH + "; read as open, high, low, close (intrabar)", "level"),
    "X3.olhc": (_BOTH + "; read as open, low, high, close (intrabar)", "level"),
    "X3.nearest_extreme": (
        _BOTH + "; the extreme nearer to the open {c_open} is read first (intrabar)",
        "level",
    ),
    "X3.candle_color": (
        _BOTH + "; read from its colour, open {c_open}, close {c_close} (intrabar)",
        "level",
    ),
    "X3.drilldown_stop": ("the lower bars lead to the stop {stop} (intrabar)", None),
    "X3.drilldown_target": ("the lower bars lead to the target {target} (intrabar)", None),
    "X3.drilldown_tie": (
        "a lower bar reached both stop {stop} and target {target}; the {taken} is taken (intrabar)",
        None,
    ),
    "X3.drilldown_entry": (
        "the lower bar of the fill does not tell what followed it; the {taken} is taken (intrabar)",
        None,
    ),
    "X3.drilldown_none": (
        "no lower bar decides what the bar leaves open; the {taken} is taken (intrabar)",
        "level",
    ),
    "E5.stop_target": (_IN_BAR + _TARGET + ", through the entry on its way", "level"),
    "E5.stop_stop_certain": (
        _IN_BAR + _STOP + ", and the close {c_close} is {under} it",
        "level",
    ),
    "E5.stop_stop_ambiguous": (_IN_BAR + _STOP + _BEFORE, "level"),
    "E5.stop_stop_skipped": (
        _IN_BAR + "the {c} opened at {c_open}, {under} the stop {stop} already; it counts all the "
        "same (intrabar)",
        "level",
    ),
    "E5.limit_stop_certain": (_IN_BAR + _STOP + ", through the entry on its way", "level"),
    "E5.limit_stop_ambiguous": (_IN_BAR + _STOP + _BEFORE, "level"),
    "E5.limit_target_certain": (
        _IN_BAR + _TARGET + ", and the close {c_close} is {over} it",
        "level",
    ),
    "E5.limit_target_ambiguous": (_IN_BAR + _TARGET + _BEFORE, "level"),
    "E5.crossed": (
        _IN_BAR + "the ask lies under the bid, so that nothing about it is certain",
        "level",
    ),
    "E5.tie": (_IN_BAR + _BOTH + _UNTOLD, "level"),
    "E5.path": (_IN_BAR + "the {taken} came first on the path after it (intrabar)", "level"),
    "X5.close_at_end": ("the data ended; out at the {c}'s close {c_close}", "c_close"),
    "X5.manual": ("closed by command at the {c}'s close {c_close}", "c_close"),
    "X5.manual_open": ("closed by command at the {c}'s open {c_open}", "c_open"),
    "X5.closed_by_hand": ("closed by its own method, at the price given", None),
    "M1.flat_at": ("a time to be flat had come; out at the {c}'s close {c_close}", "c_close"),
    "M1.max_bars": ("held for so many bars; out at the {c}'s close {c_close}", "c_close"),
    "M1.max_minutes": ("held for so many minutes; out at the {c}'s close {c_close}", "c_close"),
    "M1.partial": ("a part was due at the {c}'s close {c_close}", "c_close"),
    "M1.partial_all": (
        "a part was due at the {c}'s close {c_close}, and the rest would have been too small",
        "c_close",
    ),
    "R3.stop": (_STOP, "stop"),
    "R3.target": (_TARGET, "target"),
    "R3.trigger_stop": (_IN_BAR + _STOP, "stop"),
    "R3.trigger_target": (_IN_BAR + _TARGET, "target"),
}

_EARLY = "the {c}'s {low} {c_low} may have come before the fill"
_TIE = "stop and target were both reached, and the bar does not tell which came first"
_GROUP = "another order of its group would have filled in this bar, too"
#: Rule of a mark -> sentence.
MARKS: dict[str, str] = {
    **dict.fromkeys((rule for rule in EXITS if rule.startswith("X3.")), _TIE),
    "X3.drilldown_tie": "stop and target were both reached in one lower bar",
    "X3.drilldown_entry": "the lower bar of the fill does not tell what came before it",
    "X3.drilldown_none": "no lower bar decides what this bar leaves open",
    "E5.tie": _TIE,
    "E5.mark": _TIE,
    "E5.stop_stop_ambiguous": _EARLY,
    "E5.limit_stop_ambiguous": _EARLY,
    "E5.stop_stop_skipped": "the {c} opened at {c_open}, on the far side of the stop already",
    "E5.limit_target_ambiguous": "the {c}'s {high} {c_high} may have come before the fill",
    "E5.crossed": "the ask lies under the bid in this bar",
    "E3.spanned": "the order expired within this bar, perhaps before the fill",
    "S4.oco_opens": _GROUP,
    "S4.oco_path": _GROUP,
    "S4.oco_first": _GROUP,
}

#: The other reading of a mark -> sentence.
OTHERS = {
    "stop": "out at the stop, {price}",
    "target": "out at the target, {price}",
    "open": "still open, worth the close {price}",
    "unfilled": "no fill at all",
}

#: Field of a rejection -> what it is called.
FIELDS = {
    "stop_loss": "the stop",
    "take_profit": "the target",
    "entry_price": "the entry",
    "expires_at": "the expiry",
    "max_positions": "the number of orders and positions",
    "max_positions_symbol": "the number of orders and positions of the symbol",
    "session": "the end of the bar",
}

_COMPARISONS = {"<": "below", ">": "above", "<=": "at most", ">=": "at least"}


def expectation(expected: str) -> str:
    """Say in words what a rule would have accepted.

    >>> expectation("< 1.1"), expectation("a finite price or None")
    ('below 1.1', 'a finite price or None')
    """
    sign, _, rest = expected.partition(" ")
    return f"{_COMPARISONS[sign]} {rest}" if sign in _COMPARISONS else expected


def moment(time_us: int) -> str:
    """Write a time, without the seconds where they are zero.

    >>> moment(1_577_836_800_000_000), moment(1_577_836_801_000_000)
    ('2020-01-01 00:00 UTC', '2020-01-01 00:00:01 UTC')
    """
    time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_us)
    form = "minutes" if time_us % 60_000_000 == 0 else "auto"
    return time.replace(tzinfo=None).isoformat(" ", form) + " UTC"


@cache
def title(rule: str) -> str:
    """Return the title of a rule, as the registry gives it; empty for no rule.

    >>> title("X3.worst")
    'Stop and target touched in one bar'
    """
    return _titles().get(rule, "")


@cache
def _titles() -> dict[str, str]:
    import importlib

    # The law comes with the package, and is read only where somebody asks for words.
    golden = importlib.import_module("fillproof.golden")
    return {entry["id"]: entry["title"] for entry in golden.rules()}
