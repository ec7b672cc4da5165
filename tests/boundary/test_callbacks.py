"""What a callback sees of a run that goes on, and what its writes do."""

from __future__ import annotations

from typing import Any

import pytest

from .market import SYMBOL, Market, Trader, bits, outcome, same, trade_rows


def test_state_read_at_every_bar(backends) -> None:
    class Reader(Trader):
        def __init__(self) -> None:
            self.seen: list[Any] = []

        def evaluate(self, index: int, slice_map: Any) -> Any:
            active = self.executor.active_positions
            assert isinstance(active, tuple)
            assert active is self.executor.active_positions
            levels = [(p.order_id, p.status, bits(p.stop_loss)) for p in active]
            portfolio = self.portfolio
            self.seen.append((index, bits(portfolio.cash), bits(portfolio.equity), levels))
            self.seen.append([p.order_id for p in portfolio.open_positions])
            return super().evaluate(index, slice_map)

    def make(backend: Any) -> Any:
        reader = Reader()
        result = outcome(*Market(backend).run(reader))
        return reader.seen, result

    seen, result = same(backends, make)
    assert len(result["closed"]) > 20
    assert len({entry[1] for entry in seen[::2]}) > 20, "cash was seen to change"


def test_the_candle_of_the_bar_before_is_still_that_candle(backend) -> None:
    market = Market(backend, 60)

    class Comparer:
        before: Any = None
        compared = 0

        def evaluate(self, index: int, slice_map: Any) -> None:
            view = slice_map[SYMBOL]
            now = view.latest("M1")
            assert now is view.latest("M1"), "one object while the bar is current"
            if self.before is not None:
                assert self.before == view.history("M1", "bid", 2)[0]
                assert self.before.close == market.bid.close[index - 1]
                assert self.before.timestamp < now.timestamp
                self.compared += 1
            self.before = now

    strategy = Comparer()
    market.run(strategy)
    assert strategy.compared == 59
    assert strategy.before == market.bid[59], "valid after the run"


def test_candles_that_are_kept_stay_while_others_go(backend) -> None:
    market = Market(backend, 60)

    class Keeper:
        def __init__(self) -> None:
            self.kept: list[Any] = []
            self.times: list[Any] = []

        def evaluate(self, index: int, slice_map: Any) -> None:
            view = slice_map[SYMBOL]
            assert view.latest("M1").close == market.bid.close[index]
            assert view.latest("M1", "ask").timestamp == market.ask[index].timestamp
            if index % 3 == 0:
                self.kept.append(view.latest("M1"))
                self.times.append(view.latest("M1").timestamp)

    strategy = Keeper()
    market.run(strategy)
    assert len({id(candle) for candle in strategy.kept}) == 20
    for place, (candle, time) in enumerate(zip(strategy.kept, strategy.times, strict=True)):
        assert candle == market.bid[3 * place]
        assert candle.timestamp is time
        assert candle.time_us == market.bid.time_us[3 * place]


def test_users_own_candles_come_back_as_themselves(backend) -> None:
    class Bar:
        def __init__(self, candle: Any) -> None:
            self.timestamp, self.open = candle.timestamp, candle.open
            self.high, self.low, self.close = candle.high, candle.low, candle.close

    market = Market(backend, 40)
    market.bid = [Bar(candle) for candle in market.bid]
    market.ask = [Bar(candle) for candle in market.ask]
    market.data = {"M1": {"bid": market.bid, "ask": market.ask}}
    seen = []

    class Looker(Trader):
        def evaluate(self, index: int, slice_map: Any) -> Any:
            view = slice_map[SYMBOL]
            assert view.latest("M1") is market.bid[index]
            assert view.latest("M1", "ask") is market.ask[index]
            seen.append(view.history("M1", length=3)[-1] is market.bid[index])
            return super().evaluate(index, slice_map)

    _, portfolio = market.run(Looker())
    assert all(seen)
    plain = Market(backend, 40).run(Trader())[1]
    assert trade_rows(portfolio.closed_positions) == trade_rows(plain.closed_positions)


def test_a_stop_written_in_entry_is_queued(backends) -> None:
    class Mover(Trader):
        def __init__(self) -> None:
            self.seen: list[Any] = []

        def evaluate(self, index: int, slice_map: Any) -> Any:
            for position in self.executor.active_positions:
                if position.direction == "long":
                    position.stop_loss = position.stop_loss + 3e-5
                    self.seen.append((index, position.order_id, bits(position.stop_loss)))
            return super().evaluate(index, slice_map)

    def make(backend: Any) -> Any:
        mover = Mover()
        executor, portfolio = Market(backend).run(mover)
        return mover.seen, outcome(executor, portfolio)

    seen, result = same(backends, make)
    assert len(seen) > 50
    assert {rule for _, rule, _ in result["refused"]} >= {"L8.dropped", "L8.refused"}
    assert any(row[16] == "break_even_stop_loss" for row in result["closed"])


