"""What `fillproof verify` writes of real runs, a suite and a job, against a doctored engine."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer

from fillproof import data
from fillproof.conformance.cli import verify

SCHEMA = json.loads(
    (Path(__file__).resolve().parent.parent / "schema" / "report.schema.json").read_text()
)
Doctor = Callable[[str, str, str], str]
GAP_AT_LEVEL = ("exits.py", "return X2_GAP_STOP, reason, gap,", "return X2_GAP_STOP, reason, stop,")


def written(folder: Path, **options: Any) -> tuple[dict[str, Any], ET.Element, str, str]:
    """Verify and read back what was written: JSON, JUnit, Markdown, page."""
    paths = [folder / name for name in ("a.json", "a.xml", "a.md", "a.html")]
    names = ("json_file", "junit", "markdown", "html")
    with pytest.raises(typer.Exit) as ended:
        verify(**options, **dict(zip(names, paths, strict=True)))
    report = json.loads(paths[0].read_text())
    jsonschema.validate(report, SCHEMA)
    assert ended.value.exit_code == report["exit_code"]
    return report, ET.parse(paths[1]).getroot(), paths[2].read_text(), paths[3].read_text()


def test_a_suite(suite_folder: Path, doctored: Doctor, tmp_path: Path) -> None:
    report, junit, markdown, page = written(
        tmp_path, candidate=[doctored(*GAP_AT_LEVEL)], golden=suite_folder
    )
    assert (report["kind"], report["answer"]) == ("suite", "different")
    assert (
        junit.find(".//testcase[@name='execution/X2.gap_stop/long_opens_below']/failure")
        is not None
    )
    assert "◆ python price 1.0985" in markdown
    assert "stop #1 1.0990" in markdown
    assert 'data-figure="figure-candles"' in page


def test_a_job(doctored: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = data.eurusd_h1_2017()
    # Of these the last but five opens beyond a stop.
    for side, table in (("bid", pair.bid[1300:1390]), ("ask", pair.ask[1300:1390])):
        rows = ["timestamp,open,high,low,close"]
        rows += [
            f"{bar.timestamp.isoformat()},{bar.open},{bar.high},{bar.low},{bar.close}"
            for bar in table.to_candles()
        ]
        (tmp_path / f"{side}.csv").write_text("\n".join(rows) + "\n")
    monkeypatch.chdir(tmp_path)
    report, junit, markdown, page = written(
        tmp_path,
        candidate=[doctored(*GAP_AT_LEVEL)],
        strategy="breakout",
        bid=Path("bid.csv"),
        ask=Path("ask.csv"),
        symbol="EURUSD",
    )
    assert (report["kind"], report["answer"]) == ("job", "different")
    divergence = report["comparisons"][0]["divergences"][0]
    assert divergence["sides"]["python"]["rule"] == "X2.gap_stop"
    assert {item["order_id"] for item in divergence["levels"]} == {divergence["order_id"]}
    assert divergence["time_us"] in report["equity"]["time_us"]
    assert junit.find("testsuite/testcase[@name='answer']/failure[@type='different']") is not None
    assert "X2.gap_stop" in markdown
    assert 'data-figure="figure-equity"' in page
