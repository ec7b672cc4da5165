"""Look-ahead: planted bugs are found at their first bar, honest strategies are left in peace."""

from __future__ import annotations

import json
import os
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from fillproof import backends, data
from fillproof.candle_table import CandleTable
from fillproof.conformance.jobs import read_job
from fillproof.conformance.lookahead import (
    JobBench,
    Market,
    StrategyBench,
    examine,
    warm_up,
)
from fillproof.conformance.lookahead.market import POISONS
from fillproof.conformance.user_fuzz.source import write_candles

from . import looking_ahead
from .looking_ahead import PLANTED, Honest, OfColumns, Remembers

BARS = 72
PAIR = data.eurusd_h1_2017()
MARKET = Market("EURUSD", "H1", PAIR.bid[:BARS], PAIR.ask[:BARS])


def bench(make: Any, **options: Any) -> StrategyBench:
    return StrategyBench(make, options.pop("market", MARKET), backend="python", **options)


def first_by_hand(made: type[OfColumns]) -> int:
    """The first bar whose answer is another one when every later bar is gone, the slow way."""
    whole = made(MARKET.bid, MARKET.ask)
    for bar in range(BARS - 1):
        view = _View(bar)
        short = MARKET.cut(bar)
        try:
            cut = made(short.bid, short.ask).decide(bar, view)
        except IndexError:
            return bar
        if cut != whole.decide(bar, view):
            return bar
    raise AssertionError("nothing is planted")


class _View:
    def __init__(self, bar: int) -> None:
        self.index = bar
        self.bid, self.ask = (_Row(side, bar) for side in (MARKET.bid, MARKET.ask))


class _Row:
    def __init__(self, side: CandleTable, bar: int) -> None:
        self.close = float(side.close[bar])


@pytest.mark.parametrize("made", PLANTED, ids=lambda made: made.__name__)
def test_planted_bugs_are_found_at_their_first_bar(made: type[OfColumns]) -> None:
    kind, ahead = PLANTED[made]
    found = examine(bench(made))
    assert found.verdict == "look-ahead", found.doubts
    assert found.exit_code == 1
    finding = found.finding
    assert finding is not None
    assert finding.bar <= first_by_hand(made)
    if finding.how == "cut":
        assert finding.bar == first_by_hand(made)
        assert finding.kind.startswith(kind)
    if ahead is not None:
        assert finding.needs == finding.bar + ahead
    assert finding.seen != finding.unseen or finding.error


@pytest.mark.parametrize("name", ["EmaCross", "EmaAtr", "ZScoreReversion", "Breakout"])
@pytest.mark.parametrize("backend", ["python", "rust"])
def test_built_ins_are_clean(name: str, backend: str) -> None:
    if not backends.status(backend).ok and not os.environ.get("FILLPROOF_REQUIRE_ALL_BACKENDS"):
        pytest.skip(f"{backend} is not there")
    engine = backends.load(backend)
    market = Market("EURUSD", "H1", PAIR.bid[:260], PAIR.ask[:260])
    made = StrategyBench(lambda: getattr(engine, name)("H1"), market, backend=backend)
    found = examine(made, points=24)
    assert (found.verdict, found.doubts) == ("clean", [])
    assert found.signals > 0


def two_symbols() -> Market:
    pairs = [data.daily_2021(symbol) for symbol in ("EURUSD", "GBPUSD")]
    second = Market("GBPUSD", "D1", pairs[1].bid, pairs[1].ask)
    return Market("EURUSD", "D1", pairs[0].bid, pairs[0].ask, others=(second,))


def test_the_built_in_over_two_symbols_is_clean() -> None:
    def make() -> Any:
        return backends.load("python").PairSpread("EURUSD", "GBPUSD", window=20, entry=1.0)

    found = examine(bench(make, market=two_symbols()), points=25)
    assert (found.verdict, found.doubts) == ("clean", [])
    assert found.signals > 2


def test_the_future_of_another_symbol_counts_too() -> None:
    class Peeks:
        def __init__(self, market: Market) -> None:
            (other,) = market.others
            self.close = other.bid.close

        def on_data(self, view: Any) -> Any:
            own = view["EURUSD"]
            bar = view.index
            if bar + 2 < len(self.close) and self.close[bar + 2] > self.close[bar]:
                return {**looking_ahead.order(own), "symbol": "EURUSD"}
            return None

    found = examine(bench(Peeks, market=two_symbols()))
    assert found.finding is not None
    assert found.finding.needs - found.finding.bar == 2


