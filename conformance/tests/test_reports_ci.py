"""What CI systems are given is red when it has to be, and no text of users becomes markup."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from fillproof.conformance.reports import markdown as markdown_module
from fillproof.conformance.reports.junit import junit_xml
from fillproof.conformance.reports.markdown import LIMIT, markdown

from . import report_samples as samples


class TestJUnit:
    def tree(self, report: dict[str, Any]) -> ET.Element:
        return ET.fromstring(junit_xml(report))

    def test_nothing_is_red_where_all_is_the_same(self) -> None:
        root = self.tree(samples.same())
        assert (root.get("failures"), root.get("errors")) == ("0", "0")
        names = [
            (suite.get("name"), case.get("name"))
            for suite in root
            for case in suite.iter("testcase")
        ]
        assert names == [
            ("fillproof verify", "answer"),
            ("fillproof verify", "rust agrees with python"),
            ("python", "passes cases"),
            ("python", "exercises rules"),
            ("rust", "passes cases"),
            ("rust", "exercises rules"),
        ]

    def test_a_known_gap_is_skipped(self) -> None:
        root = self.tree(samples.excused())
        assert (root.get("failures"), root.get("errors"), root.get("skipped")) == ("0", "0", "1")
        skipped = root.find(".//testcase[@name='execution/X2.gap_stop/long']/skipped")
        assert skipped is not None
        assert (skipped.get("message") or "").startswith("known gap execution/X2.*: fail: raw")

    @pytest.mark.parametrize("name", samples.RED)
    def test_anything_else_is_red(self, name: str) -> None:
        root = self.tree(samples.SAMPLES[name]())
        assert int(root.get("failures", "0")) + int(root.get("errors", "0")) > 0

    @pytest.mark.parametrize("name", samples.SAMPLES)
    def test_counts_are_those_of_the_testcases(self, name: str) -> None:
        root = self.tree(samples.SAMPLES[name]())
        for tag, plural in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert int(root.get(plural, "-1")) == len(list(root.iter(tag)))
        assert int(root.get("tests", "-1")) == len(list(root.iter("testcase")))
        for case in root.iter("testcase"):
            assert len(case.findall("failure") + case.findall("error")) <= 1

    def test_a_failure_has_the_divergence(self) -> None:
        failure = self.tree(samples.different()).find(
            ".//testcase[@name='rust agrees with python']/failure"
        )
        assert failure is not None
        assert failure.get("message") == "raw by X2.gap_stop is 1.09899 on python, 1.099 on rust"
        assert "◆ python price 1.09899" in (failure.text or "")
        assert "again: fillproof verify --only" in (failure.text or "")

    def test_skipped_crashed_absent(self) -> None:
        root = self.tree(samples.crashed())
        assert root.find(".//testcase[@name='a/X1.stop/two']/skipped") is not None
        assert root.find(".//testcase[@name='a/X1.stop/one']/error[@type='crash']") is not None
        absent = self.tree(samples.unproven()).find(".//testcase[@name='is there']/error")
        assert absent is not None
        assert absent.get("message") == "no module rsengine"

    def test_an_unexpected_pass_is_red(self) -> None:
        report = samples.job()
        report["comparisons"][0].update(divergences=[])
        report["comparisons"][0]["gaps"][0]["state"] = "unexpected pass"
        failure = self.tree(report).find(".//failure[@type='known gaps']")
        assert failure is not None
        assert failure.get("message") == "unexpected pass"

    def test_text_of_any_kind_is_written(self) -> None:
        root = self.tree(samples.hostile())
        assert root.findall(".//script") == []
        assert any(
            "<script>alert(1)</script>" in (case.get("name") or "")
            for case in root.iter("testcase")
        )


class TestMarkdown:
    def test_says_what_matters(self) -> None:
        page = markdown(samples.job())
        assert page.startswith("## ❌ fillproof verify: different\n")
        assert "| `rust` | candidate | 1 | 1 | 3/4 | 1.2 | 0.1.0 cpython 3.11 |" in page
        assert "◆ python price 1.09899" in page
        assert "| X Exits | 2/3 | 2/3 |" in page
        assert "```sh\nfillproof verify --strategy mine:Breakout --candidate rust\n```" in page

    def test_a_part_of_the_suite_has_only_its_chapters(self) -> None:
        page = markdown(samples.same(only="execution/*"))
        assert "| E Entries | 1/1 | 1/1 |" in page
        assert "| L The loop" not in page
        assert "| L The loop | 0/0 | 0/0 |" in markdown(samples.same())

    def test_never_exceeds_its_limit(self) -> None:
        found = [samples.divergence(case="a/" + "é" * 3000 + str(number)) for number in range(400)]
        found[0]["last_common"] = [{"note": "x" * 300, "seq": n} for n in range(2000)]
        page = markdown(samples.different(comparisons=[samples.comparison(*found)]))
        assert len(page.encode()) <= LIMIT
        assert "cut here" in page
        assert len(re.findall("^```", page, flags=re.MULTILINE)) % 2 == 0

    def test_no_text_of_users_becomes_markup(self) -> None:
        page = markdown(samples.hostile())
        outside = re.sub("^(`{3,})[a-z]*\n.*?^\\1$", "", page, flags=re.MULTILINE | re.DOTALL)
        assert "<script>" not in re.sub("`[^`\n]*`", "", outside)
        # A table keeps its number of cells.
        rows = [line for line in outside.splitlines() if line.startswith("| `")]
        assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {8}

    def test_a_fence_cannot_be_closed_from_inside(self) -> None:
        lines = ["before", "`````", "after"]
        fenced = markdown_module._block(lines, "text")
        assert fenced == ["``````text", *lines, "``````"]
