"""A position manager: the stop follows the price, and every trade ends after two days."""

from datetime import timedelta

from fillproof import (
    EventEngine,
    ExecutionSimulator,
    FixedLots,
    Portfolio,
    StrategyWrapper,
    SymbolSpec,
    data,
)


class Trailing:
    """Keeps the stop 40 pips behind the close and closes what is older than two days."""

    portfolio = None

    def attach_portfolio(self, portfolio):
        """Take the portfolio that the engine offers."""
        self.portfolio = portfolio

    def manage_positions(self, *, open_positions, bid_candle, ask_candle, **_):
        """Close what is old, tighten the rest."""
        for position in open_positions:
            price = bid_candle.close if position.direction == "long" else ask_candle.close
            if bid_candle.timestamp - position.trigger_time >= timedelta(days=2):
                position.close(bid_candle.timestamp, price, "timeout")
                self.portfolio.register_exit(position)
            elif position.direction == "long":
                position.stop_loss = max(position.stop_loss, price - 0.0040)
            else:
                position.stop_loss = min(position.stop_loss, price + 0.0040)


class Pullback:
    """Buys at midnight after a day that fell, sells after one that rose."""

    def __init__(self):
        self.position_manager = Trailing()

    def check_entry(self, view, index):  # noqa: ARG002 - the engine gives it by name
        """Trade against the day that has ended."""
        bar = view.latest("H1", "bid")
        day = view.history("H1", "bid", 24)
        if bar.timestamp.hour != 0 or len(day) < 24:
            return None
        if bar.close < day[0].open:
            return {"direction": "long", "sl": bar.close - 0.0040}
        return {"direction": "short", "sl": view.latest("H1", "ask").close + 0.0040}


pair = data.eurusd_h1_2017()
bid, ask = pair.bid.to_candles(), pair.ask.to_candles()
portfolio = Portfolio(initial_balance=10_000.0)
executor = ExecutionSimulator(
    portfolio,
    symbol_specs={"EURUSD": SymbolSpec("EURUSD", pip_size=0.0001, digits=5)},
    sizing=FixedLots(0.1),
)
strategy = StrategyWrapper(Pullback())
EventEngine(
    bid,
    ask,
    strategy,
    executor,
    portfolio,
    {"H1": {"bid": bid, "ask": ask}},
    "EURUSD",
    original_start_dt=bid[0].timestamp,
).run()

reasons = {}
for position in portfolio.closed_positions:
    reasons.setdefault(position.reason, []).append(position.result)
for reason, results in sorted(reasons.items()):
    print(f"{reason:<22} {len(results):>4} trades {sum(results):>10.2f}")
print(f"cash {portfolio.cash:.2f}, largest drawdown {portfolio.max_drawdown:.2f}")
