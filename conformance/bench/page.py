"""A report as one page with charts that needs nothing else: no network, no file beside it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from typing import Any

from .plan import KEY
from .report import COLUMNS, Time, group_title, times_of
from .telling import everything, faults, left_out, right
from .verdict import exit_code, headline, machine_line

__all__ = ["html_page"]

_COLOURS = dict(
    zip(COLUMNS, ("var(--third)", "var(--candidate)", "var(--reference)", "var(--faint)"),
        strict=True)
)  # fmt: skip


def html_page(found: dict[str, Any]) -> str:
    """Write a report as one page.

    Parameters
    ----------
    found : dict
        As `plan.run` returns it.

    Returns
    -------
    str
        HTML with its style, its figures and the JavaScript that draws them inlined.
    """
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup
    from plotly.offline import get_plotlyjs

    told = everything(found)
    drawn = _figures(found)
    tables = [(section, right(section), drawn.get(section.title)) for section in told]
    here, style = resources.files(__package__), resources.files("fillproof.conformance.reports")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string((here / "page.html.j2").read_text(encoding="utf-8"))
    return template.render(
        code=exit_code(found),
        headline=headline(found),
        machine=machine_line(found),
        faults=faults(found),
        left_out=left_out(found),
        tables=tables,
        numbers={section.title: number for number, section in enumerate(told, 1)},
        style=Markup((style / "page.css").read_text(encoding="utf-8")),  # noqa: S704
        script=Markup((style / "page.js").read_text(encoding="utf-8")),  # noqa: S704
        plotly=Markup(get_plotlyjs()) if drawn else "",  # noqa: S704  (the library's own)
    )


def _figures(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Draw a chart for each table that has one, by the table's title."""
    times = times_of(found)
    figures = {}
    for group in dict.fromkeys(time.group for time in times):
        chosen = [time for time in times if time.group == group]
        draw = _lines if any(time.x is not None for time in chosen) else _bars
        figures[group_title(group)] = draw(chosen, group)
    phases = found[KEY].get("phases")
    if phases:
        figures["Shares by phase"] = _shares(phases)
    return figures


def _bars(times: Sequence[Time], _group: str) -> dict[str, Any]:
    import plotly.graph_objects as go

    figure = go.Figure()
    for name in COLUMNS:
        chosen = [time for time in times if time.backend == name]
        if chosen:
            figure.add_bar(
                x=[time.ns for time in chosen], y=[time.case for time in chosen], name=name,
                orientation="h", marker={"color": _COLOURS[name]},
                hovertemplate="%{y}: %{x:,.3g} ns<extra>" + name + "</extra>",
            )  # fmt: skip
    cases = len({time.case for time in times})
    figure.update_layout(**_layout(), barmode="group", height=90 + 62 * cases)
    figure.update_xaxes(**_axis(), type="log", title={"text": f"ns a {times[0].unit}"})
    figure.update_yaxes(**_axis(), autorange="reversed")
    return _plain(figure)


def _lines(times: Sequence[Time], group: str) -> dict[str, Any]:
    import plotly.graph_objects as go

    figure = go.Figure()
    for name in COLUMNS:
        chosen = [time for time in times if time.backend == name]
        if chosen:
            figure.add_scatter(
                x=[time.x for time in chosen], y=[time.ns for time in chosen], name=name,
                mode="lines+markers", line={"color": _COLOURS[name]},
            )  # fmt: skip
    figure.update_layout(**_layout(), height=330)
    figure.update_xaxes(**_axis(), type="log", title={"text": group})
    figure.update_yaxes(**_axis(), type="log", title={"text": "ns a bar"})
    return _plain(figure)


def _shares(phases: Sequence[dict[str, Any]]) -> dict[str, Any]:
    import plotly.graph_objects as go

    colours = ("var(--faint)", "var(--reference)", "var(--candidate)", "var(--third)",
               "var(--fourth)")  # fmt: skip
    figure = go.Figure()
    names = ("loop", "strategy", "execution", "portfolio", "progress")
    for name, colour in zip(names, colours, strict=True):
        shares = [100 * row["ns"].get(name, 0.0) / sum(row["ns"].values()) for row in phases]
        figure.add_bar(
            x=shares, y=[row["backend"] for row in phases], name=name, orientation="h",
            marker={"color": colour},
        )  # fmt: skip
    figure.update_layout(**_layout(), barmode="stack", height=90 + 45 * len(phases))
    figure.update_xaxes(**_axis(), title={"text": "% of the time"})
    figure.update_yaxes(**_axis(), autorange="reversed")
    return _plain(figure)


def _layout() -> dict[str, Any]:
    return {
        "template": "none",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": "var(--text)", "size": 12, "family": "system-ui, sans-serif"},
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "xanchor": "left"},
    }


def _axis() -> dict[str, Any]:
    return {
        "automargin": True,
        "gridcolor": "var(--line)",
        "linecolor": "var(--line)",
        "zerolinecolor": "var(--faint)",
    }


def _plain(figure: Any) -> dict[str, Any]:
    drawn: dict[str, Any] = figure.to_plotly_json()
    return {"data": drawn["data"], "layout": drawn["layout"]}
