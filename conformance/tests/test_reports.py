"""What is written of a verification says the truth, in every form, whatever users call things."""

from __future__ import annotations

import io
import json
import random
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from rich.console import Console

from fillproof.conformance.render import render
from fillproof.conformance.reports import check_targets, thin, write
from fillproof.conformance.reports.chapters import chapters_of
from fillproof.conformance.reports.headline import headline
from fillproof.conformance.reports.numbers import short_pair
from fillproof.conformance.reports.words import how_to_repeat, shown

from . import report_samples as samples

SCHEMA = json.loads(
    (Path(__file__).resolve().parent.parent / "schema" / "report.schema.json").read_text()
)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def printed(report: dict[str, Any], width: int = 160) -> str:
    stream = io.StringIO()
    render(report, Console(file=stream, width=width))
    return stream.getvalue()


class TestSchema:
    def test_is_a_schema_that_describes_every_field(self) -> None:
        jsonschema.Draft202012Validator.check_schema(SCHEMA)

        def look(place: str, schema: dict[str, Any]) -> None:
            for name, inner in schema.get("properties", {}).items():
                assert inner.get("description") or "$ref" in inner or "oneOf" in inner, (
                    f"{place}.{name}"
                )
                look(f"{place}.{name}", inner)
            if isinstance(schema.get("items"), dict):
                look(f"{place}[]", schema["items"])
            if "properties" in schema and "roots" not in place:
                assert schema["additionalProperties"] is False, place

        look("report", SCHEMA)
        for name, inner in SCHEMA["$defs"].items():
            look(name, inner)

    @pytest.mark.parametrize("name", samples.SAMPLES)
    def test_takes_the_samples(self, name: str) -> None:
        VALIDATOR.validate(samples.SAMPLES[name]())

    def test_takes_texts_of_any_kind(self) -> None:
        VALIDATOR.validate(samples.hostile())

    def test_refuses_what_it_does_not_know(self) -> None:
        with pytest.raises(jsonschema.ValidationError, match="surprise"):
            VALIDATOR.validate(samples.same(surprise=1))
        with pytest.raises(jsonschema.ValidationError, match="'maybe' is not one of"):
            VALIDATOR.validate(samples.same(answer="maybe"))


class TestJson:
    def test_reads_back_as_the_report(self, tmp_path: Path) -> None:
        write(samples.job(), json=tmp_path / "report.json")
        assert json.loads((tmp_path / "report.json").read_text()) == samples.job()


class TestHeadline:
    def test_same(self) -> None:
        assert headline(samples.same()) == (
            "same: rust gives what python gives, bit for bit: 3 cases"
        )

    def test_different_names_the_first_place(self) -> None:
        assert headline(samples.different()) == (
            "different: rust leaves python in execution/X2.gap_stop/long in bar 1 "
            "(2024-01-02T00:01:00Z): raw by X2.gap_stop is 1.09899 on python, 1.099 on rust; "
            "1 of 3 cases differ"
        )

    def test_a_job_differs_in_a_bar(self) -> None:
        assert headline(samples.job()).startswith("different: rust leaves python in bar 1 (2024")

    def test_not_proven_says_why(self) -> None:
        assert headline(samples.unproven()) == (
            "not proven: rust is absent: no module rsengine (and 1 more reason)"
        )

    def test_error_says_what_broke(self) -> None:
        assert headline(samples.crashed()) == "error: crash on rust: a/X1.stop/one: signal 11"

    def test_an_event_that_is_missing(self) -> None:
        found = samples.divergence(missing_on="rust", field="event")
        report = samples.different(comparisons=[samples.comparison(found)])
        assert "exit by X2.gap_stop is missing on rust" in headline(report)

    def test_same_says_what_it_leaves_out(self) -> None:
        assert headline(samples.excused()) == (
            "same: rust gives what python gives, but for 1 that is a known gap: 3 cases"
        )
        assert shown(samples.excused()) == []
        tolerated = {"field": "trades.result", "case": "a", "entry": "b", "distance": "1 tick"}
        row = samples.comparison(tolerated=[tolerated] * 2, not_compared=["state", "fees"])
        assert headline(samples.same(comparisons=[row])) == (
            "same: rust gives what python gives, within tolerances used 2 times, as far as it "
            "tells (not compared: fees, state): 3 cases"
        )

    def test_engine_against_engine_comes_first(self) -> None:
        assert [found["between"] for found in shown(samples.different())] == [["python", "rust"]]

    def test_a_golden_that_all_leave_is_shown(self) -> None:
        report = samples.different(comparisons=[samples.comparison()])
        assert [found["between"] for found in shown(report)] == [["golden", "rust"]]


