"""JUnit XML: what CI systems show as tests.

One suite for the answer as a whole and one for each backend.  A backend's suite has a testcase for
each check that it has to stand, and one for each case that it did not pass: those that it passed
are a number in the report.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

from .divergence_text import divergence_lines
from .headline import headline
from .words import (
    broken,
    counted,
    coverage_lines,
    how_to_repeat,
    job_line,
    not_compared_lines,
    shown,
    tolerance_lines,
    what_differs,
)

__all__ = ["junit_xml"]

# What XML 1.0 has no way to write, not even escaped.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ERRORS = frozenset({"error", "crash", "timeout"})
_SKIPPED = frozenset({"skip", "elsewhere"})


def junit_xml(report: dict[str, Any]) -> str:
    """Write a report as JUnit XML.

    Parameters
    ----------
    report
        Version 2.

    Returns
    -------
    str
        A document whose root is `testsuites`. It has a failure or an error whenever the answer is
        not `same`.
    """
    root = ET.Element("testsuites", name="fillproof verify")
    suites = [_answer(report), *(_backend(report, row) for row in report["backends"])]
    for suite in suites:
        root.append(suite)
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    root.set("time", f"{sum(row['seconds'] for row in report['backends']):.3f}")
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=False).join(
        ['<?xml version="1.0" encoding="UTF-8"?>\n', "\n"]
    )


def _answer(report: dict[str, Any]) -> ET.Element:
    """Make the suite of the answer itself, which is red for everything but `same`."""
    case = _case("fillproof verify", "answer", 0.0)
    lines = [
        job_line(report) or _chosen(report),
        headline(report),
        *(f"not proven: {doubt}" for doubt in report["doubts"]),
    ]
    lines += [*broken(report), *not_compared_lines(report), *tolerance_lines(report)]
    lines.append(f"again: {how_to_repeat(report)}")
    if report["answer"] != "same":
        kind = "error" if report["answer"] == "error" else "failure"
        _told(case, kind, report["answer"], headline(report), lines)
    else:
        _child(case, "system-out", "\n".join(lines))
    cases = [case]
    cases += [_comparison(report, row) for row in report["comparisons"]]
    return _suite("fillproof verify", cases, 0.0, {"answer": report["answer"]})


def _chosen(report: dict[str, Any]) -> str:
    only = "" if report["only"] is None else f" only {report['only']}"
    return f"{report['cases']} cases{only}"


def _comparison(report: dict[str, Any], row: dict[str, Any]) -> ET.Element:
    name = f"{row['candidate']} agrees with {row['reference']}"
    case = _case("fillproof verify", name, 0.0)
    found = counted(row)
    if found:
        first = found[0]
        lines = divergence_lines(first)
        if len(found) > 1:
            lines.append(f"and {len(found) - 1} more divergences")
        _told(case, "failure", "different", what_differs(first), lines)
    elif row["compared"] == 0:
        _told(case, "failure", "not proven", "nothing was compared", report["doubts"])
    faults = [gap for gap in row["gaps"] if gap["state"] != "expected"]
    if faults and not found:
        _told(case, "failure", "known gaps", faults[0]["state"], tolerance_lines(report))
    return case


def _backend(report: dict[str, Any], backend: dict[str, Any]) -> ET.Element:
    label = backend["label"]
    seconds = backend["seconds"]
    if backend["absent"] is not None:
        case = _case(label, "is there", seconds)
        _told(case, "error", "absent", backend["absent"], [backend["absent"]])
        return _suite(label, [case], seconds, {})
    untold = {id(found) for found in shown(report)}
    cases = [_passes(report, backend)]
    cases += [_not_passed(label, row, untold) for row in backend["not_passed"]]
    covered = _case(label, "exercises rules", 0.0)
    told = coverage_lines({**report, "backends": [backend]})
    _child(covered, "system-out", "\n".join(told))
    doubts = [doubt for doubt in report["doubts"] if doubt.startswith(f"{label} ")]
    if doubts:
        _told(covered, "failure", "not proven", doubts[0], doubts)
    build = {name: str(value) for name, value in backend["build"].items() if value is not None}
    if backend["digest"] is not None:
        build["digest"] = backend["digest"]
    return _suite(label, [*cases, covered], seconds, build)


def _passes(report: dict[str, Any], backend: dict[str, Any]) -> ET.Element:
    """Make the testcase that stands for all cases that were passed."""
    passed = backend["verdicts"]["pass"]
    case = _case(backend["label"], "passes cases", backend["seconds"])
    if passed == 0 and report["kind"] == "suite":
        _told(case, "failure", "not proven", "no case was passed", [])
    else:
        _child(case, "system-out", f"passed {passed} of {report['cases']} cases")
    return case


def _not_passed(label: str, row: dict[str, Any], untold: set[int]) -> ET.Element:
    case = _case(f"{label}.{row['rule'] or 'runs'}", row["case"], 0.0)
    if row.get("gap"):
        told = f"known gap {row['gap']}: {row['verdict']}: {row['reason']}"
        ET.SubElement(case, "skipped", message=_clean(told))
        return case
    if row["verdict"] in _SKIPPED:
        ET.SubElement(case, "skipped", message=_clean(f"{row['verdict']}: {row['reason']}"))
        return case
    divergence = row["divergence"]
    lines = [row["reason"]]
    if divergence is not None and id(divergence) in untold:
        # Those that the comparison of engines tells need not be told twice.
        lines += divergence_lines(divergence)
    elif divergence is not None:
        lines.append(what_differs(divergence))
    kind = "error" if row["verdict"] in _ERRORS else "failure"
    _told(case, kind, row["verdict"], row["reason"], lines)
    return case


def _suite(
    name: str, cases: list[ET.Element], seconds: float, properties: dict[str, str]
) -> ET.Element:
    suite = ET.Element("testsuite", name=_clean(name), time=f"{seconds:.3f}")
    if properties:
        holder = ET.SubElement(suite, "properties")
        for key, value in properties.items():
            ET.SubElement(holder, "property", name=_clean(key), value=_clean(value))
    suite.extend(cases)
    suite.set("tests", str(len(cases)))
    for tag, plural in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(plural, str(sum(case.find(tag) is not None for case in cases)))
    return suite


def _case(class_name: str, name: str, seconds: float) -> ET.Element:
    return ET.Element(
        "testcase", classname=_clean(class_name), name=_clean(name), time=f"{seconds:.3f}"
    )


def _told(case: ET.Element, tag: str, kind: str, message: str, lines: list[str]) -> None:
    """Put the one failure or error of a testcase into it; a second one would not be counted."""
    found = ET.SubElement(case, tag, type=kind, message=_clean(message))
    found.text = _clean("\n".join(lines))


def _child(case: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(case, tag).text = _clean(text)


def _clean(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text)
