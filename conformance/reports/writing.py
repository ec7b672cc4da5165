"""Writes a report in all the forms that were asked for."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["check_targets", "write"]

_SUMMARY = "GITHUB_STEP_SUMMARY"
_NEEDED = ("jinja2", "plotly")


def check_targets(
    *,
    json: Path | None = None,
    junit: Path | None = None,
    markdown: Path | None = None,
    html: Path | None = None,
    summary: bool = False,
) -> None:
    """Refuse what `write` could not write; to be called before a run that takes long.

    Parameters
    ----------
    json, junit, markdown, html, summary
        As for `write`.

    Raises
    ------
    ValueError
        A page is asked for without what draws it, or a summary where no CI asks for one.
    FileNotFoundError, IsADirectoryError
        A file lies in no folder that is there, or is a folder itself.
    """
    for name, path in {"json": json, "junit": junit, "markdown": markdown, "html": html}.items():
        if path is None:
            continue
        if not path.absolute().parent.is_dir():
            raise FileNotFoundError(f"--{name} {path}: there is no folder {path.absolute().parent}")
        if path.is_dir():
            raise IsADirectoryError(f"--{name} {path}: is a folder; expected a file to write")
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if html is not None and missing:
        raise ValueError(
            f"--html {html}: {' and '.join(missing)} not installed; cure: python -m pip install "
            "'fillproof[report]'"
        )
    if summary and not os.environ.get(_SUMMARY):
        raise ValueError(
            f"--summary: {_SUMMARY} is not set; expected a step of GitHub Actions, elsewhere use "
            "--markdown FILE"
        )


def write(
    report: dict[str, Any],
    *,
    json: Path | None = None,
    junit: Path | None = None,
    markdown: Path | None = None,
    html: Path | None = None,
    console: Console | None = None,
    summary: bool = False,
) -> None:
    """Write a report in each form that is asked for.

    Parameters
    ----------
    report
        Version 2 of `schema/report.schema.json`.
    json
        File for the whole report.
    junit
        File for JUnit XML.
    markdown
        File for a short page in Markdown.
    html
        File for one page with pictures that needs nothing else, not even a network.
    console
        Where to print; None prints nothing.
    summary
        Append the page in Markdown to the summary of the step, in GitHub Actions.

    Raises
    ------
    ValueError, OSError
        As `check_targets`; nothing has been written then.
    """
    check_targets(json=json, junit=junit, markdown=markdown, html=html, summary=summary)
    if json is not None:
        from ..wire import dumps

        json.write_text(dumps(report, indent=1) + "\n", encoding="utf-8")
    if junit is not None:
        from .junit import junit_xml

        junit.write_text(junit_xml(report), encoding="utf-8")
    if markdown is not None or summary:
        from .markdown import markdown as page_of

        page = page_of(report)
        if markdown is not None:
            markdown.write_text(page, encoding="utf-8")
        if summary:
            with Path(os.environ[_SUMMARY]).open("a", encoding="utf-8") as stream:
                stream.write(page)
    if html is not None:
        from .page import html_page

        html.write_text(html_page(report), encoding="utf-8")
    if console is not None:
        from ..render import render

        # Last: whoever reads only the first lines of a pipe still gets the files.
        render(report, console)
