"""Progress: what engines report, and how often a screen is told of it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from fillproof import progress, run_backtest, run_cross_backtest
from fillproof.errors import ConfigError
from fillproof.progress import ProgressBar, RichProgress, TqdmProgress, every_bars

from .helpers import BLOCK, EveryTenth, moment, python, wave


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def bar_of(name: str, **options: Any) -> tuple[ProgressBar, io.StringIO]:
    text = io.StringIO()
    if name == "rich":
        return RichProgress("EURUSD", Console(file=text, force_terminal=True), **options), text
    return TqdmProgress("EURUSD", text, **options), text


@pytest.mark.parametrize("name", ["rich", "tqdm"])
def test_drawn_by_time_and_at_the_end(clock: list[float], name: str) -> None:
    shown, text = bar_of(name)
    with shown as bar:
        for current in range(1, 1001):
            clock[0] += 0.001
            bar(current, 1000)
    # One second in steps of a tenth, and the last bar.
    assert 10 <= bar.drawn <= 12
    assert "1000/1000" in text.getvalue()
    assert "EURUSD" in text.getvalue()


@pytest.mark.parametrize("name", ["rich", "tqdm"])
def test_drawn_by_bars(clock: list[float], name: str) -> None:
    shown, text = bar_of(name, interval=0.0, every=250)
    with shown as bar:
        for current in range(1, 1101):
            bar(current, 1100)
    assert bar.every == 250
    assert bar.drawn == 5
    for count in (250, 500, 750, 1000, 1100):
        assert f"{count}/1100" in text.getvalue()


@pytest.mark.parametrize("name", ["rich", "tqdm"])
def test_nothing_is_drawn_of_a_run_that_never_began(name: str) -> None:
    shown, text = bar_of(name)
    with shown as bar:
        pass
    assert bar.drawn == 0
    assert text.getvalue() == ""


@pytest.mark.parametrize("name", ["rich", "tqdm"])
def test_a_bar_is_closed_when_a_run_fails(name: str) -> None:
    shown, text = bar_of(name, interval=0.0)

    def broken() -> None:
        with shown as bar:
            bar(1, 3)
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        broken()
    # tqdm ends its line, rich brings the cursor back that it hid.
    assert text.getvalue().endswith("\n" if name == "tqdm" else "\x1b[1A\x1b[2K")


def test_tqdm_takes_further_options() -> None:
    text = io.StringIO()
    with TqdmProgress("test", text, ascii=True, ncols=60, leave=False, unit="x") as bar:
        bar(1, 2)
        bar(2, 2)
    assert "x/s" in text.getvalue()
    assert max(map(len, text.getvalue().split("\r"))) <= 60


@pytest.mark.parametrize("given", [0, -1, 1.5, True, "10", None])
def test_a_number_of_bars_is_a_whole_one(given: Any) -> None:
    for make in (
        lambda: every_bars(print, given),
        lambda: RichProgress("x", every=given),
        lambda: TqdmProgress("x", every=given),
    ):
        with pytest.raises(ConfigError) as caught:
            make()
        assert caught.value.code == "NUMBER_INVALID"


def told(backend_name: str, bars: int, start: int, wrap: Any = None) -> list[tuple[int, int]]:
    seen: list[tuple[int, int]] = []

    def report(current: int, total: int) -> None:
        seen.append((current, total))

    bid, ask = wave(bars)
    run_backtest(
        bid, ask, EveryTenth(), symbol="EURUSD", start=moment(start), backend=backend_name,
        on_progress=wrap(report) if wrap else report,
    )  # fmt: skip
    return seen


@pytest.mark.parametrize("start", [0, 1, 25, 39])
def test_every_bar_is_reported_from_one_and_without_the_warm_up(backend_name, start: int) -> None:
    total = 40 - start
    expected = [(current, total) for current in range(1, total + 1)]
    assert told(backend_name, 40, start) == expected


def test_every_bar_of_a_native_strategy_too(backend, backend_name) -> None:
    seen: list[tuple[int, int]] = []
    bid, ask = wave(300)
    with_report = run_backtest(
        bid, ask, backend.EmaCross("M1", 3, 9), symbol="EURUSD", start=moment(50),
        on_progress=lambda *given: seen.append(given), backend=backend_name,
    )  # fmt: skip
    assert seen == [(current, 250) for current in range(1, 251)]
    plain = run_backtest(
        bid, ask, backend.EmaCross("M1", 3, 9), symbol="EURUSD", start=moment(50),
        backend=backend_name,
    )  # fmt: skip
    assert with_report.digest == plain.digest


@pytest.mark.parametrize("bars", [1, 7, 10, 35, 36])
def test_every_so_many_bars_and_the_last(backend_name, bars: int) -> None:
    expected = [(n, 35) for n in range(1, 36) if n % bars == 0 or n == 35]
    assert told(backend_name, 40, 5, lambda report: every_bars(report, bars)) == expected


@pytest.mark.parametrize("name", ["rich", "tqdm"])
def test_a_bar_as_the_callback_of_a_run(backend_name, name: str) -> None:
    shown, text = bar_of(name, interval=0.0, every=10)
    with shown as bar:
        assert told(backend_name, 40, 5, lambda report: bar) == []
    assert bar.drawn == 4
    assert "35/35" in text.getvalue()


def test_what_a_report_raises_ends_the_run(backend_name) -> None:
    error = LookupError("enough")

    def enough(current: int, total: int) -> None:
        raise error

    with pytest.raises(LookupError) as caught:
        told(backend_name, 40, 0, lambda report: every_bars(enough, 10))
    assert caught.value is error


def test_neither_is_loaded_before_the_first_bar_is_drawn() -> None:
    code = (
        BLOCK.format(blocked=["rich", "tqdm"])
        + "from fillproof.progress import RichProgress, TqdmProgress, every_bars\n"
        "for bar in (RichProgress('a'), TqdmProgress('b')):\n"
        "    with bar as entered:\n"
        "        assert entered is bar and bar.drawn == 0\n"
        "    try:\n"
        "        bar(1, 2)\n"
        "    except ModuleNotFoundError as error:\n"
        "        print(error.name)\n"
    )
    done = python(code)
    assert done.stdout.split() == ["rich", "tqdm"], done.stdout + done.stderr


def test_every_key_of_a_run_over_several_symbols(backend_name) -> None:
    bid, ask = wave(30)
    candles = {"EURUSD": (bid, ask), "GBPUSD": (bid[5:], ask[5:])}
    seen: list[tuple[int, int]] = []
    run_cross_backtest(
        candles, lambda index, market: None, start=moment(10), backend=backend_name,
        on_progress=lambda *given: seen.append(given),
    )  # fmt: skip
    assert seen == [(current, 20) for current in range(1, 21)]


class Stepping:
    """Asks to be called less and less often, as the engines are to see at each call."""

    def __init__(self, *steps: Any) -> None:
        self.steps = list(steps)
        self.every = self.steps.pop(0)
        self.seen: list[int] = []

    def __call__(self, current: int, total: int) -> None:
        self.seen.append(current)
        self.every = self.steps.pop(0) if self.steps else self.every


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ((3, 5, 20), [3, 8, 28, 35]),
        ((35,), [35]),
        ((1_000,), [35]),
        ((10**30,), [35]),
        ((34,), [34, 35]),
        ((1, 2, 3, 4, 100), [1, 3, 6, 10, 35]),
        ((20, 0), [20, *range(21, 36)]),
        ((20, -3), [20, *range(21, 36)]),
        ((20, True), [20, *range(21, 36)]),
        ((20, 4.0), [20, *range(21, 36)]),
        ((None,), list(range(1, 36))),
        (("3",), list(range(1, 36))),
    ],
)
@pytest.mark.parametrize("kind", ["callback", "native", "foreign", "subclass"])
def test_engines_call_for_the_bars_that_are_asked_for(
    backend, backend_name, kind: str, steps: Any, expected: list[int]
) -> None:
    report = Stepping(*steps)
    bid, ask = wave(40)
    strategy = backend.EmaCross("M1", 3, 9) if kind == "native" else Never()
    portfolio = backend.Portfolio()
    executor: Any = None
    if kind == "foreign":
        executor, portfolio = Idle(), Rows()
    elif kind == "subclass":
        own = type("Own", (backend.ExecutionSimulator,), {})
        executor = own(portfolio, sizing=backend.FixedLots(0.1))
    bid, ask = bid.to_candles(backend_name), ask.to_candles(backend_name)
    data = {"M1": {"bid": bid, "ask": ask}}
    executor = executor or backend.ExecutionSimulator(portfolio, sizing=backend.FixedLots(0.1))
    engine = backend.EventEngine(
        bid, ask, strategy, executor, portfolio, data, "EURUSD", report, moment(5)
    )
    engine.run()
    assert report.seen == expected


class Never:
    """Gives no signals."""

    def evaluate(self, index: int, slice_map: Any) -> None:
        """Give none."""


class Idle:
    """An executor that does nothing."""

    active_positions = ()

    def process_signal(self, signal: Any) -> None:
        """Take none."""

    def evaluate_exits(self, bid: Any, ask: Any) -> None:
        """Test none."""


class Rows:
    """A portfolio that does nothing."""

    def update(self, timestamp: Any) -> None:
        """Write no row."""

    def get_open_positions(self, symbol: str) -> list[Any]:
        """Return none."""
        return []


def test_engines_over_several_symbols_too(backend_name) -> None:
    bid, ask = wave(30)
    candles = {"EURUSD": (bid, ask), "GBPUSD": (bid[5:], ask[5:])}
    report = Stepping(4, 7, 2, 100)
    run_cross_backtest(
        candles, lambda index, market: None, start=moment(10), backend=backend_name,
        on_progress=report,
    )  # fmt: skip
    assert report.seen == [4, 11, 13, 20]


def test_fast_bars_are_looked_at_seldom(clock: list[float]) -> None:
    looks: list[int] = []
    bar = RichProgress("x", Console(file=io.StringIO()))
    for current in range(1, 100_001):
        clock[0] += 1e-6
        before = bar.every
        bar(current, 100_000)
        if bar.every != before:
            looks.append(bar.every)
    # Up to a two-hundredth of the run, in doubling steps; the next run begins anew.
    assert looks == [2, 4, 8, 16, 32, 64, 128, 256, 500, 1]
    assert bar.drawn == 2


def test_slow_bars_are_looked_at_one_by_one(clock: list[float]) -> None:
    bar = RichProgress("x", Console(file=io.StringIO()))
    for current in range(1, 20_001):
        clock[0] += 1e-6 if current < 5_000 else 1.0
        bar(current, 20_000)
        if current > 6_000 and current < 20_000:
            assert bar.every == 1
    assert bar.drawn > 14_000
