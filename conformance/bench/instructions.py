"""Instructions of a run, counted by valgrind's callgrind: the figure that no other program moves.

One process runs every case; a call of `getppid`, which nothing else makes, ends a count and begins
the next. `python -m fillproof.conformance.bench.instructions CASE BACKEND BARS ...` is the process.
"""

from __future__ import annotations

import gc
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Container, Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fillproof.errors import ConfigError

from .cases import Case, cases

__all__ = ["count", "work"]

#: Long enough that what a run costs once hardly shows; the plain reference would take minutes.
BARS: Mapping[str, int] = {"rust": 20_000, "cython": 2_000}
_MARK = "getppid"
_TOTAL = re.compile(r"^(?:summary|totals): (\d+)", re.MULTILINE)


def count(
    chosen: Iterable[Case], wanted: Container[tuple[str, str]], bars: Mapping[str, int] = BARS
) -> list[dict[str, Any]]:
    """Count the instructions of cases on backends.

    Parameters
    ----------
    chosen : iterable of Case
    wanted : container of (case, backend)
    bars : mapping
        By backend; one that is not in it is left out.

    Returns
    -------
    list of dict
        case, backend, units, per_unit.

    Raises
    ------
    ConfigError
        ``OPTION_UNKNOWN``: valgrind is not there.
    RuntimeError
        It ended with an error.
    """
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        raise ConfigError(
            "instructions are counted by valgrind, which is not on the path; expected it, or no "
            "--instructions",
            code="OPTION_UNKNOWN",
            field="instructions",
            value=True,
            expected="valgrind on the path",
        )
    pairs = [(case, name) for case in chosen for name in bars if (case.name, name) in wanted]
    if not pairs:
        return []
    arguments = [text for case, name in pairs for text in (case.name, name, str(bars[name]))]
    with TemporaryDirectory(prefix="fillproof-callgrind-") as folder:
        command = [
            valgrind, "--tool=callgrind", f"--dump-before={_MARK}", "--error-exitcode=0",
            f"--callgrind-out-file={folder}/counted", sys.executable, "-m",
            __name__, *arguments,
        ]  # fmt: skip
        # Hashes of text differ from process to process, and with them the way through a dict.
        environment = {**os.environ, "PYTHONHASHSEED": "0"}
        done = subprocess.run(  # noqa: S603
            command, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"valgrind ended with {done.returncode}:\n{done.stderr[-2000:]}")
        totals = [_total(Path(folder) / f"counted.{n + 1}") for n in range(2 * len(pairs))]
    return [
        {
            "case": case.name,
            "backend": name,
            "units": case.units(bars[name]),
            "per_unit": total / case.units(bars[name]),
        }
        # Of two dumps the first ends what came before the run.
        for (case, name), total in zip(pairs, totals[1::2], strict=True)
    ]


def _total(dump: Path) -> int:
    match = _TOTAL.search(dump.read_text(encoding="utf-8"))
    if match is None:
        raise RuntimeError(f"{dump.name} of callgrind has no total")
    return int(match[1])


def work(runs: Iterable[tuple[str, str, int]]) -> None:
    """Run cases, each between two marks; once before, so that nothing is done for the first time.

    Examples
    --------
    >>> work([("empty", "python", 200)])
    """
    known = {case.name: case for case in cases()}
    for case, name, bars in runs:
        known[case].make(name, bars).run()
        job = known[case].make(name, bars)
        gc.collect()
        os.getppid()
        job.run()
        os.getppid()


if __name__ == "__main__":
    _rest = sys.argv[1:]
    _counts = map(int, _rest[2::3])
    work(list(zip(_rest[::3], _rest[1::3], _counts, strict=True)))
