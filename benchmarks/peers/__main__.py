"""Other authors' systems and Fillproof on one workload, in alternating order: `tox -e peers`.

Each runs in an environment of its own, each time in a new process: cold from the import to the
first result, then warm. The fills are not the same (docs/oracles.md tells where rules differ), so
trade counts and the last equity stand beside the times.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any

import numpy as np

from fillproof.conformance.bench.calibration import bandwidth, calibrate
from fillproof.conformance.bench.market import Market
from fillproof.conformance.bench.report import Section, number
from fillproof.conformance.bench.telling import markdown_table

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OURS = "fillproof, signal columns"


@dataclass(frozen=True)
class Peer:
    """A system: its script, the requirements of its environment, what part of the bars it runs."""

    name: str
    script: str
    needs: str | None
    part: float = 1.0
    told: dict[str, str] = field(default_factory=dict)


PEERS = (
    Peer(OURS, "fillproof", None, told={"FILLPROOF_WAY": "signal columns"}),
    Peer("fillproof, built-in", "fillproof", None, told={"FILLPROOF_WAY": "built-in"}),
    Peer("fillproof, plain Python", "fillproof", None, told={"FILLPROOF_WAY": "plain Python"}),
    Peer("a bare numba loop", "numba_loop", "vectorbt"),
    Peer("vectorbt, numba", "vectorbt", "vectorbt", told={"VECTORBT_ENGINE": "numba"}),
    Peer("vectorbt, rust", "vectorbt", "vectorbt-rust", told={"VECTORBT_ENGINE": "rust"}),
    Peer("backtesting.py", "backtesting", "backtesting", 0.1),
    Peer("nautilus_trader", "nautilus", "nautilus", 0.05),
    Peer("backtrader", "backtrader", "backtrader", 0.05),
)


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; 0: done, 3: a system could not be run."""
    parser = argparse.ArgumentParser(prog="python benchmarks/peers", description=__doc__)
    parser.add_argument("--environments", type=Path, required=True, help="folder to put them in")
    parser.add_argument("--peers", default="", help="parts of names, by commas; all by default")
    parser.add_argument("--bars", type=int, default=1_000_000, help="of the fast ones")
    parser.add_argument("--repeats", type=int, default=3, help="processes of each")
    parser.add_argument("--rounds", type=int, default=3, help="warm runs of each process")
    parser.add_argument("--json", type=Path, help="write what was found to this file")
    parser.add_argument("--markdown", type=Path, help="write the table to this file")
    options = parser.parse_args(arguments)
    wanted = [text.strip() for text in options.peers.split(",")]
    chosen = [peer for peer in PEERS if any(text in peer.name for text in wanted)]
    try:
        pythons = {peer.name: environment(peer, options.environments) for peer in chosen}
        found = run(chosen, pythons, options.bars, options.repeats, options.rounds)
    except (OSError, subprocess.CalledProcessError) as error:
        told = getattr(error, "stderr", None) or str(error)
        print(f"error: {str(told)[-2000:]}", file=sys.stderr)
        return 3
    if options.json is not None:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    text = page(found)
    if options.markdown is not None:
        options.markdown.write_text(text, encoding="utf-8")
    print(text)
    return 0


def environment(peer: Peer, folder: Path) -> str:
    """Make a peer's environment where it is not there, of pinned and hashed packages."""
    if peer.needs is None:
        return sys.executable
    place = folder.absolute() / peer.needs
    binary = "Scripts" if os.name == "nt" else "bin"
    python, done = place / binary / "python", place / "installed.txt"
    needed = (ROOT / "requirements" / f"peers-{peer.needs}.txt").read_text(encoding="utf-8")
    if not done.is_file() or done.read_text(encoding="utf-8") != needed:
        call(["uv", "venv", "--quiet", "--clear", "--python", sys.executable, str(place)])
        call(["uv", "pip", "install", "--quiet", "--python", str(python), "--require-hashes",
              "-r", str(ROOT / "requirements" / f"peers-{peer.needs}.txt")])  # fmt: skip
        done.write_text(needed, encoding="utf-8")
    return str(python)


def call(command: list[str], told: dict[str, str] | None = None) -> None:
    """Run a command; its output counts only if it fails.

    It runs outside of the project, whose own pins are not a peer's.
    """
    subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=gettempdir(),
        env={**os.environ, **(told or {})},
    )  # fmt: skip


