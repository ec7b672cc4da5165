"""The page stands alone, draws what the report says and lets no text of users become markup."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from fillproof.conformance.reports import write
from fillproof.conformance.reports.charts import divergence_figure, equity_figure
from fillproof.conformance.reports.page import html_page

from . import report_samples as samples

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


class Page(HTMLParser):
    """Tags with their attributes, the text that a reader sees, the content of each script."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self._inside: str | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag
        if tag == "script":
            self.scripts.append((dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        self._inside = None

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            attributes, before = self.scripts[-1]
            self.scripts[-1] = (attributes, before + data)
        elif self._inside != "style":
            self.text.append(data)

    def figure(self, name: str) -> dict[str, Any]:
        """The figure that the page carries under a name."""
        found = [
            text for attributes, text in self.scripts if attributes.get("id") == f"figure-{name}"
        ]
        assert len(found) == 1
        figure: dict[str, Any] = json.loads(found[0])
        return figure

    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


@pytest.fixture(scope="module")
def job_page() -> str:
    return html_page(samples.job())


def test_says_what_the_report_says(job_page: str) -> None:
    words = Page(job_page).words()
    for told in (
        "fillproof verify: different",
        "raw by X2.gap_stop is 1.09899 on python, 1.099 on rust",
        "Apart: -1 ticks, 45,035,996,274 ulps.",
        "Root or consequence: root",
        "Guilty: executor",
        "candidate's part alone result first divergence executor different bar 1, EXITS: raw",
        "result -12.1 -12",
        "equity at the end: 9,987.90 on python, 9,988.00 on rust",
        "target 1.12000 lies beyond the picture",
        "no limit orders yet desk 2027-01-31",
        "rust trades.result mine:Breakout on EURUSD 0.4 cents cents",
        "not compared on rust, which does not give it: fees",
        "the job never met 40 decisions",
        "X Exits 2/3 2/3",
        "X2.gap_stop 1 2",
        "bid.csv 0f0f",
        "Again fillproof verify --strategy mine:Breakout --candidate rust",
    ):
        assert told in words, told


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_needs_nothing_from_elsewhere(name: str) -> None:
    page = Page(html_page(samples.SAMPLES[name]()))
    tags = {tag for tag, _ in page.tags}
    assert tags.isdisjoint({"link", "img", "iframe", "object", "embed", "base", "form", "a"})
    assert not any({"src", "href", "srcset"} & attributes.keys() for _, attributes in page.tags)
    policies = [attributes for tag, attributes in page.tags if "http-equiv" in attributes]
    assert [policy["http-equiv"] for policy in policies] == ["Content-Security-Policy"]
    assert (policies[0]["content"] or "").startswith("default-src 'none'; ")


def test_only_a_page_with_a_figure_carries_what_draws_it() -> None:
    assert len(html_page(samples.same())) < 60_000
    assert len(html_page(samples.different())) > 1_000_000


def test_no_text_of_users_becomes_markup() -> None:
    html = html_page(samples.hostile())
    page = Page(html)
    plain = Page(html_page(samples.job()))
    assert [tag for tag, _ in page.tags if tag == "script"] == ["script"] * len(plain.scripts)
    assert not any("alert(1)" in text for attributes, text in page.scripts if not attributes)
    assert "<script>alert(1)</script>" in page.words()
    # What a figure shows is read as HTML by the library, so it is escaped there, too.
    names = [trace.get("name", "") for trace in page.figure("candles")["data"]]
    assert any("&lt;script&gt;" in name for name in names)
    assert not any("<script" in name for name in names)
    assert "<script" not in json.dumps(page.figure("equity"))


class TestDivergenceFigure:
    def test_candles_of_both_sides_stand_beside_each_other(self) -> None:
        figure = divergence_figure(samples.divergence())
        assert figure is not None
        bid, ask, *_ = figure["data"]
        assert (bid["name"], list(bid["x"]), list(bid["low"])) == (
            "bid",
            [-0.2, 0.8],
            [1.0996, 1.0985],
        )
        assert (ask["name"], list(ask["x"]), list(ask["high"])) == (
            "ask",
            [0.2, 1.2],
            [1.1006, 1.1002],
        )

    def test_each_side_has_its_mark(self) -> None:
        figure = divergence_figure(samples.divergence())
        assert figure is not None
        marks = [trace for trace in figure["data"] if trace["type"] == "scatter"]
        assert [(mark["name"], list(mark["y"])) for mark in marks] == [
            ("python: price 1.09899", [1.09899]),
            ("rust: price 1.09900", [1.099]),
        ]
        assert len({mark["marker"]["symbol"] for mark in marks}) == 2

    def test_levels_are_named_and_their_names_do_not_lie_on_each_other(self) -> None:
        found = samples.divergence()
        found["levels"].append(
            {**found["levels"][0], "order_id": 2, "entry": 1.10021, "stop": 1.09901}
        )
        figure = divergence_figure(found)
        assert figure is not None
        labels = sorted((note["y"], note["text"]) for note in figure["layout"]["annotations"])
        assert [text for _, text in labels] == [
            "stop 1.09900", "stop 1.09901", "entry 1.10020", "entry 1.10021",
        ]  # fmt: skip
        low, high = figure["layout"]["yaxis"]["range"]
        gaps = [b[0] - a[0] for a, b in pairwise(labels)]
        assert min(gaps) > 0.05 * (high - low)

    def test_ticks_name_bar_time_and_the_date_where_it_changes(self) -> None:
        figure = divergence_figure(samples.divergence())
        assert figure is not None
        assert list(figure["layout"]["xaxis"]["ticktext"]) == [
            "0<br>00:00<br>2024-01-02",
            "1<br>00:01",
        ]

    def test_none_without_candles(self) -> None:
        assert divergence_figure(samples.divergence(bars_around=[])) is None


class TestEquityFigure:
    def test_shows_both_sides_and_their_difference(self) -> None:
        figure = equity_figure(samples.job()["equity"], samples.divergence())
        assert figure is not None
        python, rust, apart = figure["data"]
        assert list(python["y"]) == [10000.0, 9987.9, 9987.9]
        assert list(rust["x"]) == [
            "2024-01-02 00:00:00",
            "2024-01-02 00:01:00",
            "2024-01-02 00:02:00",
        ]
        assert (apart["name"], apart["yaxis"]) == ("rust minus python", "y2")
        assert list(apart["y"]) == [0.0, 9988.000000000001 - 9987.9, None]
        assert python["line"]["dash"] != rust["line"]["dash"]
        assert figure["layout"]["shapes"][0]["x0"] == "2024-01-02 00:01:00"

    def test_none_without_rows(self) -> None:
        assert equity_figure(None, None) is None
        assert equity_figure({"time_us": [], "sides": {}}, None) is None


def test_every_colour_of_a_figure_is_one_of_the_page(job_page: str) -> None:
    page = Page(job_page)
    style = job_page[: job_page.index("</style>")]
    used = {
        name
        for kind in ("candles", "equity")
        for name in re.findall(r"var\((--\w+)\)", json.dumps(page.figure(kind)))
    }
    dark = style[style.index("prefers-color-scheme: dark") :]
    assert used
    for name in used:
        assert f"{name}: #" in style, name
        assert f"{name}: #" in dark, name


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_browser_draws_it_and_runs_nothing_of_users(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write(samples.hostile(), html=page)
    done = subprocess.run(
        [
            str(CHROMIUM), "--headless=new", "--no-sandbox", "--disable-gpu",
            f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=8000",
            "--enable-logging=stderr", "--dump-dom", page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )  # fmt: skip
    drawn = Page(done.stdout)
    figures = [attributes for tag, attributes in drawn.tags if "data-figure" in attributes]
    assert len(figures) == 2
    assert all("js-plotly-plot" in (attributes.get("class") or "") for attributes in figures)
    # Two bars, bid and ask.
    assert [attributes.get("class") for _, attributes in drawn.tags].count("box") == 4
    # A refused request or an exception is told on the console.
    assert "CONSOLE" not in done.stderr, done.stderr
