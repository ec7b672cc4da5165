"""Rates, margin and swap on every backend, with portfolios of ours and of somebody else."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from types import ModuleType
from typing import Any

import pytest

from .market import MINUTE_US, bits

# Thursday: the night ends an hour earlier than in winter, New York keeps daylight saving.
NIGHT = datetime(2024, 3, 14, 21, 0, tzinfo=UTC)
START_US = int(NIGHT.timestamp()) * 1_000_000 - 40 * MINUTE_US
Made = Callable[[ModuleType], Any]


def values(backend: ModuleType) -> list[Any]:
    """Make one of each value of the account."""
    series = backend.RateSeries([60_000_000, 120_000_000], [1.25, 1.5])
    return [
        series,
        backend.RateSeries([], []),
        backend.Rates("USD"),
        backend.Rates("USD", {"EUR/USD": 1, "USD/JPY": series}, hub="EUR", max_age_minutes=3),
        backend.Margin(30),
        backend.Margin(2.5, None, "close"),
        backend.SymbolSpec(
            "EURJPY",
            0.01,
            3,
            base_currency="EUR",
            quote_currency="JPY",
            swap_long=-1,
            swap_short=0.5,
            swap_triple="Fri",
            leverage=20,
        ),
    ]


def test_values_are_alike_everywhere(backends: dict[str, ModuleType]) -> None:
    first, *others = (values(backend) for backend in backends.values())
    for other in others:
        for ours, theirs in zip(first, other, strict=True):
            assert repr(ours) == repr(theirs)
            assert ours == theirs
            assert theirs == ours
            assert hash(ours) == hash(theirs)
    for place, value in enumerate(first):
        assert all(value != other for other in first[:place])


def test_values_are_copied_and_pickled(backend: ModuleType) -> None:
    for value in values(backend):
        protocols = range(2, pickle.HIGHEST_PROTOCOL + 1)
        copies = [pickle.loads(pickle.dumps(value, protocol)) for protocol in protocols]
        for made in (copy.copy(value), copy.deepcopy(value), *copies):
            assert type(made) is type(value)
            assert made == value
            assert repr(made) == repr(value)


def test_values_do_not_change(backend: ModuleType) -> None:
    ends = [60_000_000, 120_000_000]
    series = backend.RateSeries(ends, [1.25, 1.5])
    for array in (series.end_us, series.rates):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    ends[0] = 0
    assert series.last(60_000_000) == (1.25, 0)
    pairs = {"EUR/USD": 1.25}
    rates = backend.Rates("USD", pairs)
    pairs["EUR/USD"] = 9.0
    rates.pairs["EUR/USD"] = 9.0
    assert rates.pairs == {"EUR/USD": 1.25}
    with pytest.raises(AttributeError):
        rates.account = "EUR"


def test_a_conversion_tells_how_it_was_made(backend: ModuleType) -> None:
    series = backend.RateSeries([60_000_000], [0.5])
    rates = backend.Rates("USD", {"EUR/JPY": 128.0, "USD/EUR": series}, hub="EUR")
    assert rates.has_series
    found = rates.find(1024.0, "JPY", "USD", 90_000_000)
    assert found == (16.0, "hub", 30_000_000, False)
    assert (found.amount, found.route, found.age_us, found.stale) == tuple(found)
    assert rates.find(1.0, "JPY", "USD", 59_999_999) is None


@pytest.mark.parametrize(
    ("make", "code", "field"),
    [
        (lambda b: b.Rates(None), "RATES_INVALID", "account"),
        (lambda b: b.Rates("USD", hub=1), "RATES_INVALID", "hub"),
        (lambda b: b.Rates("USD", [("EUR/USD", 1.0)]), "RATES_INVALID", "pairs"),
        (lambda b: b.Rates("USD", {1: 1.0}), "RATES_INVALID", "pairs"),
        (lambda b: b.Rates("USD", {"EUR/USD": True}), "RATES_INVALID", "EUR/USD"),
        (lambda b: b.Rates("USD", {"EURUSD": True}), "RATES_INVALID", "pairs"),
        (lambda b: b.Rates("U/D", max_age_minutes=-1), "RATES_INVALID", "account"),
        (lambda b: b.Rates("USD", {1: 1}, max_age_minutes=-1), "NUMBER_INVALID", "max_age_minutes"),
        (lambda b: b.RateSeries(["x"], [1.0]), "RATES_INVALID", "end_us"),
        (lambda b: b.RateSeries([1], [[1.0]]), "RATES_INVALID", "rates"),
        (lambda b: b.RateSeries([1, 2], [1.0]), "RATES_INVALID", "rates"),
        (lambda b: b.RateSeries.of([], [], 5), "TIMEFRAME_INVALID", "timeframe"),
        (lambda b: b.Margin("30"), "NUMBER_INVALID", "leverage"),
        (lambda b: b.Margin(30, 0), "NUMBER_INVALID", "stop_out"),
        (lambda b: b.Margin(30, 0.5, "best"), "OPTION_UNKNOWN", "stop_out_price"),
        (lambda b: b.SymbolSpec("X", 1, base_currency=1), "SPEC_INVALID", "base_currency"),
        (lambda b: b.SymbolSpec("X", 1, quote_currency="/"), "SPEC_INVALID", "quote_currency"),
        (lambda b: b.SymbolSpec("X", 1, 2, swap_triple="Sat"), "OPTION_UNKNOWN", "swap_triple"),
        (lambda b: b.SymbolSpec("X", 1, swap_short=1), "SPEC_INVALID", "digits"),
        (lambda b: executor(b, timeframe=5), "TIMEFRAME_INVALID", "timeframe"),
        (lambda b: executor(b, timeframe=None), "TIMEFRAME_REQUIRED", "rates"),
        (lambda b: executor(b, rates=None), "RATES_REQUIRED", "quote_currency"),
        (lambda b: executor(b, object()), "PORTFOLIO_INVALID", "portfolio"),
        (lambda b: executor(b).use_ordinals(), "CLOCK_REQUIRED", "swap_long"),
        (
            lambda b: b.ExecutionSimulator(b.Portfolio(), session=b.Session("M1")).use_ordinals(),
            "CLOCK_REQUIRED",
            "session",
        ),
        (
            lambda b: b.PositionManager(max_holding_minutes=5).use_ordinals(),
            "CLOCK_REQUIRED",
            "max_holding_minutes",
        ),
        (
            lambda b: b.StrategyWrapper(object(), entry_timestamp_mode="close").use_ordinals(),
            "CLOCK_REQUIRED",
            "entry_timestamp_mode",
        ),
    ],
)  # fmt: skip
def test_what_is_refused(backend: ModuleType, make: Made, code: str, field: str) -> None:
    with pytest.raises((TypeError, ValueError)) as info:
        make(backend)
    raised: Any = info.value
    assert (raised.code, raised.field) == (code, field)


class Outside:
    """A portfolio of somebody else around one of ours, that writes down what it is told."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.calls: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def register_swap(self, amount: float, time: datetime, position: Any) -> None:
        self.calls.append(("swap", bits(amount), time, position.order_id, bits(position.swap)))
        self.inner.register_swap(amount, time, position)

    def register_exit(self, position: Any) -> None:
        self.calls.append(("exit", position.order_id, position.reason, bits(position.net_result)))
        self.inner.register_exit(position)

    def appraise(self, time: datetime) -> tuple[float, float, dict[str, str]]:
        said: tuple[float, float, dict[str, str]] = self.inner.appraise(time)
        self.calls.append(("appraise", time, bits(said[0]), bits(said[1]), said[2]))
        return said


