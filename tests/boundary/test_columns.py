"""Signal columns give the same run natively, in a wrapper, called back, and on every backend."""

from __future__ import annotations

import copy
import pickle
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from fillproof import run_backtest, run_cross_backtest

from .market import START, SYMBOL, Market, outcome, same

NAN = float("nan")
ORDER_TYPES = ("market", "limit", "stop")


def rows(market: Market, seed: int = 1, types: bool = True) -> dict[str, Any]:
    """Make columns of a random strategy: a signal at every fifth bar or so, of all types."""
    random = np.random.default_rng(seed)
    count = len(market.bid)
    direction = np.where(random.random(count) < 0.2, random.integers(0, 2, count) * 2 - 1, 0)
    kind = random.integers(0, 3, count) if types else np.zeros(count, dtype=int)
    close = np.asarray(market.bid.close)
    beyond = np.where(kind == 1, -1, 1) * direction * 0.0002
    level = np.where(kind == 0, close, np.round(close + beyond, 5))
    return {
        "direction": direction,
        "entry": np.where(kind == 0, NAN, level),
        "stop": np.where(random.random(count) < 0.1, NAN, level - direction * 0.0005),
        "target": level + direction * 0.0008,
        "type": kind,
    }


class Called:
    """Says the same row by row, as a strategy of the user's."""

    def __init__(self, columns: dict[str, Any], symbol: str | None = None) -> None:
        self.columns, self.symbol = columns, symbol

    def on_data(self, shown: Any) -> Any:
        view = shown if self.symbol is not None else next(iter(shown.values()))
        return self.raw(view.index)

    def raw(self, bar: int) -> Any:
        row = {name: column[bar].item() for name, column in self.columns.items()}
        if not row["direction"]:
            return None
        prices = {"entry": row["entry"], "sl": row["stop"], "tp": row["target"]}
        return {
            "direction": "buy" if row["direction"] > 0 else "sell",
            "type": ORDER_TYPES[row["type"]],
            **{key: None if price != price else price for key, price in prices.items()},
            **({} if self.symbol is None else {"symbol": self.symbol}),
        }


