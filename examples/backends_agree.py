"""One strategy on every backend that is built here: one digest, or an explanation."""

import sys
import time

from fillproof import backends, data, run_backtest

pair = data.eurusd_h1_2017()
digests = {}
for name in backends.NAMES:
    found = backends.status(name)
    if not found.ok:
        print(f"{name:<8} {found.state}: {found.detail}; cure: {found.cure}")
        continue
    engine = backends.load(name)
    start = time.perf_counter()
    result = run_backtest(
        pair.bid,
        pair.ask,
        engine.EmaCross("H1", fast=5, slow=20),
        symbol="EURUSD",
        slippage_model=engine.SlippageModel(0.2),
        fee_model=engine.FeeModel(per_lot=3.5),
        backend=name,
    )
    seconds = time.perf_counter() - start
    digests[name] = result.digest
    print(f"{name:<8} {result.trades.num_rows} trades, {seconds * 1000:.1f} ms, {result.digest}")

if len(set(digests.values())) != 1:
    sys.exit("the backends disagree: run fillproof verify")