def portfolio_of(backend: ModuleType, kind: str) -> Any:
    """Make a portfolio that is, or looks, like ours."""
    made = backend.Portfolio(1000.0)
    if kind == "outside":
        return Outside(made)
    if kind == "derived":
        return type("Derived", (backend.Portfolio,), {"update": derived_update})(1000.0)
    if kind == "replaced":
        made.update = partial(type(made).update, made)
    return made


def derived_update(self: Any, time: datetime) -> None:
    """Do what the class derived from does."""
    ours: Any = type(self).__mro__[1]
    ours.update(self, time)


def candles(backend: ModuleType, tenths: int) -> list[Any]:
    """Make bars of a minute that fall by little and then by much, across the night."""
    bars = []
    for bar in range(80):
        middle = (1280 - bar - (40 if bar >= 60 else 0) + tenths) / 10
        time = datetime.fromtimestamp(START_US / 1e6, UTC) + timedelta(minutes=bar)
        bars.append(backend.Candle(time, middle, middle + 0.5, middle - 0.5, middle - 0.1))
    return bars


def executor(backend: ModuleType, portfolio: Any = None, **settings: Any) -> Any:
    """Make an executor in USD that trades EURJPY with the rates of its own bars."""
    ends = [START_US + MINUTE_US * bar for bar in range(-5, 30)]
    yen = backend.RateSeries(ends, [128.0 + bar / 8 for bar in range(35)])
    spec = backend.SymbolSpec(
        "EURJPY", 0.1, 1, contract_size=1000.0, base_currency="EUR", quote_currency="JPY",
        swap_long=-3.0, swap_short=2.0, swap_triple="Thu",
    )  # fmt: skip
    usual = {
        "symbol_specs": {"EURJPY": spec},
        "sizing": backend.FixedLots(1.0),
        "rates": backend.Rates("USD", {"USD/JPY": yen, "EUR/USD": 1.25}, max_age_minutes=30),
        "margin": backend.Margin(5, 1.2),
        "timeframe": "M1",
    }
    given = backend.Portfolio() if portfolio is None else portfolio
    return backend.ExecutionSimulator(given, **(usual | settings))