def test_an_honest_strategy_is_clean() -> None:
    found = examine(bench(Honest))
    assert (found.verdict, found.places, found.bars) == ("clean", BARS - 1, BARS)
    assert found.finding is None
    assert found.report()["finding"] is None


def test_a_guard_against_the_end_of_the_data_hides_nothing() -> None:
    class Guarded(OfColumns):
        def decide(self, bar: int, view: Any) -> Any:
            if bar + 3 >= len(self.close) or self.close[bar + 3] < self.close[bar] + 0.0010:
                return None
            return looking_ahead.order(view)

    found = examine(bench(Guarded))
    assert found.finding is not None
    assert found.finding.needs - found.finding.bar == 3


def test_state_outside_of_the_strategy_is_a_finding_of_its_own() -> None:
    looking_ahead.KEPT.clear()
    found = examine(bench(Remembers))
    assert (found.verdict, found.exit_code) == ("not proven", 2)
    (doubt,) = found.doubts
    assert "the same run twice" in doubt or "keeps something outside" in doubt


def test_chance_is_not_proven() -> None:
    class Chance:
        def on_data(self, slice_map: Any) -> Any:
            (view,) = slice_map.values()
            return looking_ahead.order(view) if random.random() < 0.5 else None

    found = examine(bench(Chance))
    assert found.verdict == "not proven"
    assert "the same run twice gives other signals" in found.doubts[0]


def test_without_signals_nothing_is_proven() -> None:
    class Silent:
        def on_data(self, slice_map: Any) -> None:
            return None

    found = examine(bench(Silent))
    assert (found.verdict, found.runs) == ("not proven", 2)
    assert "there is nothing to compare" in found.doubts[0]


def test_a_strategy_that_fails_on_its_own_data_is_an_error() -> None:
    class Broken:
        def on_data(self, slice_map: Any) -> None:
            raise KeyError("M5")

    with pytest.raises(ValueError, match=r"fails on its own data: KeyError: 'M5' .at bar 0."):
        examine(bench(Broken))


@pytest.mark.parametrize("how", POISONS)
def test_other_futures_are_allowed_bars_and_leave_the_past(how: str) -> None:
    last = 40
    other = MARKET.poisoned(last, how, 3)
    for side, was in ((other.bid, MARKET.bid), (other.ask, MARKET.ask)):
        assert side[: last + 1] == was[: last + 1]
        assert not np.array_equal(side.close[last + 1 :], was.close[last + 1 :])
        assert np.all(side.high >= np.maximum(side.open, side.close))
        assert np.all(side.low <= np.minimum(side.open, side.close))
        assert np.all(side.low > 0.0)
        assert np.array_equal(side.time_us, was.time_us)
    assert other.poisoned(len(other) - 1, how) is other
    assert MARKET.poisoned(last, how, 3).bid == other.bid


def test_a_sample_of_bars_finds_it_in_long_data_and_goes_back_to_the_first() -> None:
    market = Market("EURUSD", "H1", PAIR.bid[:1200], PAIR.ask[:1200])
    made = looking_ahead.ShiftedBack
    found = examine(bench(made, market=market))
    whole = made(market.bid, market.ask)
    first = next(bar for bar in range(1199) if whole.next[bar] > whole.close[bar] + 0.0005)
    assert found.finding is not None
    assert found.finding.bar <= first
    assert found.places < 200


# --- higher timeframes ---


class WithTheDay:
    def on_data(self, slice_map: Any) -> Any:
        (view,) = slice_map.values()
        day = view.latest("D1", "bid")
        return looking_ahead.order(view) if day is not None and day.close > day.open else None


def days(*, early: bool) -> Any:
    from fillproof.timeframes import align, resample

    bid, ask = resample(MARKET.bid, MARKET.ask, "H1", "D1")
    shown = align(MARKET.bid, "H1", {"D1": (bid, ask)}, backend="python")
    series = {side: list(shown["D1"][side]) for side in ("bid", "ask")}
    if early:
        series = {side: rows[24:] + rows[-24:] for side, rows in series.items()}
    return {"D1": series}