class Outside:
    """Calls the columns from Python, so that no loop knows what they are."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def evaluate(self, index: int, slice_map: Any) -> Any:
        return self.inner.evaluate(index, slice_map)


def run(market: Market, strategy: Any, start: int = 0, cls: Any = None) -> Any:
    portfolio = market.portfolio()
    executor = market.executor(portfolio, cls)
    market.backend.EventEngine(
        market.bid, market.ask, strategy, executor, portfolio, market.data, SYMBOL, None,
        market.bid[start].timestamp,
    ).run()  # fmt: skip
    return outcome(executor, portfolio)


@pytest.mark.parametrize("start", [0, 1, 60])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_way_to_run_them(backends, start: int, seed: int) -> None:
    def make(backend: Any) -> Any:
        class Executor(backend.ExecutionSimulator):
            pass

        market = Market(backend, seed=seed)
        columns = rows(market, seed)
        strategy = backend.ColumnStrategy(**columns)
        native = run(market, strategy, start)
        assert strategy.ignored == np.count_nonzero(columns["direction"][:start])
        assert run(market, backend.StrategyWrapper(strategy), start) == native
        assert run(market, Outside(strategy), start) == native
        assert run(market, strategy, start, Executor) == native
        called = backend.StrategyWrapper(Called(columns))
        assert run(market, called, start) == native
        market.bid, market.ask = list(market.bid), list(market.ask)
        assert run(market, strategy, start) == native
        return native

    assert len(same(backends, make)["signals"]["order_id"]) > 30


def test_a_manager_and_a_cooldown_beside_them(backends) -> None:
    def make(backend: Any) -> Any:
        market = Market(backend)
        columns = rows(market)
        found = []
        for inner in (backend.ColumnStrategy(**columns), Called(columns)):
            wrapper = backend.StrategyWrapper(inner, cooldown_candles=4)
            wrapper.position_manager = backend.PositionManager(max_holding_bars=3)
            found.append(run(market, wrapper))
        bare = backend.ColumnStrategy(**columns)
        bare.position_manager = backend.PositionManager(max_holding_bars=3)
        assert found[0] == found[1]
        return found[0], run(market, bare)

    cooled, managed = same(backends, make)
    assert len(cooled["closed"]) < len(managed["closed"])
    assert any("max_holding" in str(row) or "timeout" in str(row) for row in managed["closed"])


@pytest.mark.parametrize("count", [0, 299, 301])
def test_as_many_rows_as_bars(backends, count: int) -> None:
    def make(backend: Any) -> Any:
        market = Market(backend)
        strategy = backend.ColumnStrategy([0] * count)
        with pytest.raises(ValueError, match=f"direction has the length {count}; expected 300"):
            run(market, strategy)
        with pytest.raises(ValueError, match=f"length {count}") as info:
            run(market, backend.StrategyWrapper(strategy))
        return info.value.code, info.value.bar, str(info.value)

    assert same(backends, make)[:2] == ("LENGTHS_DIFFER", None)


def test_a_row_that_is_not_there(backends) -> None:
    """Behind an object that the engine cannot look into, it is told at the bar."""

    def make(backend: Any) -> Any:
        with pytest.raises(ValueError, match="length 200") as info:
            run(Market(backend), Outside(backend.ColumnStrategy([0] * 200)))
        return info.value.code, info.value.bar, str(info.value)

    assert same(backends, make)[:2] == ("LENGTHS_DIFFER", 200)


REFUSED: list[tuple[dict[str, Any], str, str, int | None]] = [
    ({"direction": [0, 2]}, "DIRECTION_UNKNOWN", "direction", 1),
    ({"direction": np.array([0, 256], dtype="int64")}, "DIRECTION_UNKNOWN", "direction", 1),
    ({"direction": np.array([255, 0], dtype="uint8")}, "DIRECTION_UNKNOWN", "direction", 0),
    ({"direction": [0, -(2**40)]}, "DIRECTION_UNKNOWN", "direction", 1),
    ({"direction": [0.0, 0.5]}, "DIRECTION_UNKNOWN", "direction", 1),
    ({"direction": [NAN, 1.0, float("inf")]}, "DIRECTION_UNKNOWN", "direction", 2),
    ({"direction": [-0.0, -300.0]}, "DIRECTION_UNKNOWN", "direction", 1),
    ({"direction": ["long"]}, "SIGNAL_NOT_UNDERSTOOD", "direction", None),
    ({"direction": [True, False]}, "SIGNAL_NOT_UNDERSTOOD", "direction", None),
    ({"direction": None}, "SIGNAL_NOT_UNDERSTOOD", "direction", None),
    ({"direction": [[1]]}, "LENGTHS_DIFFER", "direction", None),
    ({"direction": 1}, "LENGTHS_DIFFER", "direction", None),
    ({"direction": [1], "entry": []}, "LENGTHS_DIFFER", "entry", None),
    ({"direction": [1], "stop": [1.0, 2.0]}, "LENGTHS_DIFFER", "stop", None),
    ({"direction": [1], "target": [[1.0]]}, "LENGTHS_DIFFER", "target", None),
    ({"direction": [1], "target": ["far"]}, "SIGNAL_NOT_UNDERSTOOD", "target", None),
    ({"direction": [0, 1], "type": [9, 3]}, "TYPE_UNKNOWN", "type", 1),
    ({"direction": [0, 1], "type": [0]}, "LENGTHS_DIFFER", "type", None),
    ({"direction": [1], "type": "stop_limit"}, "TYPE_UNKNOWN", "type", None),
    ({"direction": [1], "reason": 1}, "SIGNAL_NOT_UNDERSTOOD", "reason", None),
]


@pytest.mark.parametrize(("given", "code", "field", "bar"), REFUSED)
def test_columns_are_checked(
    backends, given: dict[str, Any], code: str, field: str, bar: int | None
) -> None:
    def make(backend: Any) -> Any:
        with pytest.raises(ValueError, match=r".") as info:
            backend.ColumnStrategy(**given)
        error = info.value
        return error.code, error.field, error.bar, str(error)

    assert same(backends, make)[:3] == (code, field, bar)


def test_arrays_of_any_kind(backends) -> None:
    forms: list[tuple[Any, Any]] = [
        ([0, 1, -1], [NAN, 1.0, 2.0]),
        (np.array([0, 1, -1], dtype="int8"), np.array([9.0, 1.0, 2.0])),
        (np.array([0, 1, -1], dtype=">i4"), np.array([0, 1, 2], dtype="int32")),
        (np.array([0, 9, 1, 9, -1])[::2], np.array([0.0, 1.0, 2.0])),
        (
            np.frombuffer(b"\0" + np.array([0, 1, -1]).tobytes(), dtype="int64", offset=1),
            np.array([0.0, 1.0, 2.0]),
        ),
        (np.array([-0.0, 1.0, -1.0]), np.array([0.0, 1.0, 2.0])),
        (np.array([NAN, 1.0, -1.0]), np.array([0, NAN, 1, NAN, 2, NAN])[::2]),
        (pa.array([None, 1, -1]), pa.array([None, 1.0, 2.0])),
        (pa.chunked_array([[0, 1], [-1]]), pa.chunked_array([[1.5], [1.0, 2.0]])),
        (Capsule(pa.array([0, 1, -1])), Capsule(pa.array([0.5, 1.0, 2.0]))),
    ]

    def make(backend: Any) -> Any:
        found = []
        for direction, stop in forms:
            made = backend.ColumnStrategy(direction, stop=stop)
            found.append((made.direction.tolist(), made.stop.tolist()[1:], made.direction.dtype))
        return found

    wanted = ([0, 1, -1], [1.0, 2.0], np.dtype("int8"))
    assert same(backends, make) == [wanted] * len(forms)


class Capsule:
    """Something that speaks Arrow and nothing else."""

    def __init__(self, array: pa.Array) -> None:
        self.array = array

    def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
        return self.array.__arrow_c_array__(requested_schema)


def test_prices_are_not_copied_and_codes_are(backend) -> None:
    direction, stop = np.array([0, 1], dtype="int8"), np.array([1.0, 2.0])
    strategy = backend.ColumnStrategy(direction, stop=stop)
    assert np.shares_memory(strategy.stop, stop)
    assert not np.shares_memory(strategy.direction, direction)
    assert not strategy.stop.flags.writeable
    assert stop.flags.writeable
    unaligned = np.frombuffer(b"\0" + stop.tobytes(), dtype="float64", offset=1)
    assert backend.ColumnStrategy(direction, stop=unaligned).stop.flags.aligned
    direction[:] = 5
    assert strategy.direction.tolist() == [0, 1]


def test_they_are_values(backends) -> None:
    given = {"direction": [0, 1, -1], "stop": [NAN, 1.0, NAN], "type": [0, 1, 2], "reason": "x"}

    def make(backend: Any) -> Any:
        one = backend.ColumnStrategy(**given)
        cross = backend.CrossColumnStrategy({"A": one, "B": backend.ColumnStrategy([0, 0, 1])})
        for value in (one, cross):
            other = pickle.loads(pickle.dumps(value))
            assert other == value == copy.copy(value) == copy.deepcopy(value)
            assert hash(other) == hash(value)
        assert one != backend.ColumnStrategy(**{**given, "reason": None})
        assert one != backend.ColumnStrategy(**{**given, "stop": [NAN, 1.0, 2.0]})
        assert one != backend.ColumnStrategy(**{**given, "type": "limit"})
        swapped = dict(reversed(cross.columns.items()))
        assert cross != backend.CrossColumnStrategy(swapped)
        one.position_manager = "kept"
        assert copy.copy(one).position_manager == "kept"
        return repr(one), repr(cross), len(one), len(cross), hash(one), one.__eq__(1)

    same(backends, make)
    made = [module.ColumnStrategy(**given) for module in backends.values()]
    assert all(left == right for left in made for right in made)


def test_columns_of_another_backend_are_taken_over(backends) -> None:
    digests = set()
    for name in backends:
        for maker in backends.values():
            market = Market(maker)
            strategy = maker.ColumnStrategy(**rows(market))
            start = START + timedelta(minutes=50)
            result = run_backtest(
                market.bid, market.ask, strategy, symbol=SYMBOL, backend=name, start=start
            )
            assert result.config["strategy"] == repr(strategy)
            assert "before the start are ignored" in " ".join(result.notes)
            digests.add(result.digest)
    assert len(digests) == 1


def test_across_symbols(backends) -> None:
    """Natively, called back, and with holes in one of the symbols."""

    def make(backend: Any) -> Any:
        markets = {"EURUSD": Market(backend, 120), "GBPUSD": Market(backend, 120, seed=9)}
        columns = {
            symbol: rows(market, seed)
            for seed, (symbol, market) in enumerate(markets.items(), start=4)
        }
        whole = backend.CrossColumnStrategy(
            {symbol: backend.ColumnStrategy(**given) for symbol, given in columns.items()}
        )

        parts = [Called(given, symbol) for symbol, given in columns.items()]

        class Both:
            def on_data(self, shown: Any) -> Any:
                found = (part.raw(shown.index) for part in parts)
                return [raw for raw in found if raw is not None]

        thin = [place for place in range(120) if place % 7 != 3]
        sides = {
            "EURUSD": (markets["EURUSD"].bid, markets["EURUSD"].ask),
            "GBPUSD": tuple(
                [list(side)[place] for place in thin]
                for side in (markets["GBPUSD"].bid, markets["GBPUSD"].ask)
            ),
        }
        results = [
            run_cross_backtest(sides, strategy, timeframe="M1", backend=backend_name(backend))
            for strategy in (whole, backend.StrategyWrapper(whole), Outside(whole), Both())
        ]
        digests = {result.digest for result in results}
        assert len(digests) == 1
        assert results[0].signals.num_rows > 30
        short = backend.CrossColumnStrategy({"EURUSD": backend.ColumnStrategy([0])})
        with pytest.raises(ValueError, match="a row for each bar"):
            run_cross_backtest(sides, short, timeframe="M1", backend=backend_name(backend))
        return digests.pop()

    same(backends, make)


def backend_name(backend: Any) -> str:
    return str(backend.build_info()["backend"])


@pytest.mark.parametrize("given", [{}, None, [1], {"A": 1}, {1: None}])
def test_columns_across_symbols_are_checked(backends, given: Any) -> None:
    def make(backend: Any) -> Any:
        with pytest.raises(ValueError, match="mapping of symbols") as info:
            backend.CrossColumnStrategy(given)
        return info.value.code, info.value.field, info.value.symbol, str(info.value)

    assert same(backends, make)[:2] == ("SIGNAL_NOT_UNDERSTOOD", "columns")


def test_a_symbol_that_is_not_in_the_run(backends) -> None:
    def make(backend: Any) -> Any:
        market = Market(backend, 10)
        strategy = backend.CrossColumnStrategy({"XAUUSD": backend.ColumnStrategy([0] * 9 + [1])})
        with pytest.raises(ValueError, match="XAUUSD") as info:
            run_cross_backtest(
                {SYMBOL: (market.bid, market.ask)}, strategy, timeframe="M1",
                backend=backend_name(backend),
            )  # fmt: skip
        return info.value.code, info.value.bar

    assert same(backends, make) == ("SYMBOL_UNKNOWN", 9)