class Buyer:
    """Buys three times and sells once; what it sees of the account is written down."""

    def __init__(self, executor: Any) -> None:
        self.executor = executor
        self.seen: list[Any] = []

    def on_data(self, slices: Any) -> Any:
        index = slices["EURJPY"].index
        active = [(p.order_id, bits(p.swap)) for p in self.executor.active_positions]
        seen = (bits(self.executor.used_margin), bits(self.executor.free_margin))
        self.seen.append((index, *seen, self.executor.stale_rates, active))
        # In time for the rates, which end half way through.
        if index in (3, 7, 9, 11, 60):
            return {"direction": "sell" if index == 9 else "buy", "sl": None, "tp": None}
        return None


def play(backend: ModuleType, kind: str) -> tuple[Any, Any]:
    """Run; return what is the same with any portfolio, and what one outside was told."""
    portfolio = portfolio_of(backend, kind)
    made = executor(backend, portfolio)
    strategy = Buyer(made)
    bid, ask = candles(backend, 0), candles(backend, 1)
    tracer = backend.Tracer()
    backend.EventEngine(
        bid, ask, backend.StrategyWrapper(strategy), made, portfolio,
        {"M1": {"bid": bid, "ask": ask}}, "EURJPY", None, bid[0].timestamp, tracer=tracer,
    ).run()  # fmt: skip
    columns = portfolio.equity_columns()
    left = {
        "events": [sorted(event.items()) for event in tracer.events],
        "rows": {name: column.tobytes() for name, column in columns.items()},
        "swaps": [(time, bits(x), p.order_id) for time, x, p in portfolio.swaps_log],
        "counts": (portfolio.stale_rows, made.stale_rates, bits(portfolio.total_swap)),
        "rejected": [(r.order_id, r.rule, r.value) for r in made.rejected_signals],
        "nets": [(p.order_id, bits(p.net_result), bits(p.swap)) for p in portfolio.exits],
        "seen": strategy.seen,
        "state": made.state(),
    }
    return left, getattr(portfolio, "calls", None)


def test_an_account_is_the_same_everywhere(backends: dict[str, ModuleType]) -> None:
    expected, _ = play(next(iter(backends.values())), "own")
    rules = {value for event in expected["events"] for name, value in event if name == "rule"}
    assert {"A1.used", "A3.stop_out", "P3.row_stale", "P5.inverse", "P5.stale", "P6.swap"} <= rules
    assert {"S3.margin", "S3.rate"} <= {rule for _, rule, _ in expected["rejected"]}
    assert [time for time, _, _ in expected["swaps"]] == [NIGHT] * len(expected["swaps"])
    calls = []
    for backend in backends.values():
        for kind in ("own", "outside", "derived", "replaced"):
            found, told = play(backend, kind)
            assert found == expected, (backend.__name__, kind)
            calls += [told] if kind == "outside" else []
    assert calls[0]
    assert all(told == calls[0] for told in calls)
    kinds = [call[0] for call in calls[0]]
    assert kinds.count("swap") == len(expected["swaps"])
    assert kinds.count("appraise") > 2


def test_nobody_is_asked_what_is_not_needed(backend: ModuleType) -> None:
    class Plain:
        """Knows entries and exits, nothing else."""

        def register_entry(self, position: Any) -> None: ...
        def register_exit(self, position: Any) -> None: ...
        def register_fee(self, *told: Any) -> None: ...
        def register_expired(self, position: Any) -> None: ...

    made = backend.ExecutionSimulator(Plain(), sizing=backend.FixedLots(0.1))
    bar = backend.Candle(NIGHT, 1.1, 1.2, 1.0, 1.1)
    made.open_bar(bar, bar, symbol="EURUSD")
    signal = backend.TradeSignal("long", None, None, None, "EURUSD", NIGHT)
    made.process_signal(signal)
    made.evaluate_exits(bar, bar, symbol="EURUSD")
    made.close_bar(NIGHT, last=True)
    assert [position.status for position in made.active_positions] == ["open"]
    assert (made.used_margin, made.stale_rates) == (0.0, 0)
