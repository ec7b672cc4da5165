"""One page with pictures that needs nothing else: no network, no file beside it."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any

from . import words
from .chapters import chapters_of
from .charts import divergence_figure, equity_figure
from .divergence_text import divergence_lines
from .headline import headline as headline_of
from .numbers import money, short, short_pair
from .text_candles import text_candles

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from markupsafe import Markup

__all__ = ["html_page"]

_LISTED = 200


def html_page(report: dict[str, Any]) -> str:
    """Write a report as one page.

    Parameters
    ----------
    report
        Version 2.

    Returns
    -------
    str
        HTML with its style, its figures and the JavaScript that draws them inlined. All text of
        users is escaped; the page's policy forbids it to load anything.
    """
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup
    from plotly.offline import get_plotlyjs

    found = words.shown(report)
    first = found[0] if found else None
    figures = {
        "candles": None if first is None else divergence_figure(first),
        "equity": equity_figure(report["equity"], first),
    }
    drawn = {name: figure for name, figure in figures.items() if figure is not None}
    here = resources.files(__package__)
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string((here / "page.html.j2").read_text(encoding="utf-8"))
    return template.render(
        report=report,
        words=words,
        headline=headline_of(report).partition(": ")[2],
        first=first,
        others=found[1:],
        listed=_LISTED,
        figures=drawn,
        picture=[] if first is None else text_candles(first),
        lines=[] if first is None else divergence_lines(first),
        chapters=chapters_of(report),
        counted=_counted(report),
        short=short,
        short_pair=short_pair,
        money=money,
        style=_own(here / "page.css"),
        script=_own(here / "page.js"),
        # Only a page with a figure carries the four megabytes that draw it.
        plotly=Markup(get_plotlyjs()) if drawn else "",  # noqa: S704  (the library's own)
    )


def _own(file: Traversable) -> Markup:
    """Read a file of this package, which is trusted to be what its name says."""
    from markupsafe import Markup

    return Markup(file.read_text(encoding="utf-8"))  # noqa: S704


def _counted(report: dict[str, Any]) -> list[tuple[str, list[int], bool]]:
    """List how often each rule was named on each side of a job, and whether all agree."""
    if report["kind"] != "job":
        return []
    sides = [row["rules"] for row in report["backends"] if words.tells_rules(report, row)]
    rows = []
    for name in sorted({name for rules in sides for name in rules}):
        counts = [rules.get(name, 0) for rules in sides]
        rows.append((name, counts, len(set(counts)) == 1))
    return rows