class TestTerminal:
    @pytest.mark.parametrize("name", samples.SAMPLES)
    def test_the_verdict_comes_first_and_last(self, name: str) -> None:
        report = samples.SAMPLES[name]()
        lines = printed(report, width=400).splitlines()
        assert lines[0] == headline(report)
        assert lines[-1].startswith(report["answer"])

    def test_tells_a_job_in_full(self) -> None:
        text = printed(samples.job())
        for told in (
            "mine:Breakout on EURUSD M1, 4 bars",
            "◆ python price 1.09899, ◇ rust price 1.09900",
            "root or consequence: root; from the reference's state it parts again",
            "guilty: executor; with the reference's executor it is the same",
            "candidate's portfolio alone: same",
            "also result: -12.1 against -12",
            "equity at the end: 9,987.90 on python, 9,988.00 on rust",
            "not compared on rust, which does not give it: fees",
            "tolerated on rust: 1 differences, first trades.result by 0.4 cents (entry cents)",
            "known gap of rust, expected: orders/*: no limit orders yet (desk, until 2027-01-31)",
            "note: the job never met 40 decisions",
            "again: fillproof verify --strategy mine:Breakout --candidate rust",
        ):
            assert told in text, told

    def test_names_are_no_markup(self) -> None:
        text = printed(samples.job(doubts=["[bold]x[/bold]"]))
        assert "not proven: [bold]x[/bold]" in text
        printed(samples.hostile())

    def test_plain_letters_where_there_are_no_others(self) -> None:
        stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
        render(samples.job(), Console(file=stream, width=160))
        stream.seek(0)
        text = stream.read()
        assert ".A.=..|.B. stop #1 1.09900, A python price 1.09899, B rust price 1.09900" in text

    def test_many_divergences_are_counted(self) -> None:
        found = [samples.divergence(case=f"a/X1.stop/{number}") for number in range(15)]
        text = printed(samples.different(comparisons=[samples.comparison(*found)]))
        assert text.count("first divergence in") == 1
        assert text.count("also a/X1.stop/") == 10
        assert "... and 5 more" in text


class TestWrite:
    def test_a_summary_is_appended(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        page = tmp_path / "summary.md"
        page.write_text("before\n")
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
        write(samples.same(), summary=True)
        text = page.read_text()
        assert text.startswith("before\n## ✅ fillproof verify: same\n")

    def test_refuses_a_summary_outside_of_actions(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
        with pytest.raises(ValueError, match="GITHUB_STEP_SUMMARY is not set"):
            check_targets(summary=True)

    def test_files_are_written_though_nobody_reads_on(self, tmp_path: Path) -> None:
        class Closed(io.StringIO):
            def write(self, text: str) -> int:
                raise BrokenPipeError

        with pytest.raises((BrokenPipeError, SystemExit)):
            write(samples.job(), json=tmp_path / "a.json", console=Console(file=Closed()))
        assert (tmp_path / "a.json").is_file()

    def test_writes_nothing_where_one_target_cannot_be(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match=r"--html .*there is no folder"):
            write(samples.same(), json=tmp_path / "a.json", html=tmp_path / "no" / "a.html")
        with pytest.raises(IsADirectoryError, match="expected a file"):
            write(samples.same(), json=tmp_path / "a.json", junit=tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_a_page_without_its_packages_has_a_cure(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        with pytest.raises(ValueError, match=r"pip install 'fillproof\[report\]'"):
            check_targets(html=tmp_path / "a.html")


class TestThin:
    def test_keeps_ends_extremes_and_the_first_difference(self) -> None:
        draw = random.Random(7)
        rows = 20_000
        curve = [10_000.0]
        for _ in range(rows - 1):
            curve.append(curve[-1] + draw.gauss(0.0, 5.0))
        other: list[float | None] = list(curve)
        other[13_337:] = [value + 1e-9 for value in curve[13_337:]]
        found = thin(list(range(rows)), {"python": curve, "rust": other}, points=500)
        assert found is not None
        kept = found["time_us"]
        assert kept == sorted(set(kept))
        assert (kept[0], kept[-1]) == (0, rows - 1)
        assert {13_336, 13_337} <= set(kept)
        assert len(kept) <= 502
        assert max(found["sides"]["python"]) == max(curve)
        assert min(found["sides"]["python"]) == min(curve)
        assert found["sides"]["rust"] == [other[row] for row in kept]

    def test_a_side_that_ended_early(self) -> None:
        found = thin([1, 2, 3], {"python": [1.0, 2.0, 3.0], "rust": [1.0, float("nan")]})
        assert found == {
            "time_us": [1, 2, 3],
            "sides": {"python": [1.0, 2.0, 3.0], "rust": [1.0, None, None]},
        }

    def test_nothing_to_show(self) -> None:
        assert thin([], {"python": []}) is None
        assert thin([1], {}) is None

    def test_refusals(self) -> None:
        with pytest.raises(ValueError, match="points is 3"):
            thin([1], {"python": [1.0]}, points=3)
        with pytest.raises(ValueError, match="rust has 2 rows of equity"):
            thin([1], {"rust": [1.0, 2.0]})


def test_chapters_follow_the_registry() -> None:
    chapters = chapters_of(samples.same())
    assert [chapter.letter for chapter in chapters] == ["L", "E", "X", "N"]
    exits = chapters[2]
    assert exits.title == "Exits"
    assert (exits.sides["rust"].done, exits.sides["rust"].total) == (2, 3)
    # A job plays no cases.
    assert [chapter.letter for chapter in chapters_of(samples.job())] == ["E", "X"]


def test_a_side_without_a_trace_says_nothing_about_rules() -> None:
    report = samples.job()
    report["comparisons"][0]["not_compared"] = ["events"]
    assert all(list(chapter.sides) == ["python"] for chapter in chapters_of(report))
    text = printed(report)
    assert "rust: exercised" not in text
    assert re.search(r"│ rust .* not told │", text)


def test_numbers_keep_what_differs() -> None:
    assert short_pair("-12.100000000001554", "-12.000000000000899") == ("-12.1", "-12")
    assert short_pair("0.30000000000000004", "0.3") == ("0.30000000000000004", "0.3")
    assert short_pair("'long'", "'short'") == ("'long'", "'short'")


def test_the_command_is_made_where_none_is_given() -> None:
    report = samples.same(only="a b/*")
    assert how_to_repeat(report) == (
        "fillproof verify --only 'a b/*' --reference python --candidate rust"
    )