class Trailer:
    """A manager that tightens stops, closes what is old, and keeps notes on positions."""

    portfolio = True

    def __init__(self) -> None:
        self.kept: dict[int, Any] = {}
        self.calls: list[Any] = []

    def manage_positions(self, **given: Any) -> None:
        assert set(given) == {
            "open_positions", "symbol_slice", "bid_candle", "ask_candle", "all_positions",
        }  # fmt: skip
        bid = given["bid_candle"]
        assert bid == given["symbol_slice"].latest("M1")
        for position in given["open_positions"]:
            known = self.kept.setdefault(position.order_id, position)
            assert known is position, "one object for a position's whole life"
            position.bars_held = getattr(position, "bars_held", 0) + 1
            position.metadata["held"] = position.bars_held
            if position.bars_held == 3 and position.direction == "long":
                position.stop_loss = bid.close - 0.0003
                assert position.stop_loss == round(bid.close - 0.0003, 5)
            if position.bars_held == 9:
                price = bid.close if position.direction == "long" else given["ask_candle"].close
                position.close(bid.timestamp, price, "timeout")
                assert all(p is not position for p in self.executor.active_positions)
                self.register(position)
            self.calls.append((position.order_id, position.bars_held, bits(position.stop_loss)))

    def register(self, position: Any) -> None:
        self.executor.portfolio.register_exit(position)


class Managed(Trader):
    def __init__(self, manager: Any) -> None:
        self.position_manager = manager

    def attach(self, backend: Any, executor: Any, portfolio: Any) -> None:
        super().attach(backend, executor, portfolio)
        self.position_manager.executor = executor


def test_a_manager_moves_stops_at_once_and_closes(backends) -> None:
    def make(backend: Any) -> Any:
        manager = Trailer()
        executor, portfolio = Market(backend).run(Managed(manager))
        for position in portfolio.closed_positions:
            held = getattr(position, "bars_held", None)
            assert position.metadata.get("held") == held
            if held is not None:
                assert manager.kept[position.order_id] is position
        return manager.calls, outcome(executor, portfolio)

    calls, result = same(backends, make)
    assert len(calls) > 50
    assert {row[16] for row in result["closed"]} >= {"timeout", "stop_loss"}


@pytest.mark.parametrize("depth", [1, 8, 9])
def test_the_manager_is_found_behind_wrappers(backend, depth: int) -> None:
    manager = Trailer()
    inner = strategy = Managed(manager)
    for _ in range(depth - 1):
        outer = backend.StrategyWrapper(strategy)
        # The inner one is found by its attribute; what is called is the outermost.
        outer.on_data = None
        strategy = outer
    if depth > 1:
        strategy.evaluate = inner.evaluate
    market = Market(backend, 60)
    portfolio = market.portfolio()
    executor = market.executor(portfolio)
    inner.attach(backend, executor, portfolio)
    market.engine(strategy, executor, portfolio).run()
    assert bool(manager.calls) is (depth <= 8)


def test_the_future_is_refused(backend) -> None:
    caught = []

    class Seer:
        def evaluate(self, index: int, slice_map: Any) -> None:
            view = slice_map[SYMBOL]
            for asked in (index + 1, 10**9):
                with pytest.raises(RuntimeError) as error:
                    view.set_index(asked)
                caught.append((error.value.code, error.value.bar))
            view.set_index(index // 2)
            assert view.latest("M1") == market.bid[index // 2]
            with pytest.raises(ValueError, match="-1") as error:
                view.set_index(-1)
            assert error.value.code == "INDEX_OUT_OF_RANGE"
            view.set_index(index)

    market = Market(backend, 30)
    market.run(Seer())
    assert caught == [("LOOK_AHEAD", index) for index in range(30) for _ in "ab"]


def test_a_slice_knows_what_it_holds(backend) -> None:
    market = Market(backend, 10)
    view = backend.SymbolDataSlice(market.data, SYMBOL)
    view.set_index(5)
    assert len(view.history("M1")) == 6
    with pytest.raises(ValueError, match="M1") as error:
        view.latest("H1")
    assert error.value.code == "TIMEFRAME_UNKNOWN"
    with pytest.raises(ValueError, match="bid, ask") as error:
        view.latest("M1", "mid")
    assert error.value.code == "SIDE_UNKNOWN"
    view.set_index(10)
    with pytest.raises(ValueError, match="10") as error:
        view.latest("M1")
    assert error.value.code == "INDEX_OUT_OF_RANGE"


def test_levels_are_checked_when_written(backend) -> None:
    _, portfolio = Market(backend).run(Trader())
    position = portfolio.closed_positions[0]
    for value, code in ((float("nan"), "LEVEL_NOT_FINITE"), ("1.1", "LEVEL_TYPE")):
        with pytest.raises((ValueError, TypeError)) as error:
            position.stop_loss = value
        assert error.value.code == code
    for name in ("entry_price", "size", "result", "status", "order_id"):
        with pytest.raises(AttributeError):
            setattr(position, name, 1)
    position.note = "kept"
    assert position.note == "kept"
    with pytest.raises(RuntimeError) as error:
        position.close(position.exit_time, 1.1, "manual")
    assert error.value.code == "ALREADY_CLOSED"


def test_close_in_entry_is_refused(backend) -> None:
    class Closer(Trader):
        refused = 0

        def evaluate(self, index: int, slice_map: Any) -> Any:
            for position in self.executor.active_positions:
                bid = slice_map[SYMBOL].latest("M1")
                with pytest.raises(RuntimeError) as error:
                    position.close(bid.timestamp, bid.close, "manual")
                assert error.value.code == "CLOSE_IN_ENTRY"
                self.refused += 1
            return super().evaluate(index, slice_map)

    strategy = Closer()
    Market(backend, 60).run(strategy)
    assert strategy.refused > 10


def test_active_positions_cannot_be_rebound(backend) -> None:
    executor, _ = Market(backend, 30).run(Trader())
    with pytest.raises(AttributeError):
        executor.active_positions = []
