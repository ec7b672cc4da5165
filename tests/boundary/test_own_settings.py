"""Settings of a user's own classes are asked each time; what ours say once leads to the same."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fillproof.errors import CrossedBarsWarning, ExitBufferWarning

from .market import SYMBOL
from .test_jumps import CASES, HOUR_US, START_US, play, seen

EXAMPLES = int(os.environ.get("FILLPROOF_SETTINGS_EXAMPLES", "60"))
NAMES = os.environ.get("FILLPROOF_TEST_BACKENDS", "python,cython").split(",")
OWN = ("SlippageModel", "FeeModel", "FixedLots", "RiskAmount", "SymbolSpec")
FEES = st.fixed_dictionaries(
    {
        "per_lot": st.sampled_from([0.0, 3.5]),
        "per_million": st.sampled_from([0.0, 20.0]),
        "percent": st.sampled_from([0.0, 0.01]),
        "minimum": st.sampled_from([0.0, 0.0, 2.5]),
    }
)


class Given:
    """A backend with other fees, whose settings may be of classes that a user derived from them."""

    def __init__(self, backend: ModuleType, fees: dict[str, float], *, derived: bool) -> None:
        self._backend = backend
        self._fees = fees
        self._derived = {
            name: type(name, (getattr(backend, name),), {}) if derived else getattr(backend, name)
            for name in OWN
        }

    def __getattr__(self, name: str) -> Any:
        return self._derived.get(name) or getattr(self._backend, name)

    def FeeModel(self, **_: float) -> Any:  # noqa: N802  (the backend's name)
        return self._derived["FeeModel"](**self._fees)


@pytest.mark.parametrize("name", [name for name in ("python", "cython") if name in NAMES])
def test_prop_settings_that_are_read_once_are_those_that_are_asked(
    name: str, backends: dict[str, ModuleType]
) -> None:
    tally: Counter[str] = Counter()

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    @given(CASES, FEES)
    def prop(case: dict[str, Any], fees: dict[str, float]) -> None:
        with warnings.catch_warnings():
            for category in (CrossedBarsWarning, ExitBufferWarning):
                warnings.simplefilter("ignore", category)
            asked = seen(*play(Given(backends[name], fees, derived=True), case))
            executor, portfolio = play(Given(backends[name], fees, derived=False), case)
        assert seen(executor, portfolio) == asked, (case, fees)
        tally.update(rejection.rule for rejection in executor.rejected_signals)
        tally["exits"] += len(portfolio.exits)

    prop()
    assert tally["exits"] > EXAMPLES
    assert min(tally[rule] for rule in ("S3.sides", "S3.distance", "S3.not_finite")) > 0


# What a setting says once a position is open.
LATER = {
    "SlippageModel": {"fixed_pips": 2.0},
    "FeeModel": {"per_lot": 11.0},
    "FixedLots": {"lots": 0.7},
    "RiskAmount": {"amount": 900.0},
    "SymbolSpec": {"min_stop_distance": 0.5},
}


@pytest.mark.parametrize("way", ["columns", "callback"])
@pytest.mark.parametrize("changing", sorted(LATER))
@pytest.mark.parametrize("name", [name for name in ("python", "cython") if name in NAMES])
def test_a_setting_of_a_derived_class_is_asked_at_each_order(
    name: str, backends: dict[str, ModuleType], changing: str, way: str
) -> None:
    backend = backends[name]
    bars = 10

    def run(*, changes: bool) -> list[Any]:
        portfolio = backend.Portfolio(10_000.0)

        class Derived(getattr(backend, changing)):  # type: ignore[misc]
            def __getattribute__(self, attribute: str) -> Any:
                if changes and attribute in LATER[changing] and portfolio.open_positions:
                    return LATER[changing][attribute]
                return super().__getattribute__(attribute)

        def made(kind: str, *given: Any) -> Any:
            return (Derived if kind == changing else getattr(backend, kind))(*given)

        sizing = ("RiskAmount", 100.0) if changing == "RiskAmount" else ("FixedLots", 0.1)
        executor = backend.ExecutionSimulator(
            portfolio,
            symbol_specs={SYMBOL: made("SymbolSpec", SYMBOL, 0.0001, 5)},
            sizing=made(*sizing),
            slippage_model=made("SlippageModel", 0.0),
            fee_model=made("FeeModel", 3.5),
        )
        times = START_US + HOUR_US * np.arange(bars)
        price = np.full(bars, 1.1)
        bid, ask = (backend.Candles(times, *(4 * [price + apart])) for apart in (0.0, 1e-5))
        # The same order in the third bar and in the eighth.
        direction = np.where(np.isin(np.arange(bars), (2, 7)), 1, 0)
        columns = backend.ColumnStrategy(direction, None, np.full(bars, 1.09), np.full(bars, 1.12))
        strategy = columns if way == "columns" else Calling(columns)
        start = datetime.fromtimestamp(START_US / 1e6, UTC)
        data = {"H1": {"bid": bid, "ask": ask}}
        backend.EventEngine(
            bid, ask, strategy, executor, portfolio, data, SYMBOL, None, start
        ).run()
        opened = [(p.size, p.entry_price, p.entry_fee) for p in portfolio.open_positions]
        return [*opened, [rejected.rule for rejected in executor.rejected_signals]]

    same, changed = run(changes=False), run(changes=True)
    assert same[0] == same[1] == changed[0]
    assert changed[1:] != same[1:]


class Calling:
    """Gives the signals of columns one by one."""

    def __init__(self, columns: Any) -> None:
        self.evaluate = columns.evaluate
