"""Fillproof on Rust: the way to write the strategy is told by FILLPROOF_WAY."""

from __future__ import annotations

import os
from typing import Any

from serving import Prepare, serve


def load() -> Prepare:
    from fillproof import backends
    from fillproof.conformance.bench.callbacks import PLAIN, strategy_of
    from fillproof.conformance.bench.market import SYMBOL, TIMEFRAME
    from fillproof.conformance.bench.runs import EngineRun
    from fillproof.data import CandleTable

    way = os.environ.get("FILLPROOF_WAY", "signal columns")
    engine = backends.load("rust")

    def prepare(columns: dict[str, Any]) -> Any:
        bid, ask = (
            CandleTable(
                columns["time_us"],
                *(columns[f"{side}_{name}"] for name in ("open", "high", "low", "close")),
            ).to_candles("rust")
            for side in ("bid", "ask")
        )

        class Given:
            """Bars that are there already, as `EngineRun` asks for them."""

            def candles(self, _backend: str) -> tuple[Any, Any]:
                return bid, ask

        ways = {
            "signal columns": lambda *_: engine.ColumnStrategy(
                columns["direction"], stop=columns["stop"], target=columns["target"]
            ),
            "built-in": lambda *_: engine.EmaCross(TIMEFRAME),
            "plain Python": strategy_of(PLAIN),
        }
        assert SYMBOL == "EURUSD"

        def run() -> tuple[int, float]:
            done = EngineRun("rust", Given(), ways[way], dense=True)
            done.run()
            closed = done.portfolio.get_summary()["Total Trades"]
            return closed, done.portfolio.equity

        return run

    return prepare


serve("fillproof", load)
