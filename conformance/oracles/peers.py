"""The peers: what they can be asked, by which rules of theirs they answer, and how to ask them."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .plain import Case, Row, Signal
from .readings import LAW, Reading, predict

__all__ = ["PEERS", "Answer", "Peer", "PeerFailed", "ask"]


class PeerFailed(RuntimeError):
    """The peer's process ended with a fault."""


class Peer(NamedTuple):
    """A backtesting system of other authors.

    Attributes
    ----------
    name
        Its name on PyPI, and of its script, with ``_`` for what no module may be called.
    script
        File that runs in the peer's environment.
    reading
        Its rules.
    fractions
        Whether it takes stops and targets as fractions of the entry price, whole columns of them
        beforehand: then there are no limit and stop orders, no moved stops and no commands.
    """

    name: str
    script: str
    reading: Reading
    fractions: bool

    def accepts(self, case: Case) -> Case | None:
        """Leave out the signals that the peer cannot be given; None if it cannot be given any."""
        commanded = any(s.moves or s.close_at for s in case.signals)
        if self.fractions and (commanded or any(s.type != "market" for s in case.signals)):
            return None
        if not self.fractions:
            return case
        if case.gate == "one_after":
            # It has no strategy that could be asked at another time.
            return None
        kept = [signal for signal in case.signals if _fractions(case, signal) is not None]
        return case._replace(signals=kept)

    def to_json(self, case: Case) -> dict[str, Any]:
        """Turn an accepted case into what the script reads."""
        found = case.to_json()
        if self.fractions:
            lanes = _lanes(case, self.reading)
            for signal, lane, given in zip(case.signals, lanes, found["signals"], strict=True):
                given.update(_fractions(case, signal) or {}, lane=lane)
        return found

    def there_at_exit(self, case: Case) -> bool:
        """Tell whether for the peer's gate a position is still there in the bar in which it leaves.

        vectorbt has one order a bar: with fills at the close the exit takes the signal's place;
        with fills at the next open the signal's order comes a bar later, when there is none.
        """
        return case.fill == "close" if self.fractions else case.gate != "one_after"

    def reading_of(self, case: Case, rows: Sequence[Row]) -> Reading:
        """Complete the peer's rules by the bars in which backtesting.py works its orders twice.

        It does so where a market order with a stop or target has filled, or a stop order whose
        target was touched and whose stop was not.
        """
        if self.fractions:
            return self.reading
        reworked = set()
        for signal, row in zip(case.signals, rows, strict=True):
            bar = row.entry_bar
            if bar is None or (signal.stop is None and signal.target is None):
                continue
            if signal.type == "market" or (signal.type == "stop" and _one_way(case, signal, bar)):
                reworked.add(bar)
        return self.reading._replace(reworked=reworked)


class Answer(NamedTuple):
    """What a peer made of a case: a row for each signal, and the equity after each bar."""

    rows: list[Row]
    equity: list[float]


PEERS = {
    peer.name: peer
    for peer in (
        Peer(
            "backtesting",
            "backtesting_py.py",
            LAW._replace(gap_rejects=False, open_first=False, entry_bar=False, close_waits=True),
            fractions=False,
        ),
        Peer(
            "vectorbt",
            "vectorbt_oracle.py",
            LAW._replace(open_first=False, fill_bar=False),
            fractions=True,
        ),
    )
}


def ask(peer: Peer, cases: Sequence[Case], python: str) -> tuple[str, list[Answer]]:
    """Put accepted cases to a peer.

    Parameters
    ----------
    peer, cases
        Who and what.
    python
        Interpreter of the peer's environment.

    Returns
    -------
    version, answers

    Raises
    ------
    PeerFailed
        Its process ended with a fault, or a position has the wrong direction.
    """
    script = Path(__file__).with_name(peer.script)
    with tempfile.TemporaryDirectory(prefix="fillproof-oracles-") as folder:
        source, target = Path(folder) / "cases.json", Path(folder) / "answer.json"
        source.write_text(json.dumps([peer.to_json(case) for case in cases]), encoding="utf-8")
        # -P: the modules beside the script must not take the places of installed ones.
        command = [python, "-P", str(script), str(source), str(target)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode != 0:
            last = " | ".join(done.stderr.strip().splitlines()[-3:])
            raise PeerFailed(f"{peer.name}: exit code {done.returncode}: {last}")
        found = json.loads(target.read_text(encoding="utf-8"))
    answers = [
        Answer([_row(given, signal) for given, signal in zip(a["rows"], case.signals, strict=True)],
               a["equity"])
        for a, case in zip(found["answers"], cases, strict=True)
    ]  # fmt: skip
    return found["version"], answers


def _row(given: Mapping[str, Any], signal: Signal) -> Row:
    if given.get("long", signal.long) != signal.long:
        raise PeerFailed(f"the signal of bar {signal.bar} became a position of the other direction")
    return Row(**{name: value for name, value in given.items() if name != "long"})


def _one_way(case: Case, signal: Signal, bar: int) -> bool:
    high, low = case.candles.high[bar], case.candles.low[bar]
    if signal.target is None:
        return False
    if signal.long:
        return signal.target <= high and (signal.stop is None or signal.stop < low)
    return signal.target >= low and (signal.stop is None or signal.stop > high)


def _fractions(case: Case, signal: Signal) -> dict[str, float | None] | None:
    """Express the levels as fractions of the entry price; None where that is not exact.

    A level that the entry has passed has no fraction, an order after the last bar no row, and a
    signal that Fillproof refuses would not be refused.
    """
    closes, bar = case.candles.close, signal.bar
    if case.fill == "close":
        basis = closes[bar]
    elif bar + 1 < len(closes):
        basis = case.candles.open[bar + 1]
    else:
        return None
    found: dict[str, float | None] = {}
    for name, level, above in (
        ("stop", signal.stop, not signal.long),
        ("target", signal.target, signal.long),
    ):
        found[f"{name}_fraction"] = None
        if level is None:
            continue
        lower, upper = (closes[bar], level) if above else (level, closes[bar])
        fraction = _fraction(basis, level, 1.0 if above else -1.0)
        if fraction is None or not lower < upper:
            return None
        found[f"{name}_fraction"] = fraction
    return found


def _lanes(case: Case, reading: Reading) -> list[int]:
    """Spread the signals over so many columns that none meets a position in its own.

    A position that stays longer than its reading says would swallow the next signal, which shows.
    """
    if case.gate != "several":
        return [0] * len(case.signals)
    found: list[int] = []
    left_at: list[int] = []
    for signal in case.signals:
        row = predict(case, signal, reading)
        assert row.entry_bar is not None
        free = [lane for lane, bar in enumerate(left_at) if bar < row.entry_bar]
        if free:
            found.append(free[0])
        else:
            found.append(len(left_at))
            left_at.append(0)
        left_at[found[-1]] = len(case.candles.close) if row.exit_bar is None else row.exit_bar
    return found


def _fraction(basis: float, level: float, sign: float) -> float | None:
    """Find f > 0 with ``basis * (1 + sign * f) == level`` to the last bit.

    Examples
    --------
    >>> f = _fraction(1.10512, 1.10422, -1.0)
    >>> 1.10512 * (1 - f) == 1.10422
    True
    """
    near = sign * ((level / basis) - 1.0)
    if near <= 0.0:
        return None
    for step in range(-12, 13):
        fraction = near + (step * 2.0**-54)
        if fraction > 0.0 and basis * (1 + (sign * fraction)) == level:
            return fraction
    return None
