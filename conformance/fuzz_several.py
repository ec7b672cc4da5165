"""Random markets of several symbols on one axis of keys, with holes.  Needs hypothesis."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from .fuzz_market import SYMBOLS, Market, draw_style, time_text, walk

__all__ = ["Axis", "Several", "draw_markets", "draw_several"]

_LENGTHS = {"M1": 1, "M30": 30, "H1": 60, "H4": 240, "D1": 1440}
_PLAIN = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 3, 23, 55, tzinfo=UTC))
# A little before the end of a night, in weeks in which New York changes its clocks.
_NIGHTS = tuple(
    datetime(year, month, day, hour, minute, tzinfo=UTC)
    for year, month, day, hour in (
        (2024, 3, 8, 21),
        (2024, 3, 11, 20),
        (2024, 3, 12, 21),
        (2024, 11, 1, 20),
        (2024, 11, 4, 21),
        (2006, 3, 31, 21),
        (2006, 4, 3, 20),
        (2006, 10, 27, 20),
        (2006, 10, 30, 21),
    )
    for minute in (0, 57)
)
_HOLES = ([False], [False], [False] * 5 + [True], [False] + [True] * 4)
_OTHER_KEY = {"time": "s", "str": "x", "int": 1, "float": 0.125}


@dataclass(frozen=True)
class Axis:
    """The times of the bars and the name of their length."""

    timeframe: str
    times: list[datetime]

    @property
    def length(self) -> timedelta:
        """How long a bar lasts."""
        return timedelta(minutes=_LENGTHS[self.timeframe])


@dataclass(frozen=True)
class Several:
    """Markets that share an axis.

    Attributes
    ----------
    axis
        Times of all keys, also where keys are no times.
    kind
        Type of the keys, as in `key_type`.
    markets
        One a symbol, without holes: they are what a script looks at.
    data
        `symbols` of a case, and `keys` where they are not just all that there are.
    """

    axis: Axis
    kind: str
    markets: list[Market]
    data: dict[str, Any]


def draw_markets(
    draw: st.DrawFn, names: list[str | None], max_bars: int, *, nights: bool, holes: bool
) -> tuple[Axis, list[Market], list[set[int]]]:
    """Draw markets on one axis, bar by bar, so that what is shrunk is a bar of all of them.

    Parameters
    ----------
    draw
        Given by hypothesis.
    names
        Symbols; None for any.
    max_bars
        Most bars.
    nights
        Whether bars lie about the end of a night.
    holes
        Whether a symbol may lack bars: nowhere, here and there, or in most places.

    Returns
    -------
    tuple
        Axis, markets without holes, and by market the places of its holes.
    """
    named = ["M1", "M30", "H1", "H4", "H4", "D1"] if nights else ["M1", "M1", "M1", "M30", "H1"]
    timeframe = draw(st.sampled_from(named))
    time = draw(st.sampled_from(_NIGHTS if nights else _PLAIN))
    length = _LENGTHS[timeframe]
    styles = [draw_style(draw, name) for name in names]
    rare = [draw(st.sampled_from(_HOLES if holes else _HOLES[:1])) for _ in names]
    bar = st.tuples(
        st.sampled_from([length] * 9 + [2 * length, 3 * length, length + 90, 2880, 4320]),
        *(
            st.tuples(style.moves, st.sampled_from(often))
            for style, often in zip(styles, rare, strict=True)
        ),
    )
    times = []
    least = min(draw(st.sampled_from([2, 6, 10])), max_bars)
    bars = draw(st.lists(bar, min_size=least, max_size=max_bars))
    for minutes, *_ in bars:
        times.append(time)
        time += timedelta(minutes=minutes)
    drawn = list(zip(*(of_all for _, *of_all in bars), strict=True))
    return (
        Axis(timeframe, times),
        [
            walk(style, [move for move, _ in column], times)
            for style, column in zip(styles, drawn, strict=True)
        ],
        [{place for place, (_, hole) in enumerate(column) if hole} for column in drawn],
    )


def draw_several(draw: st.DrawFn, max_bars: int, *, clock: bool, nights: bool = False) -> Several:
    """Draw two to four symbols, each with holes of its own.

    Parameters
    ----------
    draw
        Given by hypothesis.
    max_bars
        Most keys.
    clock
        Whether keys have to be times.
    nights
        Whether bars lie about the end of a night.
    """
    kind = "time" if clock else draw(st.sampled_from(["time", "time", "str", "int", "float"]))
    names = draw(st.lists(st.sampled_from(sorted(SYMBOLS)), min_size=2, max_size=4, unique=True))
    axis, markets, holes = draw_markets(draw, [*names], max_bars, nights=nights, holes=True)
    keys = [_key(time, place, kind) for place, time in enumerate(axis.times)]
    if not draw(st.sampled_from([False] * 59 + [True])):
        # A key that nobody covers ends the run before it begins.
        everywhere = holes[0].intersection(*holes[1:])
        holes[0] -= everywhere
    symbols = {
        market.symbol: _candles(draw, market, keys, holes[place])
        for place, market in enumerate(markets)
    }
    data: dict[str, Any] = {"symbols": symbols}
    if draw(st.sampled_from([False] * 7 + [True])):
        data["keys"] = keys
        _add_other_key(symbols[names[-1]], draw(st.integers(0, len(keys) - 1)), kind)
    return Several(axis, kind, markets, data)


def _key(time: datetime, place: int, kind: str) -> Any:
    match kind:
        case "str":
            return f"k{place:02d}"
        case "int":
            return 3 * place - 5
        case "float":
            return 0.25 * place - 1.0
    return time_text(time)


def _candles(draw: st.DrawFn, market: Market, keys: list[Any], holes: set[int]) -> dict[str, Any]:
    """Lay a symbol out as a case has it; sometimes only one side of a bar is missing."""
    rows = [[key, *row[1:]] for key, row in zip(keys, market.rows, strict=True)]
    there = [row for place, row in enumerate(rows) if place not in holes]
    side = draw(st.sampled_from(["both"] * 3 + ["bid", "ask"])) if holes else "both"
    if side == "both":
        return {"bars": there}
    bid, ask = (rows, there) if side == "bid" else (there, rows)
    return {
        "bid": [row[:5] for row in bid],
        "ask": [[row[0], *row[5:9]] for row in ask],
    }


def _add_other_key(candles: dict[str, Any], place: int, kind: str) -> None:
    """Give a symbol a candle beside the common keys, which nobody may look at."""
    for rows in candles.values():
        if place < len(rows):
            key = rows[place][0]
            beside = _OTHER_KEY[kind]
            other = key.replace(":00Z", ":01Z") if kind == "time" else key + beside
            rows.insert(place + 1, [other, *rows[place][1:]])
