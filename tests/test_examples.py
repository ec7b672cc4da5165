"""Every Python block of the README and the docs runs, and so does every file in examples/.

The blocks of a page run in order, in one namespace, in a process and a folder of their own, so a
page may choose a backend or write files unnoticed by the others.  A fence of `python no-run`
is left alone.
"""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
# Tests of an example run in an environment of its own.
SCRIPTS = sorted(
    path
    for path in (ROOT / "examples").rglob("*.py")
    if "tests" not in path.relative_to(ROOT).parts
)
FENCE = re.compile(r"^```python *\n(.*?)^``` *$", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[tuple[int, str]]:
    """List a page's Python blocks, each with the number of its first line."""
    text = page.read_text(encoding="utf-8")
    return [(text.count("\n", 0, match.start(1)), match[1]) for match in FENCE.finditer(text)]


def run_page(page: Path) -> None:
    """Run the blocks of one page; blocks of `>>>` lines must also print what they say."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    for line, block in blocks(page):
        if ">>>" in block:
            test = doctest.DocTestParser().get_doctest(block, namespace, page.name, str(page), line)
            if doctest.DocTestRunner().run(test, clear_globs=False).failed:
                sys.exit(1)
            namespace.update(test.globs)
        else:
            # Empty lines before the block make a traceback name the page's own lines.
            exec(compile("\n" * line + block, str(page), "exec"), namespace)


def in_own_process(arguments: list[str], folder: Path) -> None:
    """Run Python on the arguments; show what it printed if that fails."""
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, id=page.relative_to(ROOT).as_posix()) for page in PAGES if blocks(page)],
)
def test_page(page: Path, tmp_path: Path) -> None:
    in_own_process([__file__, str(page)], tmp_path)


@pytest.mark.parametrize(
    "script",
    [pytest.param(script, id=script.relative_to(ROOT).as_posix()) for script in SCRIPTS],
)
def test_script(script: Path, tmp_path: Path) -> None:
    in_own_process([str(script)], tmp_path)


if __name__ == "__main__":
    run_page(Path(sys.argv[1]))