def run(
    chosen: list[Peer], pythons: dict[str, str], bars: int, repeats: int, rounds: int
) -> dict[str, Any]:
    """Run everybody in turn, so many times, backwards every second time."""
    answers: dict[str, list[dict[str, Any]]] = {peer.name: [] for peer in chosen}
    counts = {peer.name: max(2_000, round(bars * peer.part)) for peer in chosen}
    ours: dict[str, Any] = {}
    with TemporaryDirectory(prefix="fillproof-peers-") as folder:
        files = {count: write_bars(count, Path(folder)) for count in set(counts.values())}
        for repeat in range(repeats):
            for peer in chosen if repeat % 2 == 0 else reversed(chosen):
                source = files[counts[peer.name]]
                found = ask(peer, pythons[peer.name], source, rounds)
                found["calibration"] = calibrate()
                answers[peer.name].append(found)
        for count, source in files.items():
            ours[str(count)] = ask(PEERS[0], sys.executable, source, 1)
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False, cwd=ROOT
    ).stdout.strip()
    return {
        "when": time.strftime("%Y-%m-%d %H:%M", time.gmtime()),
        "commit": commit,
        "cores": os.cpu_count(),
        "repeats": repeats,
        "rounds": rounds,
        "bandwidth": bandwidth(),
        "answers": answers,
        "ours": ours,
    }


def write_bars(count: int, folder: Path) -> Path:
    """Write made bars and the workload's signals for everybody to read."""
    market = Market(count)
    prices = {
        f"{side}_{name}": getattr(getattr(market, side), name)
        for side in ("bid", "ask")
        for name in ("open", "high", "low", "close")
    }
    path = folder / f"{count}.npz"
    np.savez(path, time_us=market.bid.time_us, **prices, **market.signals._asdict())
    return path


def ask(peer: Peer, python: str, source: Path, rounds: int) -> dict[str, Any]:
    """Run one peer's script in a new process and read its answer."""
    target = source.with_suffix(".json")
    script = HERE / f"{peer.script}_peer.py"
    call([python, str(script), str(source), str(target), str(rounds)], peer.told)
    found: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    return found


def table(found: dict[str, Any]) -> Section:
    """Lay out what was found, times first, fills beside them."""
    fastest = statistics.median(_warm(found["answers"].get(OURS, [])) or [float("nan")])
    rows = []
    for name, answers in found["answers"].items():
        bars, warm = answers[0]["bars"], _warm(answers)
        middle = statistics.median(warm)
        ours = found["ours"][str(bars)]
        rows.append(
            [
                name, answers[0]["version"], f"{bars:,}", number(middle * 1e9),
                f"{number(min(warm) * 1e9)} to {number(max(warm) * 1e9)}",
                number(middle / fastest), *(_middle(answers, key) for key in
                ("import_s", "input_s", "cold_s", "memory_mb")),
                f"{answers[0]['trades']:,} ({ours['trades']:,})",
                f"{answers[0]['equity']:,.2f} ({ours['equity']:,.2f})",
            ]
        )  # fmt: skip
    heads = ["system", "version", "bars", "ns a bar", "from, to", "times ours", "import s",
             "input s", "cold s", "MB", "trades (ours)", "last equity (ours)"]  # fmt: skip
    about = (
        "EMA(10/50) of the bid close, stop 10 and target 20 pips, one position at a time. Warm: "
        "the run alone, on the processor, the median and the range of all rounds. Cold: from the "
        "import to the first result, on the wall. Input: making the system's own objects of numpy "
        "columns. MB: the most memory the process had."
    )
    told = (
        f"{found['when']} UTC, commit {found['commit'][:10]}, {found['cores']} cores; "
        f"{found['repeats']} processes of {found['rounds']} warm rounds each, in alternating order."
    )
    paces = [answer["calibration"] * 1e3 for given in found["answers"].values() for answer in given]
    pace = (
        f"Between the processes a fixed loop of plain Python took {number(min(paces))} to "
        f"{number(max(paces))} ms: by so much the machine's own pace changed."
    )
    return Section("Not the same fills", heads, rows, about, [told, pace])


def _warm(answers: list[dict[str, Any]]) -> list[float]:
    return [seconds / answer["bars"] for answer in answers for seconds in answer["warm_s"]]


def _middle(answers: list[dict[str, Any]], key: str) -> str:
    return number(statistics.median(answer[key] for answer in answers))


def page(found: dict[str, Any]) -> str:
    """Write the table as Markdown."""
    section = table(found)
    lines = [f"### {section.title}", "", section.about, "", *markdown_table(section), ""]
    return "\n".join([*lines, *section.notes])


if __name__ == "__main__":
    sys.exit(main())
