"""The two pictures of the page, as figures for plotly's JavaScript.

Colours are names of variables of the page's style sheet, such as `var(--stop)`, so that one figure
serves the light and the dark page.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

from .picture import Candle, Level, Picture, picture_of

__all__ = ["divergence_figure", "equity_figure"]

_SIDES = {"bid": -0.2, "ask": 0.2}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LINES = ("var(--reference)", "var(--candidate)", "var(--third)", "var(--fourth)")
_DASHES = ("solid", "dash", "dot", "dashdot")
_MARKS = ((-0.4, "circle", "var(--reference)"), (0.4, "diamond", "var(--candidate)"))
#: Share of the picture's height that a line of text takes.
_TEXT = 0.06


def divergence_figure(divergence: dict[str, Any]) -> dict[str, Any] | None:
    """Draw the candles around a divergence, the levels, and the event of each side.

    Parameters
    ----------
    divergence
        As the report has it.

    Returns
    -------
    dict or None
        `data` and `layout`; None where there is no candle to draw.
    """
    picture = picture_of(divergence)
    if picture is None:
        return None
    import plotly.graph_objects as go

    figure = go.Figure()
    first, last = min(picture.bars), max(picture.bars)
    for side, offset in _SIDES.items():
        figure.add_trace(_candles(go, picture, side, offset))
    for (offset, symbol, colour), mark in zip(_MARKS, picture.marks, strict=False):
        if mark.price is None:
            continue
        price = f"{mark.price:.{picture.digits}f}"
        figure.add_scatter(
            x=[picture.bar + offset],
            y=[mark.price],
            mode="markers",
            name=escape(f"{mark.label}: {mark.field} {price}"),
            marker={
                "symbol": symbol,
                "size": 13,
                "color": colour,
                "line": {"width": 2, "color": "var(--paper)"},
            },
            hovertemplate=f"{escape(mark.label)}<br>{mark.field} %{{y}}<extra></extra>",
        )
    room = 0.45 * (last - first + 1)
    for level, at in _apart(picture):
        colour = f"var(--{level.name})"
        figure.add_shape(
            type="line",
            x0=first - 0.6,
            x1=last + 0.6,
            y0=level.price,
            y1=level.price,
            line={"color": colour, "dash": "dash", "width": 1.5},
        )
        figure.add_annotation(
            x=last + 0.65,
            y=at,
            text=f"{level.name} {level.price:.{picture.digits}f}",
            xanchor="left",
            showarrow=False,
            font={"color": colour},
            bgcolor="var(--paper)",
        )
    figure.add_vrect(
        x0=picture.bar - 0.5, x1=picture.bar + 0.5, fillcolor="var(--band)", line_width=0,
        layer="below",
    )  # fmt: skip
    margin = 0.06 * (picture.high - picture.low)
    figure.update_layout(
        **_layout(),
        height=430,
        hovermode="closest",
        xaxis={
            **_axis(),
            "range": [first - 0.7, last + 0.7 + (room if picture.levels else 0.0)],
            "tickvals": list(picture.bars),
            "ticktext": _ticks(picture),
            "tickangle": 0,
            "title": {"text": "bar and its opening time, UTC", "standoff": 8},
            "rangeslider": {"visible": False},
            "showgrid": False,
            "zeroline": False,
        },
        yaxis={
            **_axis(),
            "range": [picture.low - margin, picture.high + margin],
            "tickformat": f".{picture.digits}f",
            "nticks": 8,
            "title": {"text": escape(picture.symbol or "price"), "standoff": 12},
        },
    )
    return _plain(figure)


def equity_figure(
    equity: dict[str, Any] | None, divergence: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Draw the equity of every side, and below it what the others have less or more.

    Parameters
    ----------
    equity
        As the report has it.
    divergence
        The first, whose time is marked; None for none.

    Returns
    -------
    dict or None
        `data` and `layout`; None where no side gives an equity.
    """
    if not equity or not equity["time_us"]:
        return None
    from plotly.subplots import make_subplots

    times = [_iso(time_us) for time_us in equity["time_us"]]
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.65, 0.35],
                           vertical_spacing=0.06)  # fmt: skip
    (reference, base), *others = equity["sides"].items()
    for number, (label, values) in enumerate(equity["sides"].items()):
        figure.add_scatter(
            x=times, y=values, name=escape(label), mode="lines", row=1, col=1,
            line={
                "color": _LINES[number % 4], "dash": _DASHES[number % 4], "width": 2, "shape": "hv",
            },
            hovertemplate="%{y:,.2f}",
        )  # fmt: skip
    for number, (label, values) in enumerate(others, 1):
        apart = [
            None if mine is None or other is None else other - mine
            for mine, other in zip(base, values, strict=True)
        ]
        figure.add_scatter(
            x=times, y=apart, name=escape(f"{label} minus {reference}"), mode="lines", row=2, col=1,
            line={"color": _LINES[number % 4], "width": 1.5, "shape": "hv"}, showlegend=False,
            fill="tozeroy" if len(others) == 1 else "none", hovertemplate="%{y:,.6~g}",
        )  # fmt: skip
    if divergence is not None and divergence["time_us"] is not None:
        figure.add_vline(
            x=_iso(divergence["time_us"]),
            line={"color": "var(--faint)", "dash": "dot", "width": 1.5},
        )
    figure.update_layout(**_layout(), height=470, hovermode="x unified")
    figure.update_xaxes(**_axis())
    figure.update_yaxes(**_axis(), tickformat=",.6~g")
    figure.update_yaxes(title={"text": "equity", "standoff": 12}, row=1, col=1)
    figure.update_yaxes(title={"text": "difference", "standoff": 12}, row=2, col=1)
    return _plain(figure)


