"""Stop orders on both sides of the night's range, under the worst and the best reading."""

from fillproof import FeeModel, SlippageModel, data, run_backtest


class OpeningRange:
    """At 07:00 a stop order on either side of the night; the first to fill cancels the other."""

    def on_data(self, slice_map):
        """Place both orders once a day, for eight bars."""
        view = slice_map["EURUSD"]
        time = view.latest("H1", "bid").timestamp
        night = view.history("H1", "ask", 7), view.history("H1", "bid", 7)
        if time.hour != 6 or len(night[0]) < 7:
            return None
        high, low = max(bar.high for bar in night[0]), min(bar.low for bar in night[1])
        meta = {"oco": time.date().isoformat(), "max_bars": 8}
        buy = {"direction": "buy", "entry": high, "sl": high - 0.0015, "tp": high + 0.0020}
        sell = {"direction": "sell", "entry": low, "sl": low + 0.0015, "tp": low - 0.0020}
        return [{**side, "type": "stop", "meta": meta} for side in (buy, sell)]


pair = data.eurusd_h1_2017()
both = run_backtest(
    pair.bid,
    pair.ask,
    OpeningRange(),
    symbol="EURUSD",
    slippage_model=SlippageModel(fixed_pips=0.1, random_pips=0.3, seed=1),
    fee_model=FeeModel(per_lot=3.5),
    bounds="both",
)
print(both)

marks = both.worst.ambiguous
print()
print(f"{marks.num_rows} marks, by rule:")
for row in marks.group_by("rule").aggregate([("difference", "sum")]).sort_by("rule").to_pylist():
    print(f"{row['rule']:<28} {row['difference_sum'] or 0.0:>12,.2f} apart")
print()
print(both.worst.explain(marks["order_id"][0].as_py()))
