"""A strategy of one's own on the embedded candles, and what its trades came to, by reason."""

from fillproof import data, run_backtest


class Breakout:
    """Buys on the highest close of a day and sells on the lowest, 25 pips to stop and target."""

    def on_data(self, slice_map):
        """Compare the close with the day before it."""
        view = slice_map["EURUSD"]
        day = view.history("H1", "bid", 24)
        if len(day) < 24:
            return None
        bid, ask = view.latest("H1", "bid").close, view.latest("H1", "ask").close
        closes = [bar.close for bar in day[:-1]]
        if bid > max(closes):
            return {"direction": "buy", "sl": bid - 0.0025, "tp": ask + 0.0025}
        if bid < min(closes):
            return {"direction": "sell", "sl": ask + 0.0025, "tp": bid - 0.0025}
        return None


pair = data.eurusd_h1_2017()
print(pair.note)
result = run_backtest(pair.bid, pair.ask, Breakout(), symbol="EURUSD")
print(*result.notes, sep="\n")
for name, value in result.summary.items():
    print(f"{name:<30} {value}")

by_reason = result.trades.group_by("reason").aggregate([("order_id", "count"), ("result", "sum")])
for row in by_reason.sort_by("reason").to_pylist():
    reason, count, total = row["reason"], row["order_id_count"], row["result_sum"]
    print(f"{reason or 'still open':<30} {count:>5} {total or 0.0:>10.2f}")

ambiguous = sum(result.trades["ambiguous"].to_pylist())
print(f"{ambiguous} trades touched stop and target in one bar; the stop was taken")