def _candles(go: Any, picture: Picture, side: str, offset: float) -> Any:
    """Make the candles of one side: hollow where the bar rose, filled where it fell."""
    rows = [candle for candle in picture.candles if candle.side == side]
    colour = f"var(--{side})"
    return go.Candlestick(
        x=[candle.bar + offset for candle in rows],
        open=[candle.open for candle in rows],
        high=[candle.high for candle in rows],
        low=[candle.low for candle in rows],
        close=[candle.close for candle in rows],
        name=side,
        increasing={"line": {"color": colour, "width": 2}, "fillcolor": "var(--paper)"},
        decreasing={"line": {"color": colour, "width": 2}, "fillcolor": colour},
        hoverinfo="text",
        text=[_told(picture, candle) for candle in rows],
    )


def _told(picture: Picture, candle: Candle) -> str:
    prices = zip("OHLC", (candle.open, candle.high, candle.low, candle.close), strict=True)
    numbers = " ".join(f"{name} {price:.{picture.digits}f}" for name, price in prices)
    return f"{candle.side}, bar {candle.bar}, {escape(candle.time)}<br>{numbers}"


def _apart(picture: Picture) -> list[tuple[Level, float]]:
    """Place the labels of levels so that none lies on another."""
    step = _TEXT * (picture.high - picture.low)
    placed: list[tuple[Level, float]] = []
    below = float("-inf")
    for level in sorted(picture.levels, key=lambda level: level.price):
        below = max(level.price, below + step)
        placed.append((level, below))
    return placed


def _ticks(picture: Picture) -> list[str]:
    """Name bars by number and time of day, with the date where it changes."""
    texts = []
    day = ""
    for bar, time in picture.bars.items():
        date, _, clock = time.partition("T")
        clock = clock.removesuffix("Z").removesuffix(":00")
        told = [str(bar), clock or date, date if clock and date != day else ""]
        texts.append("<br>".join(escape(part) for part in told if part))
        day = date
    return texts


def _layout() -> dict[str, Any]:
    return {
        "template": "none",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": "var(--text)", "size": 12, "family": "system-ui, sans-serif"},
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "xanchor": "left"},
        "hoverlabel": {"bgcolor": "var(--paper)", "font": {"color": "var(--text)"}},
    }


def _axis() -> dict[str, Any]:
    return {
        "automargin": True,
        "gridcolor": "var(--line)",
        "linecolor": "var(--line)",
        "zerolinecolor": "var(--faint)",
        "ticks": "outside",
        "tickcolor": "var(--line)",
    }


def _iso(time_us: int) -> str:
    return (_EPOCH + timedelta(microseconds=time_us)).strftime("%Y-%m-%d %H:%M:%S")


def _plain(figure: Any) -> dict[str, Any]:
    found: dict[str, Any] = figure.to_plotly_json()
    return {"data": found["data"], "layout": found["layout"]}