def test_a_day_that_is_shown_before_it_closes_is_found() -> None:
    market = Market("EURUSD", "H1", MARKET.bid, MARKET.ask, days(early=True))
    found = examine(bench(WithTheDay, market=market))
    assert found.verdict == "look-ahead"
    assert "closes at" in found.early[0]
    assert found.finding is not None
    assert found.finding.how in POISONS


def test_days_that_have_closed_are_clean() -> None:
    market = Market("EURUSD", "H1", MARKET.bid, MARKET.ask, days(early=False))
    found = examine(bench(WithTheDay, market=market))
    assert (found.verdict, found.early) == ("clean", [])


def test_timeframes_made_of_the_bars_are_made_anew() -> None:
    from fillproof.timeframes import align, resample

    def make(bid: Any, ask: Any) -> Any:
        return align(bid, "H1", {"D1": resample(bid, ask, "H1", "D1")}, backend="python")

    market = Market("EURUSD", "H1", MARKET.bid, MARKET.ask, make)
    assert examine(bench(WithTheDay, market=market), points=25).verdict == "clean"


# --- jobs and the command ---

READER = """
import csv

COLUMN = None

class Peeks:
    def __init__(self, file):
        with open(file) as stream:
            self.close = [float(row["close"]) for row in csv.DictReader(stream)]

    def on_data(self, slice_map):
        (view,) = slice_map.values()
        bar = view.index
        if bar + 4 < len(self.close) and self.close[bar + 4] > view.bid.close + 0.0008:
            return {"direction": "buy", "sl": view.bid.close - 0.002}

class Remembers:
    kept = []

    def on_data(self, slice_map):
        (view,) = slice_map.values()
        self.kept.append(view.index)
        if len(self.kept) % 40 == 0:
            return {"direction": "buy", "sl": view.bid.close - 0.002}

class Reads:
    def __init__(self):
        open("weights.npy", "rb").close()

    def on_data(self, slice_map):
        (view,) = slice_map.values()
        return {"direction": "buy", "sl": view.bid.close - 0.002}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, side in (("bid", PAIR.bid), ("ask", PAIR.ask)):
        write_candles(tmp_path / f"{name}.csv", side[:BARS])
    (tmp_path / "looks.py").write_text(READER)
    (tmp_path / "weights.npy").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "looks", raising=False)
    return tmp_path


def job(folder: Path, strategy: str, **parameters: Any) -> JobBench:
    made = read_job(
        strategy=strategy, bid=Path("bid.csv"), ask=Path("ask.csv"), symbol="EURUSD", folder=folder
    )
    made.settings.parameters = parameters
    return JobBench(made, backend="python")


def test_a_strategy_that_opens_the_file_of_its_candles_is_served_a_cut_one(folder: Path) -> None:
    found = examine(job(folder, "looks:Peeks", file="bid.csv"))
    assert found.finding is not None
    assert found.finding.needs - found.finding.bar == 4
    assert any("bid.csv" in note for note in found.notes)
    # What was patched meanwhile is back, and the file is untouched.
    assert len((folder / "bid.csv").read_text().splitlines()) == BARS + 1


def test_the_readers_of_pandas_and_pyarrow_are_served_too(folder: Path) -> None:
    pytest.importorskip("pandas")
    from fillproof.conformance.lookahead.files import Served

    path = (folder / "bid.csv").resolve()
    with Served({path: "bid"}, MARKET.cut(9), MARKET) as served:
        import pandas as pd

        assert len(pd.read_csv("bid.csv")) == 10
        assert len(data.read_csv("bid.csv")) == 10
        assert served.opened == [path]
    assert len(pd.read_csv("bid.csv")) == BARS


def test_state_in_a_module_is_told_from_chance(folder: Path) -> None:
    found = examine(job(folder, "looks:Remembers"))
    assert found.verdict == "not proven"
    assert "keeps something outside of itself" in found.doubts[0]


def test_other_data_that_is_read_cannot_be_cut(folder: Path) -> None:
    found = examine(job(folder, "looks:Reads"), points=8)
    assert found.verdict == "not proven"
    assert "weights.npy" in found.doubts[0]


def run(*arguments: str) -> Any:
    import typer

    from fillproof.conformance.commands.lookahead import lookahead

    app = typer.Typer()
    app.command()(lookahead)
    return CliRunner().invoke(app, [*arguments, "--backend", "python"])


OPTIONS = ("--bid", "bid.csv", "--ask", "ask.csv", "--symbol", "EURUSD")


def test_the_command_tells_the_first_place(folder: Path) -> None:
    (folder / "job.toml").write_text(
        '[strategy]\nname = "looks:Peeks"\nfile = "bid.csv"\n'
        '[data]\nbid = "bid.csv"\nask = "ask.csv"\n'
    )
    answer = run("--config", "job.toml", "--symbol", "EURUSD", "--json", "r.json", "--no-warm-up")
    assert answer.exit_code == 1, answer.output
    report = json.loads((folder / "r.json").read_text())
    found = report["finding"]
    assert (report["verdict"], found["bars_ahead"]) == ("look-ahead", 4)
    assert f"first at bar {found['bar']}" in answer.output
    assert "4 bars ahead" in answer.output


def test_the_command_is_clean_on_a_built_in_and_tells_the_warm_up(folder: Path) -> None:
    answer = run("--strategy", "ema-cross", *OPTIONS, "--points", "10", "--json", "r.json")
    assert answer.exit_code == 0, answer.output
    assert answer.output.startswith("clean")
    assert "bars seen before" in answer.output
    assert json.loads((folder / "r.json").read_text())["warm_up"]["start"] == BARS // 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--strategy", "nothing:There", *OPTIONS), "OPTION_UNKNOWN"),
        (("--bid", "none.csv", "--ask", "ask.csv", "--symbol", "EURUSD"), "FILE_UNREADABLE"),
        (("--strategy", "looks:Peeks", *OPTIONS), "TypeError"),
    ],
)
def test_what_a_user_can_put_right_is_one_line(
    folder: Path, arguments: tuple[str, ...], said: str
) -> None:
    answer = run(*arguments)
    assert answer.exit_code == 3, answer.output
    assert said in answer.output
    assert "Traceback" not in answer.output


# --- warm-up ---


class Counts:
    """Remembers what it was asked: the mean of its last so many bars."""

    def __init__(self) -> None:
        self.closes: list[float] = []

    def on_data(self, slice_map: Any) -> Any:
        (view,) = slice_map.values()
        self.closes.append(view.bid.close)
        if view.bid.close > float(np.mean(self.closes[-15:])):
            return looking_ahead.order(view)
        return None


def test_warm_up_of_indicators_counts_bars_that_are_seen() -> None:
    class Mean:
        def on_data(self, slice_map: Any) -> Any:
            (view,) = slice_map.values()
            past = [candle.close for candle in view.history("H1", "bid", 12)]
            return looking_ahead.order(view) if view.bid.close > sum(past) / len(past) else None

    told = warm_up(bench(Mean))
    assert told.start == BARS // 2
    assert told.enough_seen is not None
    assert 1 <= told.enough_seen <= 11
    assert [row.bars for row in told.seen] == [0, 10, 20, 27, 35, 36]
    # By hand: with so many bars the signals are those of the longest, with one less they are not.
    market = MARKET
    start = market.time(told.start)
    signals = [
        {
            bar + first: given
            for bar, given in bench(Mean).run(market.tail(first), start=start).signals.items()
        }
        for first in (0, told.start - told.enough_seen, told.start - told.enough_seen + 1)
    ]
    assert signals[0] == signals[1] != signals[2]


def test_warm_up_of_what_a_strategy_remembers_counts_bars_that_are_traded() -> None:
    told = warm_up(bench(Counts))
    assert told.enough_seen == 0
    assert told.enough_traded is not None
    assert 1 <= told.enough_traded <= 14
    first = told.traded[0]
    assert first.differing > 0
    assert first.agrees_from is None or first.agrees_from <= told.start + 15


def test_a_warm_up_that_never_ends_is_told() -> None:
    class SinceTheBeginning:
        def on_data(self, slice_map: Any) -> Any:
            (view,) = slice_map.values()
            bars = len(view.series_ref("H1"))
            return looking_ahead.order(view) if bars % 7 == 0 else None

    told = warm_up(bench(SinceTheBeginning))
    assert told.enough_seen is None
    assert told.seen[-1].differing == 0


def test_a_start_needs_bars_before_it() -> None:
    with pytest.raises(ValueError, match="expected one with bars before it"):
        warm_up(bench(Honest), start=datetime(2015, 1, 1, tzinfo=UTC))
    later = MARKET.time(BARS - 1) + timedelta(days=1)
    with pytest.raises(ValueError, match="expected one with bars before it"):
        warm_up(bench(Honest), start=later)
