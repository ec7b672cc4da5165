"""The specification's table of performance, counted: what doubles with the bars or the positions.

process_signal O(1), evaluate_exits O(p), portfolio.update amortised over the run; the loop itself
is counted in test_complexity_of_loops.  No clock is looked at.  Of the interpreted reference the
lines are counted that it executes (the compiled one is made of them), of the Rust engine the
regions.  What is not as it says is marked, with the function that does it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import pyengine

from .counting import lines
from .growth import MANY, assert_flat, assert_in_order, assert_linear
from .profile_counts import Counted, build

BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
SYMBOL = "EURUSD"
LIMITS = {"max_positions": 10**6, "max_positions_symbol": 10**6}
AWAY = pytest.mark.xfail(strict=True, raises=AssertionError)


class Desk:
    """Executor and portfolio of the reference, driven by hand; left alone, nothing happens."""

    def __init__(self, **policy: Any) -> None:
        self.portfolio = pyengine.Portfolio(1e9)
        self.executor = pyengine.ExecutionSimulator(
            self.portfolio,
            symbol_specs={SYMBOL: pyengine.SymbolSpec(SYMBOL, 0.0001, 5)},
            sizing=pyengine.FixedLots(0.1),
            policy=pyengine.ExecutionPolicy(**policy),
        )
        self.bar = -1
        self.open()

    def sides(self, price: float) -> tuple[Any, Any]:
        time = BEGIN + timedelta(minutes=self.bar)
        bid, ask = ((p, p + 1e-4, p - 1e-4, p) for p in (price, price + 1e-4))
        return pyengine.Candle(time, *bid), pyengine.Candle(time, *ask)

    def open(self, price: float = 1.1) -> None:
        self.bar += 1
        self.executor.open_bar(*self.sides(price), symbol=SYMBOL)

    def exits(self, price: float = 1.1) -> None:
        self.executor.evaluate_exits(*self.sides(price), symbol=SYMBOL)

    def close(self) -> None:
        self.executor.close_bar(self.sides(1.1)[0].timestamp)

    def update(self) -> None:
        self.portfolio.update(self.sides(1.1)[0].timestamp)

    def next(self, price: float = 1.1) -> Desk:
        """Go through a bar but for its signals, into the ENTRY of the next."""
        self.exits(price)
        self.close()
        self.update()
        self.open()
        return self

    def signal(self, kind: str = "market", stop: float = 0.9, oco: str | None = None) -> None:
        self.executor.process_signal(
            pyengine.TradeSignal(
                "long",
                None if kind == "market" else 1.05,
                stop,
                1.3,
                SYMBOL,
                BEGIN + timedelta(minutes=self.bar),
                kind,
                meta=oco and {"oco": oco},
            )
        )

    def filled(self, count: int, *given: Any) -> Desk:
        for _ in range(count):
            self.signal(*given)
        return self.next()

    def grouped(self, count: int) -> Desk:
        for place in range(count):
            self.signal("limit", 0.9, f"group {place // 2}")
        return self.next()


def costs(make: Callable[[int], Desk], act: Callable[[Desk], None]) -> Callable[[int], int]:
    """Count the lines of what is done at a desk with so many positions, not those of making it."""

    def count(size: int) -> int:
        desk = make(size)
        return lines(lambda: act(desk))

    return count


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Counted:
    return build(tmp_path_factory.mktemp("counted"))


# --- process_signal: O(1) in the positions and orders there are ---


@pytest.mark.parametrize("kind", ["market", "limit"])
def test_signal_in_python(kind: str) -> None:
    assert_flat(costs(lambda p: Desk().filled(p), lambda desk: desk.signal(kind)))


@AWAY
def test_signal_in_python_under_max_positions() -> None:
    """O(p): Admission._check_room goes over all active positions."""
    assert_flat(costs(lambda p: Desk(**LIMITS).filled(p), Desk.signal))


@AWAY
def test_signal_of_a_group_in_python() -> None:
    """O(p): Acceptance._decide_group looks for the group among all active positions."""
    assert_flat(costs(lambda p: Desk().filled(p), lambda desk: desk.signal("market", 0.9, "group")))


def test_signal_among_many_groups_in_python() -> None:
    assert_flat(costs(lambda p: Desk().grouped(p), lambda desk: desk.signal("limit", 0.9, "group")))


@pytest.mark.slow
def test_signal_in_rust(counted: Counted) -> None:
    assert_flat(lambda p: counted.of("process_signal", p), MANY)


@AWAY
def test_signal_in_rust_under_max_positions(counted: Counted) -> None:
    """O(p): check_room counts the active ones, twice with both limits."""
    assert_flat(lambda p: counted.of("process_signal_limited", p))


# --- evaluate_exits: O(p) ---


@pytest.mark.parametrize(
    ("given", "price"),
    [
        (("market",), 1.1),
        (("limit",), 1.1),
        (("limit",), 0.95),
        (("market", 1.0), 0.95),
    ],
    ids=["nothing touched", "nothing triggered", "all triggered", "all stopped"],
)
def test_exits_in_python(given: Any, price: float) -> None:
    assert_linear(costs(lambda p: Desk().filled(p, *given), lambda desk: desk.exits(price)))


def test_exits_of_a_bar_that_reaches_no_level_in_rust(counted: Counted) -> None:
    """O(1): many positions keep their levels in order, of which only the nearest is looked at."""
    assert_flat(lambda p: counted.of("exits_untouched", p), MANY)


@pytest.mark.parametrize("operation", ["exits_waiting", "exits_all_triggered"])
def test_exits_of_orders_in_rust(counted: Counted, operation: str) -> None:
    assert_linear(lambda p: counted.of(operation, p), MANY)


def test_exits_that_are_all_stopped_in_rust(counted: Counted) -> None:
    """Each level is taken out of the order it was kept in."""
    assert_in_order(lambda p: counted.of("exits_all_stopped", p), MANY)


@AWAY
def test_exits_of_groups_in_python() -> None:
    """O(p g): for each triggered group _contest and _cancel_group go over all active ones."""
    assert_linear(costs(lambda p: Desk().grouped(p), lambda desk: desk.exits(0.95)))


@AWAY
def test_exits_of_groups_in_rust(counted: Counted) -> None:
    """O(p g): choose_winners, verdict and cancel_group do."""
    assert_linear(lambda p: counted.of("exits_groups", p))


def test_one_group_of_all_in_python() -> None:
    assert_linear(
        costs(lambda p: Desk().filled(p, "limit", 0.9, "group"), lambda desk: desk.exits(0.95))
    )


# --- portfolio.update: of the open positions alone, however long the run has been ---


def test_update_is_over_open_positions_in_python() -> None:
    assert_linear(costs(lambda p: Desk().filled(p), Desk.update))


def test_update_is_over_open_positions_in_rust(counted: Counted) -> None:
    assert_linear(lambda p: counted.of("update", p))


def after(count: int) -> Desk:
    """So many trades and bars later, with four positions open."""
    desk = Desk().filled(count, "market", 1.0).next(0.95)
    assert len(desk.portfolio.closed_positions) == count
    for _ in range(count):
        desk.next()
    return desk.filled(4)


@pytest.mark.parametrize("phase", ["signal", "exits", "close", "update", "open"])
def test_what_is_over_costs_nothing_in_python(phase: str) -> None:
    assert_flat(costs(after, lambda desk: getattr(desk, phase)()))


def test_what_is_over_costs_nothing_in_rust(counted: Counted) -> None:
    assert_flat(lambda n: counted.of("history", n))


def test_growth_is_told_apart() -> None:
    assert_flat(lambda _: 7)
    assert_linear(lambda p: 100 + 3 * p)
    for grows in (lambda p: p, lambda p: 7 + p.bit_length()):
        with pytest.raises(AssertionError):
            assert_flat(grows)
    for grows in (lambda p: p * p, lambda p: p * p.bit_length(), lambda _: 7):
        with pytest.raises(AssertionError):
            assert_linear(grows)
